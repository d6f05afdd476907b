from collections.abc import Sequence

import pytest

from recommender.datasets.genres import read_genres
from recommender.errors import DataError
from tests.datasets.helpers import raw_table

NONE = "(no genres listed)"


def read(genres: Sequence[str | list[str] | None], separator: str | None = "|") -> list[list[str]]:
    return read_genres(raw_table(genres=genres), "genres", separator, NONE)[0]


def suspected(genres: Sequence[str | list[str]]) -> int:
    return read_genres(raw_table(genres=genres), "genres", "|", NONE)[1]


def test_genres_stand_between_separators_and_one_text_means_none() -> None:
    assert read(["Drama| Comedy |", NONE, "", None, "War"]) == [["Drama", "Comedy"], [], [], [], ["War"]]


def test_another_separator_is_refused_where_no_row_has_the_given_one() -> None:
    for other in (",", ", ", ";", "/", "、", "，"):
        rows = [f"Drama{other}Comedy", "War"] * 40
        with pytest.raises(DataError, match=f"'Drama{other}Comedy', '{other.strip()}' in 40 of 80 rows, '.' in none"):
            read(rows)
        assert read(rows, None)[:2] == [[f"Drama{other}Comedy"], ["War"]], other
        assert read(rows, other)[0] == ["Drama", "Comedy"], other


def test_a_tab_is_named_as_yaml_writes_it() -> None:
    with pytest.raises(
        DataError, match=r"'Drama\\tComedy', \"\\t\" in 1 of 1 rows, '\|' in none; set .* to \"\\t\", or"
    ):
        read(["Drama\tComedy"])


@pytest.mark.parametrize("other", [",", ", ", ";", "/", "\t", "、", "&", " & ", "+", "·"])
def test_another_separator_is_refused_where_it_parts_genres_of_others_in_more_rows(other: str) -> None:
    rows = [f"Drama{other}Comedy", f"War{other}Drama", "War"]
    with pytest.raises(DataError, match=r" in 20 of 31 rows, '.' in 1; set .* and write it in every row, or correct"):
        read([*rows * 10, "Drama|Comedy"])
    with pytest.raises(DataError, match=r" in 20 of 40 rows, '.' in none; set .*, or to null if each value is one gen"):
        read([*rows, "Comedy"] * 10)
    assert read(rows, other)[:2] == [["Drama", "Comedy"], ["War", "Drama"]]
    assert read(rows, None)[:2] == [[f"Drama{other}Comedy"], [f"War{other}Drama"]]


def test_rows_with_another_separator_are_counted_where_they_are_the_fewer() -> None:
    """Of the four rows with a comma, three hold genres of other rows; Noir, black is one genre."""
    rows = ["Drama|Comedy", "War|Drama"] * 2 + ["Drama, War", "Comedy,Drama", "War|Drama, Comedy", "Noir, black"]
    assert suspected(rows) == 3
    assert suspected(rows[:4]) == suspected([]) == 0


CATALOGUES = {
    "television": [
        "Action & Adventure",
        "Sci-Fi & Fantasy",
        "War & Politics",
        "Drama",
        "Kids",
        "Sci-Fi & Fantasy|Drama",
    ],
    "one each": ["Action & Adventure", "Sci-Fi & Fantasy", "R&B", "Drum & Bass", "C++", "Drama"],
    "books": ["Mystery, Thriller & Suspense|Kindle", "Health, Fitness & Dieting|Sport", "Science & Math", "Kindle"],
    "shelves": ["Fiction / Literary|Prizes", "Cooking / Wine|Prizes", "Travel / Asia|Prizes"],
}


@pytest.mark.parametrize("name", CATALOGUES)
def test_names_of_one_genre_may_hold_what_separates_others(name: str) -> None:
    rows = CATALOGUES[name] * 10
    assert read(rows) == [row.split("|") for row in rows]
    assert suspected(rows) == 0


def test_elements_of_lists_are_genres_unless_they_hold_several() -> None:
    assert read([["Drama", "Comedy"], ["Action & Adventure"], []]) == [["Drama", "Comedy"], ["Action & Adventure"], []]
    for other in ("|", ", ", ";"):
        rows = [[f"Drama{other}Comedy"], ["War"]]
        with pytest.raises(
            DataError, match=r" in 1 of 2 rows, several elements in none; export each genre as an element"
        ):
            read(rows)
        assert read(rows, None) == rows
    assert suspected([["Drama", "War"], ["Drama", "Comedy"], ["Drama, Comedy"]]) == 1


def test_a_rare_comma_is_a_part_of_a_name() -> None:
    assert read(["War"] * 19 + ["Film, silent"])[-1] == ["Film, silent"]


@pytest.mark.parametrize(
    "text", ['["Drama", "Comedy"]', "['Drama', 'Comedy']", "[Drama]", "{Drama,Comedy}", "('War',)"]
)
@pytest.mark.parametrize("separator", ["|", ",", None])
def test_lists_written_as_text_are_refused(text: str, separator: str | None) -> None:
    with pytest.raises(DataError, match=r"a list written as text, in 2 of 2 rows; write Drama.Comedy, or export lists"):
        read([text, text], separator)


def test_a_single_list_written_as_text_is_counted() -> None:
    assert suspected(["Drama|Comedy", "Drama"] * 10 + ['["Drama", "Comedy"]']) == 1
