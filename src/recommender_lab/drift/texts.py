"""Score distributions and the result of a check, as text."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
        lines.append(" " * 14 + "".join(f"{_percent(share):>12}" for share in QUANTILES))
        lines += [_quantiles("first item", first), _quantiles("every item", served), *_histogram(served)]
    return "\n".join(lines)


def _percent(share: float) -> str:
    return {0: "least", 0.5: "median", 1: "most"}.get(share, f"{100 * share:.0f} %")


def _quantiles(name: str, values: NDArray[np.float64]) -> str:
    return f"  {name:<12}" + "".join(f"{value:12.4f}" for value in np.quantile(values, QUANTILES))


def _histogram(values: NDArray[np.float64]) -> list[str]:
    counts, edges = np.histogram(values, BARS)
    return [
        f"  {low:12.4f} to {high:12.4f} {count:7d} {'#' * round(WIDTH * count / counts.max())}".rstrip()
        for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
    ]


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
    for name, values in found.get("features", {}).items():
        lines.append(
            f"{_mark(values)} {name:<19} PSI {values['psi']:6.3f}  KS {values['ks']:6.3f}  "
            f"median {values['reference']:10.4f} -> {values['current']:10.4f}"
        )
    lines += [_other(name, found[name]) for name in OTHERS if name in found]
    return "\n".join(lines)


OTHERS = {
    "sources": "{distance:.3f} of the mix moved",
    "unknown_users": "{reference:.3f} -> {current:.3f} of the requests",
    "unknown_items": "{reference:.3f} -> {current:.3f} of the served items",
    "coverage": "{reference:.0f} -> {current:.0f} different items in {lists} lists",
    "latency": "p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms",
}


def _other(name: str, values: dict[str, Any]) -> str:
    return f"{_mark(values)} {name:<19} {OTHERS[name].format(**values)}"


def _mark(values: Findings) -> str:
    return " !" if values[ALERT] else "  "
