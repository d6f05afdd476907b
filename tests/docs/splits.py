"""Blocks about other splits of the log, and about the ceiling of the ranker under global time."""

import json

from tests.docs.tables import Read, difference_cell, markdown

TITLES = {"movielens-100k": "MovieLens 100K", "movielens-1m": "MovieLens 1M"}
POOLED = {
    "logs cut": "**all cut logs**",
    "global time": "**all moments**",
    "global time, each user once": "**all moments, each user once**",
}


def splits_block(read: Read) -> str:
    """Return a table per data set: one row per split, then the pooled rows."""
    return "\n".join(_edition(json.loads(read(f"benchmarks/results/splits_{name}.json"))) for name in TITLES)


def _edition(found: dict) -> str:
    rows = [[name, *_beside(of)] for name, of in found["splits"].items()]
    rows += [[POOLED[kind], *_beside(of, pooled=True)] for kind, of in found["pooled"].items()]
    sides = ["`two_stage` NDCG@10", "`svd`", "best single source", "over svd", "over the best single source"]
    title = f"{TITLES[found['dataset']]}, ties: `{found['ties']}`:"
    return f"{title}\n\n{markdown(['split', 'users', *sides], rows)}\n"


def _beside(of: dict, pooled: bool = False) -> list[str]:
    best = f"{of['best_source_value']:.3f} (`{of['best_source']}`)"
    ratios = (_ratio(of[name], pooled) for name in ("over_svd", "over_best_source"))
    return [f"{of['users']:,}", f"{of['two_stage']:.3f}", f"{of['svd']:.3f}", best, *ratios]


def _ratio(gap: dict, pooled: bool) -> str:
    ratio = f"{gap['ratio']:.2f}"
    return f"{ratio}, {difference_cell(gap)}" if pooled else ratio


def ceiling_block(read: Read) -> str:
    """Return the honest ranker beside one that is trained on test answers of other users, at each moment."""
    rows = []
    for name, title in TITLES.items():
        for moment, of in json.loads(read(f"benchmarks/results/ceiling_{name}.json"))["splits"].items():
            values = [f"{of[which]:.3f}" for which in ("svd", "two_stage", "taught")]
            ratios = [f"{of[f'{which}_over_svd']:.2f}" for which in ("two_stage", "taught")]
            rows.append([f"{title}, {POOLED.get(moment, moment)}", f"{of['users']:,}", *values, *ratios])
    sides = ["`svd` NDCG@10", "`two_stage`", "trained on answers", "`two_stage` over svd", "trained on answers, over svd"]
    return markdown(["global time", "users", *sides], rows) + "\n"
