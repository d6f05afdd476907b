from collections.abc import Sequence

import pytest

from recommender.datasets.genres import read_genres
from recommender.errors import DataError
from tests.datasets.helpers import raw_table

NONE = "(no genres listed)"


def read(genres: Sequence[str | None], separator: str | None = "|") -> list[list[str]]:
    return read_genres(raw_table(genres=genres), "genres", separator, NONE)


def test_genres_stand_between_separators_and_one_text_means_none() -> None:
    assert read(["Drama| Comedy |", NONE, "", None, "War"]) == [["Drama", "Comedy"], [], [], [], ["War"]]


def test_another_separator_is_refused_where_no_row_has_the_given_one() -> None:
    for other in (",", ", ", ";", "/"):
        rows = [f"Drama{other}Comedy", "War"] * 40
        with pytest.raises(DataError, match=f"'Drama{other}Comedy', '{other.strip()}' in 40 of 80 rows, '.' in none"):
            read(rows)
        assert len(read([*rows, "Drama|Comedy"])[-1]) == 2, other
        assert read(rows, None)[:2] == [[f"Drama{other}Comedy"], ["War"]], other
        assert read(rows, other)[0] == ["Drama", "Comedy"], other


def test_a_rare_comma_is_a_part_of_a_name() -> None:
    assert read(["War"] * 19 + ["Film, silent"])[-1] == ["Film, silent"]


@pytest.mark.parametrize("text", ['["Drama", "Comedy"]', "['Drama', 'Comedy']", "[Drama]"])
@pytest.mark.parametrize("separator", ["|", ",", None])
def test_lists_written_as_text_are_refused(text: str, separator: str | None) -> None:
    with pytest.raises(DataError, match=r"a list written as text, in 2 of 2 rows; write Drama.Comedy, or export lists"):
        read([text, text], separator)
