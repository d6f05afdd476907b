"""Blocks about other splits of the log and about the ceiling under global time: pooled rows only."""

import json

from tests.docs.tables import Read, difference_cell, markdown

TITLES = {"movielens-100k": "MovieLens 100K", "movielens-1m": "MovieLens 1M"}
POOLED = {
    "logs cut": "all cut logs",
    "global time": "all moments",
    "global time, each user once": "all moments, each user once",
}


def splits_block(read: Read) -> str:
    """Return one row per data set and kind of split, pooled over its splits."""
    rows = []
    for name, title in TITLES.items():
        found = json.loads(read(f"benchmarks/results/splits_{name}.json"))
        for kind, of in found["pooled"].items():
            best = f"{of['best_source_value']:.3f} (`{of['best_source']}`)"
            values = [f"{of['users']:,}", f"{of['two_stage']:.3f}", f"{of['svd']:.3f}", best]
            gaps = [
                f"{of[name]['ratio']:.2f}, {difference_cell(of[name])}" for name in ("over_svd", "over_best_source")
            ]
            rows.append([f"{title}, {found['ties']}: {POOLED[kind]}", *values, *gaps])
    sides = ["`two_stage` NDCG@10", "`svd`", "best single source", "over `svd`", "over the best single source"]
    return markdown(["data, ties: splits", "users", *sides], rows) + "\n"


def ceiling_block(read: Read) -> str:
    """Return the honest ranker beside one that is trained on test answers of other users."""
    rows = []
    for name, title in TITLES.items():
        for moment, of in json.loads(read(f"benchmarks/results/ceiling_{name}.json"))["splits"].items():
            if moment not in POOLED:
                continue
            values = [f"{of[which]:.3f}" for which in ("svd", "two_stage", "taught")]
            ratios = [f"{of[f'{which}_over_svd']:.2f}" for which in ("two_stage", "taught")]
            rows.append([f"{title}, {POOLED[moment]}", f"{of['users']:,}", *values, *ratios])
    sides = [
        "`svd` NDCG@10",
        "`two_stage`",
        "trained on answers",
        "`two_stage` over svd",
        "trained on answers, over svd",
    ]
    return markdown(["global time", "users", *sides], rows) + "\n"
