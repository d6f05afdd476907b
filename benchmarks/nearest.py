"""How many of the best items `train_svd.index: hnsw` finds, and how fast, beside all dot products: in one thread.

Needs faiss (`make nearest`). The catalogues are those of MovieLens and larger ones, whose further items have factors
like theirs. Each request is the history of a real user, who is asked for the 100 best other items.
"""

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import vl_convert
from numpy.typing import NDArray

from benchmarks import report
from benchmarks.pipeline import MOVIELENS
from benchmarks.workspace import ROOT, prepare
from recommender.bundle.artifacts import Artifacts
from recommender.log.histories import Floats, Histories, Ints
from recommender.log.views import Requests, View
from recommender.retrieval import nearest
from recommender.retrieval.factors import ItemFactors
from recommender.retrieval.sources.svd import Svd
from recommender.seeds import generator
from recommender.threads import one_blas_thread

SIZE = 100
MARGINS = (0, 100, 300, 1000)
"""Of a search: see `nearest.MARGIN`, which the pipeline uses."""
ITEMS = (100_000, 1_000_000)
BASE = MOVIELENS[-1]
"""The log whose items the larger catalogues are made of."""
REQUESTS = 300
SPREAD = 0.5

Point = dict[str, float]
"""`recall` and `per_second`; `margin` if there is a graph."""


def opened(name: str) -> tuple[ItemFactors, Histories]:
    """Fit the factors of a log in a copy of the project."""
    with TemporaryDirectory() as folder:
        workspace = prepare(Path(folder), {"dataset": {"name": name}})
        workspace.run("download", "train_svd")
        artifacts = Artifacts(workspace.project)
        return artifacts.factors, artifacts.histories


def grown(factors: Floats, n_items: int, seed: int = 0) -> Floats:
    """Add items to a catalogue: each as long as a real one, in its direction plus half the difference of two others'.

    Args:
        factors: float32 (n, n_components).
        n_items: in all.
        seed: of the draws.

    Returns:
        float32 (n_items, n_components), the real ones first.
    """
    chance = generator(seed, "catalogue")
    known = factors[factors.any(axis=1)].astype(np.float64)
    length = np.sqrt((known**2).sum(axis=1, keepdims=True))
    own, one, other = chance.integers(len(known), size=(3, n_items - len(factors)))
    unit = known / length
    added = unit[own] + SPREAD * (unit[one] - unit[other])
    added *= length[own] / np.sqrt((added**2).sum(axis=1, keepdims=True))
    return np.concatenate([factors, added.astype(np.float32)])


def requests_of(histories: Histories, most: int) -> Requests:
    """Return the requests of a sample of the users, each with the whole history."""
    drawn = np.sort(generator(0, "users").permutation(histories.n_users)[:most])
    return Requests(drawn, histories.lengths[drawn], histories.time[histories.indptr[drawn + 1] - 1])


def asked(source: Svd, histories: Histories, requests: Requests) -> tuple[list[Ints], float]:
    """Ask for the best items of each request, one by one.

    Returns:
        The items of each, and the processor seconds of the searches.
    """
    found, seconds = [], 0.0
    for row in range(len(requests)):
        view = View(histories, requests[row : row + 1])
        blocked: NDArray[np.bool_] = view.seen
        start = time.process_time()
        found.append(source.propose(view, blocked, SIZE)[0])
        seconds += time.process_time() - start
    return found, seconds


def measure(factors: ItemFactors, histories: Histories) -> dict[str, Any]:
    """Measure all dot products, and the graph with each margin.

    Args:
        factors: of all items.
        histories: of real users.

    Returns:
        `points`, the seconds and the size of the graph.
    """
    requests = requests_of(histories, REQUESTS)
    with one_blas_thread():
        best, seconds = asked(Svd(factors, Svd.own_decay), histories, requests)
        points: list[Point] = [{"recall": 1.0, "per_second": len(requests) / seconds}]
        start = time.process_time()
        source = Svd(replace(factors, index="hnsw"), Svd.own_decay)
        built = time.process_time() - start
        assert source.factors.graph is not None
        chosen = nearest.MARGIN, nearest.MOST
        for nearest.MARGIN in MARGINS:
            nearest.MOST = 1.0  # also where the pipeline would compute all dot products
            found, seconds = asked(source, histories, requests)
            right = sum(len(np.intersect1d(*pair)) for pair in zip(best, found, strict=True))
            speed = {"recall": right / (SIZE * len(requests)), "per_second": len(requests) / seconds}
            points.append({"margin": nearest.MARGIN} | speed)
        nearest.MARGIN, nearest.MOST = chosen
    size = len(nearest.load_faiss().serialize_index(source.factors.graph.index))
    return {"items": len(factors.factors), "points": points, "build_cpu_s": built, "graph_mib": size / 2**20}


def rows(found: Mapping[str, Mapping[str, Any]]) -> list[dict[str, str | float]]:
    """Return the lines of the table: a catalogue and a way to search each."""
    return [
        {
            "catalogue": name,
            "search": f"hnsw, margin {point['margin']:,.0f}" if "margin" in point else "exact",
            f"recall@{SIZE}": point["recall"],
            "requests per CPU s": point["per_second"],
            "CPU s to build": one["build_cpu_s"] if "margin" in point else 0.0,
            "MiB of the graph": one["graph_mib"] if "margin" in point else 0.0,
        }
        for name, one in found.items()
        for point in one["points"]
    ]


def picture(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Draw requests per second against recall, a line per catalogue, as the text of an SVG file."""
    points = [
        {"catalogue": name, "search": "hnsw" if "margin" in point else "exact"} | point
        for name, one in found.items()
        for point in one["points"]
    ]
    speed = {
        "field": "per_second",
        "type": "quantitative",
        "scale": {"type": "log"},
        "title": "requests per CPU second",
    }
    spec = {
        "title": "Best items found, and speed, in one thread",
        "data": {"values": points},
        "width": 480,
        "height": 360,
        "encoding": {
            "x": {"field": "recall", "type": "quantitative", "scale": {"zero": False}, "title": f"recall@{SIZE}"},
            "y": speed,
            "color": {"field": "catalogue", "type": "nominal", "title": None, "sort": [*found]},
        },
        "layer": [
            {"mark": "line", "transform": [{"filter": "datum.search == 'hnsw'"}]},
            {"mark": {"type": "point", "filled": True, "size": 60}, "encoding": {"shape": {"field": "search"}}},
        ],
    }
    return vl_convert.vegalite_to_svg(spec) + "\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure each catalogue; print and write benchmarks/results/nearest.json and .svg after each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nearest", description=__doc__)
    parser.add_argument("items", type=int, nargs="*", default=ITEMS, help="larger catalogues; default: %(default)s")
    sizes = sorted(parser.parse_args(argv).items)
    logs = {name: opened(name) for name in MOVIELENS}
    factors, histories = logs[BASE]
    larger = {f"{size:,} items": size for size in sizes}
    found: dict[str, Any] = {}
    for name in [*logs, *larger]:
        if name in larger:
            whole = replace(factors, factors=grown(factors.factors, larger[name]))
            found[name] = measure(whole, replace(histories, items=np.arange(larger[name])))
        else:
            found[name] = measure(*logs[name])
        print(report.table(rows({name: found[name]})), file=sys.stderr)
        path = report.save("nearest", {"catalogues": found, "size": SIZE, "requests": REQUESTS})
        path.with_suffix(".svg").write_text(picture(found), encoding="utf-8")
    print(report.table(rows(found)))
    print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
