from recommender.text_table import text_table


def test_columns_are_aligned_and_lines_end_without_spaces():
    rows = [["name", "n", "note"], ["a", "10", ""], ["long name", "7", "x"]]
    assert text_table(rows, right=[1]) == "name        n  note\na          10\nlong name   7  x"
