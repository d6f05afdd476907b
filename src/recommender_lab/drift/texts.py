"""Score distributions and the result of a check, as text."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from recommender.text_table import text_table
from recommender_lab.drift.findings import ALERT, Findings
from recommender_lab.drift.windows import Window

QUANTILES = (0, 0.05, 0.25, 0.5, 0.75, 0.95, 1)
LATENCIES = (0.5, 0.95, 0.99)
BARS, WIDTH = 12, 40


def render_scores(windows: Mapping[str, Window]) -> str:
    """Write, policy by policy, quantiles of the scores and a histogram of all served scores.

    Args:
        windows: the requests to each policy.
    """
    return "\n\n".join(_scores(policy, window) for policy, window in windows.items())


def _scores(policy: str, window: Window) -> str:
    served = np.array([score for scores in window.scores for score in scores])
    first = window.values("top_score")
    first = first[np.isfinite(first)]
    lines = [f"{policy}: {len(window)} requests, {len(served)} served items"]
    if len(served):
        rows = [["", *map(_percent, QUANTILES)], _quantiles("first item", first), _quantiles("every item", served)]
        lines += [text_table(rows, right=range(1, len(rows[0]))), _histogram(served)]
    return "\n".join(lines)


def _percent(share: float) -> str:
    return {0: "least", 0.5: "median", 1: "most"}.get(share, f"{100 * share:.0f} %")


def _quantiles(name: str, values: NDArray[np.float64]) -> list[str]:
    return [name, *(f"{value:.4f}" for value in np.quantile(values, QUANTILES))]


def _histogram(values: NDArray[np.float64]) -> str:
    counts, edges = np.histogram(values, BARS)
    rows = [
        (f"{low:.4f}", "to", f"{high:.4f}", str(count), "#" * round(WIDTH * count / counts.max()))
        for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
    ]
    return text_table(rows, right=(0, 2, 3))


def latencies(window: Window) -> Findings:
    """Return quantiles of the milliseconds, `p50`, `p95`, `p99`; nothing where none are logged."""
    known = window.values("milliseconds")
    known = known[np.isfinite(known)]
    names = [f"p{100 * share:.0f}" for share in LATENCIES]
    return dict(zip(names, np.quantile(known, LATENCIES).tolist(), strict=True)) if len(known) else {}


def render_check(policy: str, found: Findings) -> str:
    """Write what `findings.compare` returned, one line per difference, alerts marked with `!`.

    Args:
        policy: the policy that the requests were sent to.
        found: with `latency` too where it was logged, and `requests.logged` if more may be logged than are compared.
    """
    sizes = found["requests"]
    lines = [f"{policy}: {sizes['current']} requests against {sizes['reference']} earlier ones"]
    if (logged := sizes.get("logged", 0)) > sizes["current"] + sizes["reference"]:
        lines[0] += f", one of each user among {logged}"
    if not sizes["enough"]:
        lines[0] += ": too few to call any difference an alert"
    rows = [(_mark(values), name, FEATURE.format(**values)) for name, values in found.get("features", {}).items()]
    rows += [(_mark(found[name]), name, text.format(**found[name])) for name, text in OTHERS.items() if name in found]
    return "\n".join([*lines, text_table(rows)] if rows else lines)


FEATURE = "PSI {psi:.3f}  KS {ks:.3f}  median {reference:.4f} -> {current:.4f}"
OTHERS = {
    "sources": "{distance:.3f} of the mix moved",
    "unknown_users": "{reference:.3f} -> {current:.3f} of the requests",
    "unknown_items": "{reference:.3f} -> {current:.3f} of the served items",
    "coverage": "{reference:.0f} -> {current:.0f} different items in {lists} lists",
    "latency": "p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms",
}


def _mark(values: Findings) -> str:
    return "!" if values[ALERT] else ""
