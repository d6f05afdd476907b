import io
from collections.abc import Sequence
from itertools import product

import pytest

from recommender.datasets.stray_quotes import check_quotes
from recommender.errors import DataError

NOTES = ("", "good", "a, b", "a, b, c")
TITLES = ("Film, The", "Play", "Song")
LOG = [["user", "item", "time", "note"], *([f"u{n}", str(n), f"9{n:04}", NOTES[n % 4]] for n in range(40))]
ITEMS = [
    ["item", "title", "year", "genres"],
    *([str(n), TITLES[n % 3], "1999", "War"] for n in range(40)),
]
WORDS = [["item", "title", "genres"], *(["abcd"[n % 4], TITLES[n % 3], "War"] for n in range(40))]
TABLES = {"log": LOG, "items": ITEMS, "words": WORDS}


def quoted(row: Sequence[str]) -> list[str]:
    """Write the values of a row, with quotes where they are needed."""
    return [f'"{value}"' if set(value) & set(',"\n') else value for value in row]


def text(rows: Sequence[Sequence[str]]) -> list[str]:
    return [",".join(quoted([value.replace('"', '""') for value in row])) for row in rows]


def check(lines: Sequence[str], rows: int = 0) -> int:
    return check_quotes(io.BytesIO("\n".join([*lines, ""]).encode()), "log.csv", rows)


@pytest.mark.parametrize("name", TABLES)
def test_two_stray_quotes_at_any_place_are_refused(name: str) -> None:
    """The first begins a value, the second ends one of the same column some lines later, and no quote stands between:
    the parser would complain. Values with commas before the first and after the second make the lines unequal."""
    rows, lines = TABLES[name], text(TABLES[name])
    assert check(lines) == 0
    equal = []
    for column, first, length in product(range(len(rows[0])), range(2, 12), range(1, 5)):
        last = first + length
        begin, end = quoted(rows[first]), quoted(rows[last])
        begin[column], end[column] = f'"{begin[column]}', f'{end[column]}"'
        between = [*begin[column:], *lines[first + 1 : last], *end[: column + 1]]
        if ",".join(between).count('"') > 2:
            continue
        broken = [*lines[:first], ",".join(begin), *lines[first + 1 : last], ",".join(end), *lines[last + 1 :]]
        equal.append(len({line.count(",") for line in broken[first : last + 1]}) == 1)
        with pytest.raises(DataError, match=rf"line {first + 1}: a quoted value goes on to line {last + 1}, and"):
            check(broken)
    assert equal.count(True) > 3 < equal.count(False)


def test_rows_that_nothing_tells_from_a_note_on_two_lines_are_counted() -> None:
    lines = text(LOG)
    assert check([*lines[:2], 'u1,1,90001,"good', 'u2,2,90002,a, b"', *lines[4:]]) == 1
    with pytest.raises(DataError, match=r"line 3: .* and line 4 looks like a row"):
        check([*lines[:2], 'u1,1,90001,"good', 'u2,2,90002,a"', *lines[4:]])


PLOTS = [
    "One, two,\nand a third line, with commas, of prose",
    "2,000 people, a king\n1999, a year, and more",
    "\n\n, , ,\n",
    'A "quoted, word", as in 3,4\nmore',
    "x,y,z\nMonday, 5",
]


@pytest.mark.parametrize(
    "header", [["item", "plot", "year"], ["plot", "item", "year"], ["item", "year", "plot"], ["item", "plot"]]
)
def test_text_over_several_lines_is_counted_and_kept(header: list[str]) -> None:
    values = {"item": "7", "year": "1999"}
    rows = [[{"plot": plot}.get(name) or values[name] for name in header] for plot in [*PLOTS, "short", "long, though"]]
    assert check(text([header, *rows])) == len(PLOTS)


def test_text_over_several_lines_is_kept_where_no_column_is_regular() -> None:
    assert check(text([["plot", "title"], *([plot, "Play"] for plot in [*PLOTS, "short"])])) == len(PLOTS)


def test_where_every_row_spans_lines_equal_commas_tell() -> None:
    assert check(["a,b", '1,"x', 'y"', '2,"x', 'y"']) == 2
    with pytest.raises(DataError, match=r"line 2: a quoted value goes on to line 3, and line 2 looks like a row; take"):
        check(["a,b", '1,"2', '3,4"'])


@pytest.mark.parametrize("place", [0, 1, 2, 4])
def test_blank_lines_are_no_rows(place: int) -> None:
    lines = ["a,b", '1,"x', 'y"', "2,x"]
    assert check([*lines[:place], "", "", *lines[place:]]) == 1
