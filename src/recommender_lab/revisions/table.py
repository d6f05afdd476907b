"""The comparison of two revisions as plain text."""

import math
from collections.abc import Sequence

from recommender_lab.revisions.verdicts import UNCLEAR, WORSE, Comparison

_GAP = "  "


def render(rows: Sequence[Comparison], old: str, new: str) -> str:
    """Render one line per policy and metric.

    Args:
        rows: what was compared.
        old: name of the first revision.
        new: name of the second.

    Returns:
        Aligned lines with a header; with `too few users to tell` stands the smallest difference they could show.
    """
    lines = [["policy", "metric", old, new, "difference [95 % interval]", "p (Holm)", "verdict"]]
    lines += [_cells(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_GAP.join(map(str.ljust, line, widths)).rstrip() for line in lines)


def worse(rows: Sequence[Comparison]) -> list[str]:
    """Return what got worse, as `policy metric`."""
    return [f"{row.policy} {row.metric}" for row in rows if row.verdict == WORSE]


def _cells(row: Comparison) -> list[str]:
    size = f"{row.difference:+.4f} [{row.low:+.4f}, {row.high:+.4f}]"
    p_value = "same" if math.isnan(row.p_holm) else f"{row.p_holm:.4f}"
    shown = f" (they could show {row.detectable:.4f})" if row.verdict == UNCLEAR else ""
    return [row.policy, row.metric, f"{row.old:.4f}", f"{row.new:.4f}", size, p_value, row.verdict + shown]
