"""Time recommend() for single users and two-stage answers, also against the trees alone, in a project that has run."""

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
from recommender.bundle.fold_in import Query
from recommender.bundle.live import FOLDER, Bundle
from recommender.columns import POLICIES, USER
from recommender.engine.local import Local
from recommender.features.assemble import assemble
from recommender.features.context import Context
from recommender.log.histories import Floats
from recommender.parts import read_events
from recommender.policies import recommend_all
from recommender.retrieval.candidates import find_candidates
from recommender.terminal import Parser

WORKERS = 2
PERCENTILES = (50, 95, 99)
BATCHES = (1, 4, 32)
RUNS = 160
"""Requests per size of a batch, a multiple of each."""


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
    work(requests[:100], k, Local(workers))
    taken = seconds(lambda: work(requests, k, Local(workers)))
    return {"users": len(requests), "workers": workers, "seconds": taken, "users_per_s": len(requests) / taken}


def processor(root: Path, users: NDArray[Any], k: int) -> dict[str, Any]:
    """Measure two-stage answers in processor time against LightGBM's predict of all their candidates by all trees.

    Both are measured in turns, so that a busy machine slows both. The median is of batches.

    Returns:
        Milliseconds per request: `answer_ms` by size of the batch and `predict_ms`; `recommend_ms`; `rows`, the mean
        number of candidates; `recommend_over_predict` and `answer_over_predict`.
    """
    bundle = Bundle(root / FOLDER)
    bundle.load()
    queries = [Query(user, (), bundle.known_until) for user in users[:RUNS].tolist()]
    features = [_features(bundle, query) for query in queries]
    single = partial(recommend, k=k, root=root)
    single(queries[0].user)
    predicted, recommended = [], []
    for query, matrix in zip(queries, features, strict=True):
        predicted.append(_cpu_ms(partial(bundle.ranker.predict, matrix)))
        recommended.append(_cpu_ms(partial(single, query.user)))
    found = {f"{size}": float(np.median(_batches(bundle, queries, size, k))) for size in BATCHES}
    trees, whole = float(np.median(predicted)), float(np.median(recommended))
    return {
        "answer_ms": found,
        "predict_ms": trees,
        "recommend_ms": whole,
        "rows": float(np.mean([len(matrix) for matrix in features])),
        "recommend_over_predict": whole / trees,
        "answer_over_predict": {size: value / trees for size, value in found.items()},
    }


def _features(bundle: Bundle, query: Query) -> Floats:
    """Return the features of the candidates of one request."""
    view, known = bundle.view("two_stage", [query]), bundle.knowledge
    found = find_candidates(view, known.sources, known.sizes, known.catalogue(view), stack=known.stack)
    return assemble(Context(view, known, bundle.item_table, found), bundle.recipe.features)[1]


def _batches(bundle: Bundle, queries: list[Query], size: int, k: int) -> list[float]:
    """Return the milliseconds of processor time per request of each batch."""
    parts = [queries[at : at + size] for at in range(0, len(queries), size)]
    return [
        _cpu_ms(lambda: bundle.answer("two_stage", bundle.view("two_stage", part), k)) / len(part)  # noqa: B023
        for part in parts
    ]


def _cpu_ms(work: Callable[[], object]) -> float:
    """Return the processor time of one call in milliseconds."""
    start = time.process_time()
    work()
    return 1000 * (time.process_time() - start)


def measure(root: Path, calls: int, k: int) -> dict[str, Any]:
    """Measure every policy one user at a time, and the two-stage policy in one go."""
    ids = read_events(root / REQUESTS)[USER].to_numpy()
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
        "processor": processor(root, users, k),
    }


def render(found: dict[str, Any]) -> str:
    """Render everything that was measured as text."""
    table = report.table([{"model": model, **times} for model, times in found["single"].items()])
    many, cpu = found["batch"], found["processor"]
    sizes = ", ".join(f"{value:.2f} ms in batches of {size}" for size, value in cpu["answer_ms"].items())
    return (
        f"loading the bundle, libraries already imported: {found['load_s']:.2f} s\n"
        f"{table}\ntwo_stage takes {found['two_stage_over_popularity_p50']:.1f} x as long as popularity\n"
        f"all {many['users']:,} test users with two_stage: {many['seconds']:.1f} s, {many['users_per_s']:,.0f} users/s"
        "\n"
        f"processor time of two_stage: recommend() {cpu['recommend_ms']:.2f} ms; an answer {sizes}\n"
        f"LightGBM alone, all trees on the same {cpu['rows']:.0f} rows: {cpu['predict_ms']:.2f} ms; recommend() takes "
        f"{cpu['recommend_over_predict']:.1f} x as long"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write benchmarks/results/serving_NAME.json."""
    parser = Parser(prog="python -m benchmarks.serving", description=__doc__)
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
