"""The blocks about the neural source and a network as ranker: what they bring and cost."""

import json

from tests.docs.results import DATASETS
from tests.docs.tables import Read, difference_cell, interval_cell, markdown

RANKERS = {"trees": "trees (stopped)", "network": "network, three seeds", "both": "both"}
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


def neural_ranker_block(read: Read) -> str:
    """Return the validation NDCG@10 of the trees, of a network and of both, and the seconds of the first two."""
    rows = []
    for name, title in DATASETS.items():
        if name != "interaction-log":
            found = json.loads(read(f"benchmarks/results/neural_ranker_{name}.json"))
            rows += [_ranker_row(title, ranker, found) for ranker in RANKERS]
    return markdown(["log", "ranker", "validation NDCG@10", "difference from the trees", "CPU seconds"], rows) + "\n"


def _ranker_row(title: str, ranker: str, found: dict) -> list[str]:
    gap, seconds = found["differences"].get(f"{ranker}_minus_trees"), found["cpu_s"].get(ranker)
    value = interval_cell(found["ndcg@10"][ranker])
    return [title, RANKERS[ranker], value, difference_cell(gap) if gap else "", f"{seconds:.0f}" if seconds else ""]
