"""Run the pipeline on synthetic logs of growing size: CPU seconds and memory per stage, and how fast they grow.

Users grow with the events and items with their square root, about as from MovieLens 1M to MovieLens 32M.
"""

import argparse
import math
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import vl_convert

from benchmarks import report
from benchmarks.pipeline import GIB, LAST, Log, dataset
from benchmarks.workspace import ROOT, prepare

SIZES = (100_000, 300_000, 1_000_000, 3_000_000)
GROWING = 300_000
"""Events from which the growth is measured: below, each stage mostly starts."""
EVENTS_PER_USER = 70
ITEMS_PER_ROOT = 6.3
"""Items for the square root of the events."""
ALL = "all stages"

Costs = dict[str, dict[str, float]]
"""`cpu_s` and `peak_bytes` by stage."""


def log_of(events: int) -> Log:
    """Return the synthetic log of a size."""
    return Log("synthetic", None, events // EVENTS_PER_USER, round(ITEMS_PER_ROOT * math.sqrt(events)), events)


def measure(events: int) -> Costs:
    """Run the pipeline from cold to `evaluate` on a new log of a size, in a copy of the project."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = prepare(Path(folder), {"dataset": dataset(log_of(events), Path(folder))})
        workspace.repro(LAST)
        return costs_of(workspace.stages())


def costs_of(stages: Sequence[Mapping[str, Any]]) -> Costs:
    """Return what each stage cost, and all of them: the sum of the seconds, the most memory."""
    found = {str(stage["name"]): {key: stage[key] for key in ("cpu_s", "peak_bytes")} for stage in stages}
    whole = {"cpu_s": sum(cost["cpu_s"] for cost in found.values())}
    return found | {ALL: whole | {"peak_bytes": max(cost["peak_bytes"] for cost in found.values())}}


def growth(costs: Mapping[int, Costs]) -> dict[str, float]:
    """Fit the exponent of each stage: CPU seconds grow as the events to this power.

    Args:
        costs: by number of events; those of fewer than `GROWING` are left out.

    Returns:
        The slope of the logarithms by least squares, by stage; nothing if fewer than two sizes are left.
    """
    sizes = sorted(events for events in costs if events >= GROWING)
    if len(sizes) < 2:
        return {}
    seconds = {name: [costs[events][name]["cpu_s"] for events in sizes] for name in costs[sizes[0]]}
    return {name: float(np.polyfit(np.log(sizes), np.log(values), 1)[0]) for name, values in seconds.items()}


def rows(costs: Mapping[int, Costs]) -> list[dict[str, str | float]]:
    """Return the lines of the table: CPU seconds by size, peak memory at the largest, the exponent."""
    sizes, exponents = sorted(costs), growth(costs)
    return [
        {"stage": name}
        | {f"CPU s, {events:,}": costs[events][name]["cpu_s"] for events in sizes}
        | {"peak GiB": costs[sizes[-1]][name]["peak_bytes"] / GIB, "exponent": exponents.get(name, math.nan)}
        for name in costs[sizes[0]]
    ]


def picture(costs: Mapping[int, Costs]) -> str:
    """Draw CPU seconds against events, both axes logarithmic, a line per stage, as the text of an SVG file."""
    exponents = growth(costs)
    titles = {name: f"{name} ({exponents[name]:.2f})" if name in exponents else name for name in costs[min(costs)]}
    points = [
        {"events": events, "seconds": cost["cpu_s"], "stage": titles[name]}
        for events, found in costs.items()
        for name, cost in found.items()
    ]
    logarithmic = {"type": "quantitative", "scale": {"type": "log"}}
    spec = {
        "title": "CPU seconds by size of the log; in brackets: exponent of the growth",
        "data": {"values": points},
        "width": 480,
        "height": 400,
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": logarithmic | {"field": "events", "axis": {"format": "~s"}},
            "y": logarithmic | {"field": "seconds", "title": "CPU seconds"},
            "color": {
                "field": "stage",
                "type": "nominal",
                "title": None,
                "sort": list(titles.values()),
                "scale": {"scheme": "tableau20"},
            },
        },
    }
    return vl_convert.vegalite_to_svg(spec) + "\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure each size; print and write benchmarks/results/scale_synthetic.json and .svg after each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("sizes", type=int, nargs="*", default=SIZES, help="numbers of events; default: %(default)s")
    costs: dict[int, Costs] = {}
    for events in sorted(parser.parse_args(argv).sizes):
        costs[events] = measure(events)
        whole = costs[events][ALL]
        print(f"{events:,} events: {whole['cpu_s']:,.0f} CPU s, {whole['peak_bytes'] / GIB:.1f} GiB", file=sys.stderr)
        found: dict[str, Any] = {
            "events": {str(size): cost for size, cost in costs.items()},
            "exponents": growth(costs),
        }
        path = report.save("scale_synthetic", found)
        path.with_suffix(".svg").write_text(picture(costs), encoding="utf-8")
    print(report.table(rows(costs)))
    print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
