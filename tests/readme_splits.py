"""The tables of README.md that tell whether the lead holds on other splits, and how far it could grow."""

import json

from tests.readme_groups import Read, markdown

TITLES = {"movielens-100k": "MovieLens 100K", "movielens-1m": "MovieLens 1M"}
POOLED = {
    "logs cut": "**all cut logs**",
    "global time": "**all moments**",
    "global time, each user once": "**all moments, each user once**",
}


def splits_block(read: Read) -> str:
    """Return a table per edition with a line for each split, and one for all users of a kind of split."""
    return "\n".join(_edition(json.loads(read(f"benchmarks/results/splits_{name}.json"))) for name in TITLES)


def _edition(found: dict) -> str:
    rows = [[name, *_beside(of)] for name, of in found["splits"].items()]
    rows += [[POOLED[kind], *_beside(of, pooled=True)] for kind, of in found["pooled"].items()]
    sides = ["`two_stage` NDCG@10", "`svd`", "best source alone", "over svd", "over the best source"]
    title = f"{TITLES[found['dataset']]}, ties {found['ties']}:"
    return f"{title}\n\n{markdown(['split', 'users', *sides], rows)}\n"


def _beside(of: dict, pooled: bool = False) -> list[str]:
    best = f"{of['best_source_value']:.3f} (`{of['best_source']}`)"
    ratios = (_ratio(of[name], pooled) for name in ("over_svd", "over_best_source"))
    return [f"{of['users']:,}", f"{of['two_stage']:.3f}", f"{of['svd']:.3f}", best, *ratios]


def _ratio(gap: dict, pooled: bool) -> str:
    ratio = f"{gap['ratio']:.2f}"
    return f"{ratio}, {gap['difference']:+.3f} [{gap['low']:+.3f}, {gap['high']:+.3f}]" if pooled else ratio


def ceiling_block(read: Read) -> str:
    """Return what the ranker reaches at each moment as it is, and taught with the answers of other users."""
    rows = []
    for name, title in TITLES.items():
        for moment, of in json.loads(read(f"benchmarks/results/ceiling_{name}.json"))["splits"].items():
            values = [f"{of[which]:.3f}" for which in ("svd", "two_stage", "taught")]
            ratios = [f"{of[f'{which}_over_svd']:.2f}" for which in ("two_stage", "taught")]
            rows.append([f"{title}, {POOLED.get(moment, moment)}", f"{of['users']:,}", *values, *ratios])
    sides = ["`svd` NDCG@10", "`two_stage`", "taught with the answers", "`two_stage` over svd", "taught over svd"]
    return markdown(["global time", "users", *sides], rows) + "\n"
