"""Recommend items to every test user with one policy.

Reads data/split/{train,valid,requests}.parquet and the policy's models. Writes data/recommendations/POLICY.parquet,
data/request_logs/POLICY.jsonl, and the lengths of the lists to metrics/.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from recommender.stage import run

import pandas as pd

from recommender.bundle.artifacts import EVENTS, MODELS, REQUESTS, Artifacts
from recommender.bundle.settings import Recommend, require_candidates
from recommender.columns import POLICIES, USER
from recommender.engine.opening import open_engine
from recommender.engine.settings import EngineParams
from recommender.files import write_table
from recommender.measured import write_measured
from recommender.outputs import write_bytes
from recommender.params import Base, load
from recommender.policies import recommend_all
from recommender.ranking.settings import Rerank
from recommender.request_log.pipeline import PipelineLog, draw
from recommender.seeds import seed_for
from recommender.terminal import Parser

PARAMS = ("recommend", "base", "engine")
OWN_PARAMS = {"two_stage": ("rerank",)}
HEADLINE = ("users_without_list",)


class Params(EngineParams):
    """The sections that this stage reads."""

    base: Base
    recommend: Recommend
    rerank: Rerank


def describe(lists: pd.DataFrame, asked: int) -> dict[str, float]:
    """Count the users and describe the lengths of their lists."""
    lengths = lists.groupby(USER).size()
    return {
        "users": asked,
        "users_without_list": asked - len(lengths),
        "shortest_list": int(lengths.min()) if len(lengths) else 0,
        "mean_list": float(lengths.mean()),
    }


def work(name: str) -> None:
    params, artifacts = load(Params), Artifacts(Path())
    opened, k = artifacts.open(name, params.rerank if name in OWN_PARAMS else None), params.recommend.k
    if name in OWN_PARAMS:
        require_candidates(artifacts.recipe.candidates, artifacts.recipe.sequence, k)
    requests = opened.requests
    logged = draw(requests.user, params.recommend.log_requests, seed_for(params.base.seed, "request log"))
    log = PipelineLog(name, opened.revision, k, artifacts.asked, logged)
    with open_engine(params) as engine:
        lists = recommend_all(opened.policy, opened.histories, requests, k, engine, log, opened.reranker)
    write_table(lists, Path(f"data/recommendations/{name}.parquet"))
    write_bytes(Path(f"data/request_logs/{name}.jsonl"), log.content())
    write_measured(f"recommend_{name}", describe(lists, len(requests)), HEADLINE)


def main(argv: Sequence[str] | None = None) -> int:
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--policy", required=True, choices=POLICIES)
    name = parser.parse_args(argv).policy
    return run(lambda: work(name), (*EVENTS, REQUESTS, *MODELS[name]), (*PARAMS, *OWN_PARAMS.get(name, ())))


if __name__ == "__main__":
    raise SystemExit(main())
