"""The block about events and kills."""

import json

from tests.docs.tables import Read, markdown


def kills_block(read: Read) -> str:
    """Return a row for each store and what was killed."""
    found = json.loads(read("benchmarks/results/kills_events.json"))["rows"]
    counts = ("cases", "acknowledged", "again", "lost", "doubled")
    rows = [[row["store"], row["killed"], *(f"{row[key]:,}" for key in counts)] for row in found]
    return markdown(["store", "killed", "times", "events acknowledged", "sent again", "lost", "doubled"], rows) + "\n"
