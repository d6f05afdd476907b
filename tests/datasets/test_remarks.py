from recommender.datasets.remarks import remarks


def facts(**changes: float) -> dict[str, float]:
    return {
        "rows": 10,
        "duplicate_rows_dropped": 0,
        "repeats_dropped": 0,
        "share_of_repeats_dropped": 0.0,
        "items": 80,
        "items_without_row": 0,
    } | changes


def test_what_was_lost_is_remarked() -> None:
    assert remarks(facts(items_without_row=40)) == remarks(facts(items_without_row=80)) == []
    assert remarks(facts(duplicate_rows_dropped=2))[0].startswith(
        "2 of 10 rows have the user, item, rating and time of"
    )
    assert remarks(facts(repeats_dropped=4, share_of_repeats_dropped=4 / 10))[0].startswith("4 of 10 rows (40.0%) are")
    assert remarks(facts(items_without_row=79))[0].startswith("79 of 80 items of the log have no row in the table of")
    assert remarks(facts(items_with_another_separator=0, rows_over_several_lines=0)) == []
    assert remarks(facts(rows_over_several_lines=2))[0].startswith("2 rows of the log go on over several lines")
    assert remarks(facts(item_rows_over_several_lines=2))[0].startswith("2 rows of the table of items go on over")
    assert remarks(facts(items_with_another_separator=3))[0].startswith("3 items have a genre that looks like several")
