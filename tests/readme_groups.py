"""The tables of README.md that tell where recommendations are good and where not."""

import json
from collections.abc import Callable

from recommender.evaluation.summary import shown_k

GROUPED = {"history_length": "events of the user", "item_popularity": "popularity decile of the item"}
COMPARED = ("two_stage", "svd", "popularity")

Read = Callable[[str], str]


def markdown(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def interval_cell(found: dict) -> str:
    return f"{found['value']:.3f} [{found['low']:.3f}, {found['high']:.3f}]"


def groups_block(read: Read) -> str:
    """Return NDCG by length of the history, then by popularity of the held-out item."""
    k = shown_k(json.loads(read("metrics/evaluate.json")))
    tables = [group_table(json.loads(read(f"metrics/plots/{name}.json"))[name], name, k) for name in GROUPED]
    return "\n\n".join(tables) + "\n"


def group_table(rows: list[dict], name: str, k: int) -> str:
    """Return one row per group: how many items and users it has, and the NDCG of each policy shown."""
    found: dict = {}
    for row in rows:
        if row["metric"] == "ndcg" and row["k"] == k:
            found.setdefault((row["group"], row["items"], row["users"]), {})[row["policy"]] = interval_cell(row)
    counted = ["items", "users"] if name == "item_popularity" else ["users"]
    header = [GROUPED[name], *counted, *(f"`{policy}` NDCG@{k}" for policy in COMPARED)]
    cells = [
        [label, *([f"{items:,}"] if "items" in counted else []), f"{users:,}", *(values[policy] for policy in COMPARED)]
        for (label, items, users), values in found.items()
    ]
    return markdown(header, cells)


def cold_block(read: Read) -> str:
    """Return the first answers to users of whom little is known, each policy by the number of events."""
    found = json.loads(read("benchmarks/results/cold_start.json"))
    lengths = sorted(int(length) for length in found if length != "folds")
    rows = [
        [str(length), f"{found[str(length)]['users']:,}"]
        + [interval_cell(found[str(length)][policy]["ndcg@10"]) for policy in COMPARED]
        for length in lengths
    ]
    return markdown(["events known", "users", *(f"`{policy}` NDCG@10" for policy in COMPARED)], rows) + "\n"


def rerank_block(read: Read) -> str:
    """Return what the settings of `rerank` cost and bring, and how long the lists stay."""
    found = json.loads(read("benchmarks/results/rerank_movielens-100k.json"))
    header = ["two_stage with", "Hit@10", "NDCG@10", "Diversity@10", "Coverage@10", f"items of {found['items']}"]
    rows = [
        [name if name == "everything off" else f"`{name}`"]
        + [f"{values[metric]:.3f}" for metric in ("hit", "ndcg", "diversity", "coverage")]
        + [f"{values['length']:.1f}"]
        for name, values in sorted(found["settings"].items(), key=lambda pair: (pair[0] != "everything off", pair[0]))
    ]
    return markdown(header, rows) + "\n"


MEASURED = {"groups": groups_block, "cold": cold_block, "rerank": rerank_block}
