"""The comparison of two revisions as plain text."""

import math
from collections.abc import Sequence

from recommender.evaluation.significance import TOO_FEW
from recommender.text_table import text_table
from recommender_lab.revisions.verdicts import WORSE, Comparison


def render(rows: Sequence[Comparison], old: str, new: str) -> str:
    """Render one line per policy and metric.

    Args:
        rows: what was compared.
        old: name of the first revision.
        new: name of the second.

    Returns:
        Aligned lines with a header; `too few users to tell` is followed by the difference that they could show
        four times in five, about.
    """
    lines = [["policy", "metric", old, new, "difference [95 % interval]", "p (Holm)", "verdict"]]
    return text_table([*lines, *map(_cells, rows)])


def worse(rows: Sequence[Comparison]) -> list[str]:
    """Return what got worse, as `policy metric`."""
    return [f"{row.policy} {row.metric}" for row in rows if row.verdict == WORSE]


def _cells(row: Comparison) -> list[str]:
    size = f"{row.difference:+.4f} [{row.low:+.4f}, {row.high:+.4f}]"
    p_value = "same" if math.isnan(row.p_holm) else f"{row.p_holm:.4f}"
    shown = f" (they could show about {row.detectable:.4f})" if row.verdict == TOO_FEW and row.detectable > 0 else ""
    return [row.policy, row.metric, f"{row.old:.4f}", f"{row.new:.4f}", size, p_value, row.verdict + shown]
