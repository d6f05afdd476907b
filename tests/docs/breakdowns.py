"""Blocks about parts of the test: groups of users and items, new users and events, rules after ranking."""

import json

from recommender.evaluation.summary import shown_k
from tests.docs.tables import Read, interval_cell, markdown

GROUPED = {
    "history_length": "events of the user",
    "item_popularity": "popularity decile of the item",
    "pause": "time since the user's last event",
}
COMPARED = ("two_stage", "svd", "popularity")


def groups_block(read: Read) -> str:
    """Return NDCG by length of the history, by popularity of the held-out item, and by pause."""
    k = shown_k(json.loads(read("metrics/evaluate.json")))
    tables = [group_table(json.loads(read(f"metrics/plots/{name}.json"))[name], name, k) for name in GROUPED]
    return "\n\n".join(tables) + "\n"


def group_table(rows: list[dict], name: str, k: int) -> str:
    """Return one row per group: its number of items and users, and the NDCG of each policy shown."""
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


def corrected_block(read: Read) -> str:
    """Return the gain of each policy with weights that fall with the popularity, and what clusters of items change."""
    found = {
        (row["group"], row["policy"]): row for row in json.loads(read("metrics/plots/corrected.json"))["corrected"]
    }
    groups = list(dict.fromkeys(group for group, _ in found))
    rows = []
    for policy in (*COMPARED, "random"):
        ratios = [found[group, policy]["value"] / found[group, "svd"]["value"] for group in groups]
        cells = [interval_cell(found[group, policy]) for group in groups]
        rows.append(
            [f"`{policy}`", *(f"{cell}, {ratio:.2f} x `svd`" for cell, ratio in zip(cells, ratios, strict=True))]
        )
    plain = {policy: found[groups[0], policy] for policy in COMPARED}
    told = ", ".join(f"`{policy}` {one['error'] / one['user_error'] - 1:.0%}" for policy, one in plain.items())
    table = markdown(["policy", *(f"weight: {group}" for group in groups)], rows)
    return f"{table}\n\nStandard error with items as clusters, more than over users alone: {told}.\n"


def cold_block(read: Read) -> str:
    """Return the NDCG of each policy for users with few known events."""
    found = json.loads(read("benchmarks/results/cold_start.json"))
    lengths = sorted(int(length) for length in found if length != "folds")
    rows = [
        [str(length), f"{found[str(length)]['users']:,}"]
        + [interval_cell(found[str(length)][policy]["ndcg@10"]) for policy in COMPARED]
        for length in lengths
    ]
    return markdown(["events known", "users", *(f"`{policy}` NDCG@10" for policy in COMPARED)], rows) + "\n"


def rerank_block(read: Read) -> str:
    """Return the metrics and the length of the lists under several settings of `rerank`."""
    found = json.loads(read("benchmarks/results/rerank_movielens-100k.json"))
    header = [
        "`two_stage` with",
        "Hit@10",
        "NDCG@10",
        "Diversity@10",
        "Coverage@10",
        f"list length (of {found['items']})",
    ]
    rows = [
        [name if name == "everything off" else f"`{name}`"]
        + [f"{values[metric]:.3f}" for metric in ("hit", "ndcg", "diversity", "coverage")]
        + [f"{values['length']:.1f}"]
        for name, values in sorted(found["settings"].items(), key=lambda pair: (pair[0] != "everything off", pair[0]))
    ]
    return markdown(header, rows) + "\n"


def fold_in_block(read: Read) -> str:
    """Return the NDCG of the next event after some new events: history stale, folded in, models fitted again."""
    found = json.loads(read("benchmarks/results/fold_in_movielens-100k.json"))
    rows = [
        [
            name,
            *(f"{one[key]:.3f}" for key in ("stale", "folded_in", "refit")),
            "{difference:+.3f} [{low:+.3f}, {high:+.3f}]".format(**one["folded_in_minus_refit"]),
        ]
        for name, one in found["after"].items()
    ]
    header = ["after", "not known", "folded in", "models fitted again", "folded in - fitted again"]
    return f"NDCG@10 of the next event, {found['users']:,} users.\n\n{markdown(header, rows)}\n"


BREAKDOWNS = {
    "groups": groups_block,
    "corrected": corrected_block,
    "cold": cold_block,
    "rerank": rerank_block,
    "fold_in": fold_in_block,
}
