"""The table that a run ends with: policies x metrics with 95 % intervals, as plain text."""

from collections.abc import Mapping, Sequence

from recommender.evaluation import significance
from recommender.evaluation.metrics import ACCURACY, BEYOND, headline_k
from recommender.text_table import text_table

Scores = Mapping[str, Mapping[str, float]]
Nested = Mapping[str, Mapping[str, Mapping[str, float]]]

_HEADLINE = "ndcg"

NEXT = """Try next:
  dvc exp run -S train_svd.n_components=32    change one parameter; only what depends on it runs again
  dvc metrics diff main                       what changed, metric by metric
  python -m recommender 42 --model two_stage  ten items for user 42, with titles and scores"""


def render(metrics: Scores, intervals: Nested, differences: Nested) -> str:
    """Render everything that a run ends with.

    Args:
        metrics: `{policy: {"metric@k": value}}`.
        intervals: `{policy: {"metric@k": {"low", "high"}}}`.
        differences: `{"one_minus_other": {"metric@k": {"difference", "low", "high", "p_value", "ratio", "users"}}}`.

    Returns:
        One table of accuracy and one of the rest, at one K; each difference with its verdict; what to try next.
    """
    k = shown_k(metrics)
    tables = [table(metrics, intervals, [f"{name}@{k}" for name in block]) for block in (ACCURACY, BEYOND)]
    lines = [verdict(pair, f"{_HEADLINE}@{k}", values) for pair, values in sorted(differences.items())]
    return "\n\n".join(["Means over test users [95 % interval]", *tables, "\n".join(filter(None, lines)), NEXT])


def shown_k(metrics: Scores) -> int:
    """Return the K of the table: 10 if it was measured, else the largest.

    Args:
        metrics: `{policy: {"metric@k": value}}`.

    Returns:
        A K that occurs in the names.
    """
    return headline_k(int(name.partition("@")[2]) for values in metrics.values() for name in values)


def table(metrics: Scores, intervals: Nested, names: Sequence[str]) -> str:
    """Render one table, the policies from the lowest to the highest NDCG.

    Args:
        metrics: `{policy: {name: value}}`.
        intervals: `{policy: {name: {"low", "high"}}}`; a value without one is shown alone.
        names: the columns.

    Returns:
        Aligned lines with a header; a value that is not defined is a dash.
    """
    headline = f"{_HEADLINE}@{shown_k(metrics)}"
    policies = sorted(metrics, key=lambda policy: (metrics[policy].get(headline, 0.0), policy))
    rows = [["policy", *names]]
    for policy in policies:
        cells = [_cell(metrics[policy].get(name), intervals.get(policy, {}).get(name)) for name in names]
        rows.append([policy, *cells])
    return text_table(rows)


def verdict(pair: str, name: str, values: Mapping[str, Mapping[str, float]]) -> str:
    """Describe in one line how two policies differ, and whether that could be noise.

    Args:
        pair: "one_minus_other".
        name: the metric.
        values: `{metric: {"difference", "low", "high", "p_value", "ratio", "users"}}`.

    Returns:
        One line, empty if the metric was not compared; see `significance.verdict`.
    """
    if name not in values:
        return ""
    found = values[name]
    one, _, other = pair.partition("_minus_")
    times = f", {found['ratio']:.2f} x" if "ratio" in found else ""
    size = f"{found['difference']:+.3f} [{found['low']:+.3f}, {found['high']:+.3f}]"
    p_value = f"p = {significance.shown(found['p_value'])}".replace("= <", "<")
    return f"{name}  {one} - {other}: {size}{times}, {p_value}, {significance.verdict(found)}"


def _cell(value: float | None, interval: Mapping[str, float] | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f} [{interval['low']:.3f}, {interval['high']:.3f}]" if interval else f"{value:.3f}"
