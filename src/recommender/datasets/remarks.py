"""Warns about what changes the meaning of the results, in the words of the counts of the stage `prepare`."""

from collections.abc import Mapping
from typing import Any

_LINES = "go on over several lines, inside quotes; if a row is one line in this file, look for stray quotes"
_COUNTED = {
    "duplicate_rows_dropped": "of {rows:,} rows have the user, item, rating and time of an earlier row and were "
    "dropped; other columns of the log are not compared",
    "repeats_dropped": "of {rows:,} rows ({share_of_repeats_dropped:.1%}) are later events of a user with the same "
    "item and were dropped: no item is recommended again unless base.again_after_days is set",
    "rows_over_several_lines": f"rows of the log {_LINES}",
    "item_rows_over_several_lines": f"rows of the table of items {_LINES}",
    "user_rows_over_several_lines": f"rows of the table of users {_LINES}",
    "items_with_another_separator": "items have a genre that looks like several, as 'Drama, Comedy' does where other "
    "items have Drama and Comedy; if they are, write dataset.genre_separator between them",
}


def remarks(facts: Mapping[str, Any]) -> list[str]:
    """Warn about what changes the meaning of the results.

    Args:
        facts: what `prepared.summarise` and `selection.select` returned.

    Returns:
        One line for each: what was dropped, what may have been misread, most items without a row in the table of items.
    """
    said = [f"{facts[name]:,} {words.format(**facts)}" for name, words in _COUNTED.items() if facts.get(name)]
    if 0 < facts["items"] / 2 < facts["items_without_row"] < facts["items"]:
        said.append(
            f"{facts['items_without_row']:,} of {facts['items']:,} items of the log have no row in the table of items; "
            "they have no title, date or genre"
        )
    return said
