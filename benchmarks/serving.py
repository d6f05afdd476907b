"""Time recommend() for single users once loaded, and two-stage lists for all test users, in a project that has run."""

import argparse
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import report
from benchmarks.params import read_params
from recommender import recommend
from recommender.bundle.artifacts import REQUESTS, Artifacts
from recommender.bundle.live import FOLDER, Bundle
from recommender.columns import POLICIES, USER
from recommender.files import read_table
from recommender.policies import recommend_all

WORKERS = 2
PERCENTILES = (50, 95, 99)


def seconds(work: Callable[[], object]) -> float:
    """Return how long one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def answers(root: Path, model: str, users: NDArray[Any], k: int) -> dict[str, float]:
    """Time `recommend` for one user after the other.

    Args:
        root: the project's folder.
        model: one of the policies.
        users: at least one id.
        k: items per list.

    Returns:
        Percentiles of later calls in milliseconds.
    """
    asked = [partial(recommend, user, model, k, root) for user in users.tolist()]
    asked[0]()
    times = 1000 * np.array([seconds(one) for one in asked])
    return {f"p{of}_ms": float(np.percentile(times, of)) for of in PERCENTILES}


def batch(root: Path, workers: int) -> dict[str, float]:
    """Time two-stage lists for all test users, once loaded, in as many chunks at once as stages/recommend.py."""
    artifacts = Artifacts(root)
    opened = artifacts.open("two_stage")
    requests, work = opened.requests, partial(recommend_all, opened.policy, artifacts.histories)
    k = read_params(root).recommend.k
    work(requests[:100], k, workers)
    taken = seconds(lambda: work(requests, k, workers))
    return {"users": len(requests), "workers": workers, "seconds": taken, "users_per_s": len(requests) / taken}


def measure(root: Path, calls: int, k: int) -> dict[str, Any]:
    """Measure every policy one user at a time, and the two-stage policy in one go."""
    ids = read_table(root / REQUESTS)[USER].to_numpy()
    users = np.random.default_rng(0).choice(ids, calls)
    single = {model: answers(root, model, users, k) for model in POLICIES}
    ratio = single["two_stage"]["p50_ms"] / single["popularity"]["p50_ms"]
    return {
        "load_s": seconds(Bundle(root / FOLDER).load),
        "single": single,
        "calls": calls,
        "k": k,
        "two_stage_over_popularity_p50": ratio,
        "batch": batch(root, WORKERS),
    }


def render(found: dict[str, Any]) -> str:
    """Render everything that was measured as text."""
    table = report.table([{"model": model, **times} for model, times in found["single"].items()])
    many = found["batch"]
    return (
        f"loading the bundle, libraries already imported: {found['load_s']:.2f} s\n"
        f"{table}\ntwo_stage takes {found['two_stage_over_popularity_p50']:.1f} x as long as popularity\n"
        f"all {many['users']:,} test users with two_stage: {many['seconds']:.1f} s, {many['users_per_s']:,.0f} users/s"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write benchmarks/results/serving_NAME.json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(), help="a project in which dvc repro has run; default: here")
    parser.add_argument(
        "--calls", type=int, default=2000, help="users asked for, with repetition; default: %(default)s"
    )
    parser.add_argument("-k", type=int, default=10, help="items per list; default: %(default)s")
    chosen = parser.parse_args(argv)
    found = measure(chosen.root, chosen.calls, chosen.k)
    name = read_params(chosen.root).dataset.name
    print(f"{name}\n{render(found)}")
    print(report.save(f"serving_{name}", found).relative_to(Path(__file__).parents[1]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
