"""Ids in params.yaml: what YAML makes of them, and what is refused."""

from pathlib import Path

import pytest

from recommender.errors import ParameterError
from recommender.params import Sections, load
from recommender.ranking.settings import Rerank

OWN = (Path(__file__).parents[1] / "params.yaml").read_text(encoding="utf-8")


class Params(Sections):
    rerank: Rerank


def read(folder, items):
    path = folder / "params.yaml"
    path.write_text(OWN.replace("exclude_items: []", f"exclude_items: {items}"), encoding="utf-8")
    return load(Params, path).rerank.exclude_items


def refusal(folder, items):
    with pytest.raises(ParameterError) as caught:
        read(folder, items)
    return str(caught.value)


def test_ids_are_what_is_written(tmp_path):
    """Quotes keep what they hold; without them, a plain number is a number and what is no number is text."""
    items = read(tmp_path, """[13, -7, 0, 12:30, "010", '1_000', "7", 007a]""")
    assert items == [13, -7, 0, "12:30", "010", "1_000", "7", "007a"]
    assert {type(item) for item in items} == {int, str}


@pytest.mark.parametrize(
    ("text", "number"), [("010", 10), ("1_000", 1000), ("0b11", 3), ("0o17", 15), ("0x1F", 31), ("+7", 7), ("-0", 0)]
)
def test_an_id_that_yaml_changes_is_refused(tmp_path, text, number):
    told = f"rerank.exclude_items: YAML reads {text} as the number {number}; put quotes around an id that is text"
    assert told in refusal(tmp_path, f"[13, {text}]")
    assert told in refusal(tmp_path, f"\n  - 13\n  - {text}")
    assert f"rerank.exclude_items: expected a list such as [5, 10], found {text}" in refusal(tmp_path, text)


@pytest.mark.parametrize("text", ["1.0", "1e3", ".5", "~", "2020-01-01", "[1]"])
def test_what_is_no_id_is_refused(tmp_path, text):
    said = refusal(tmp_path, f"[{text}]")
    assert "rerank.exclude_items: expected ids, whole numbers or text; put quotes around an id that is text" in said
