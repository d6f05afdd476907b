"""The block about the neural source: what it brings and costs."""

import json

from tests.docs.results import DATASETS
from tests.docs.tables import Read, difference_cell, markdown

TIES = {"hashed": "hashed ties", "file_order": "ties in the order of the file"}


def neural_block(read: Read) -> str:
    """Return the accuracy of two_stage without and with the source, the recall of the candidates, and the seconds."""
    rows = []
    for name, title in DATASETS.items():
        if name != "interaction-log":
            found = json.loads(read(f"benchmarks/results/neural_{name}.json"))
            rows += [_row(f"{title}, {words}", found[ties]) for ties, words in TIES.items() if ties in found]
    header = ["log", "validation NDCG@10", "test NDCG@10", "test Hit@10", "candidate recall", "CPU seconds"]
    return "Without the source → with it (difference [95 % interval]).\n\n" + markdown(header, rows) + "\n"


def _row(title: str, found: dict) -> list[str]:
    cells = [_cell(found["validation"], "trees"), *(_cell(found["test"], f"{name}@10") for name in ("ndcg", "hit"))]
    recall, seconds = found["candidate_recall"], found["cpu_s"]
    return [title, *cells, f"{recall[0]:.3f} → {recall[1]:.3f}", f"{seconds[0]:.0f} → {seconds[1]:.0f}"]


def _cell(part: dict, metric: str) -> str:
    values = " → ".join(f"{part[name][metric]['value']:.3f}" for name in ("without", "with"))
    return f"{values} ({difference_cell(part['with_minus_without'][metric])})"
