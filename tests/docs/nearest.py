"""The block about the index of the factors: how many of the best items it finds, and how fast."""

import json

from benchmarks import nearest
from tests.docs.tables import Read, markdown


def nearest_block(read: Read) -> str:
    """Return the recall, the speed and the cost of the graph, for each catalogue and margin."""
    found = json.loads(read("benchmarks/results/nearest.json"))["catalogues"]
    ordered = dict(sorted(found.items(), key=lambda one: one[1]["items"]))
    lines = nearest.rows(ordered)
    return markdown([*lines[0]], [_cells(*line.values()) for line in lines]) + "\n"


def _cells(catalogue: str, search: str, recall: float, speed: float, built: float, size: float) -> list[str]:
    costs = [f"{built:,.1f}", f"{size:,.0f}"] if built else ["", ""]
    return [catalogue, search, f"{recall:.4f}", f"{speed:,.0f}", *costs]
