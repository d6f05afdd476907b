"""What diversity and the rules after ranking cost and bring: the lists of two_stage under some settings of `rerank`.

Run after a run of the pipeline: python -m benchmarks.rerank. Its models are asked again, nothing is fitted, and nothing
is chosen here: the lists are measured on the test events. Writes benchmarks/results/rerank_DATASET.json.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from benchmarks import report
from benchmarks.params import read_params
from recommender.bundle.artifacts import EVENTS, ITEMS, Artifacts
from recommender.columns import ITEM, USER
from recommender.evaluation import lists, per_user, reference
from recommender.evaluation.reference import Reference
from recommender.files import read_table, write_json
from recommender.parts import read_events
from recommender.policies import recommend_all
from recommender.ranking.settings import Rerank
from recommender.terminal import Parser

TEST = "data/split/test.parquet"
OURS, K = "two_stage", 10
SHOWN = ("hit", "ndcg", "diversity", "coverage")
OFF: dict[str, Any] = {
    **{"diversity": 0.0, "max_per_genre": None, "one_per_title": False},
    **{"exclude_genres": [], "exclude_items": []},
}
CHANGES: tuple[dict[str, Any], ...] = (
    {},
    *({"diversity": value} for value in (0.1, 0.2, 0.3, 0.5, 0.7)),
    *({"max_per_genre": value} for value in (5, 3)),
    {"exclude_genres": ["Drama"]},
)


def name_of(change: Mapping[str, Any]) -> str:
    """Return what a change is called, as it would stand after `dvc exp run -S rerank.`."""
    return " ".join(f"{key}={value}" for key, value in change.items()).replace("'", "") or "everything off"


def measure(artifacts: Artifacts, settings: Rerank, truth: Reference, width: int) -> dict[str, float]:
    """Ask two_stage under some settings and measure its lists.

    Args:
        artifacts: of a run of the pipeline.
        settings: what happens after ranking.
        truth: the held-out events.
        width: items per list.

    Returns:
        `hit`, `ndcg`, `diversity` and `coverage`, all at 10, and `length`, the mean length of a list.
    """
    opened = artifacts.open(OURS, settings)
    shown = recommend_all(opened.policy, artifacts.histories, opened.requests, width, reranker=opened.reranker)
    padded = lists.pad(shown, truth, width, OURS)
    means = per_user.aggregate(per_user.measure(padded, truth, [K]), padded, truth, [K])
    return {name: means[f"{name}@{K}"] for name in SHOWN} | {"length": len(shown) / len(truth.users)}


def main(argv: Sequence[str] | None = None) -> int:
    """Run every setting, print a table, write the results."""
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path(), help="where the pipeline ran, by default here")
    root = parser.parse_args(argv).root
    artifacts, params = Artifacts(root), read_params(root)
    known = pd.concat([read_events(root / name, (USER, ITEM)) for name in EVENTS])
    truth = reference.build(read_events(root / TEST, (USER, ITEM)), known, read_table(root / ITEMS))
    found = {
        name_of(change): measure(artifacts, Rerank.model_validate(OFF | change), truth, params.recommend.k)
        for change in tqdm(CHANGES, disable=None)
    }
    path = report.RESULTS / f"rerank_{params.dataset.name}.json"
    write_json(path, {"dataset": params.dataset.name, "items": params.recommend.k, "settings": found})
    sys.stdout.write(f"{pd.DataFrame(found).T.round(3).to_string()}\n{path}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
