"""The section about drift: the later requests of each policy's log against the earlier ones."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from recommender_lab.report.charts import Chart
from recommender_lab.report.formats import defined, percent
from recommender_lab.report.page import Section, Table
from recommender_lab.report.plot_data import Row

_WINDOWS = {"reference": "earlier", "current": "later"}


def draw(found: Mapping[str, Any], measures: Sequence[Row], bins: Sequence[Row], sources: Sequence[Row]) -> Section:
    """Show the alerts, the measures behind them, and the features that raised one.

    Args:
        found: metrics/monitor.json.
        measures: rows with policy, feature, measure (psi or ks), value, alert.
        bins: rows with policy, feature, window, low, high, share.
        sources: rows with policy, source, window, share.

    Returns:
        The section.
    """
    first: dict[str, str] = {}
    for row in measures:
        if row["alert"]:
            first.setdefault(row["feature"], row["policy"])
    pictures = [_feature(policy, feature, bins) for feature, policy in first.items()]
    listed = (_windows(found), *(_measure(name, measures) for name in ("psi", "ks")))
    return Section("drift", "Drift", (*listed, *pictures, _sources(sources)))


def _windows(found: Mapping[str, Any]) -> Table:
    cells = [
        (
            policy,
            f"{one['requests']['reference']:,} / {one['requests']['current']:,}",
            str(one["alerts"]),
            _pair(one.get("unknown_users", {})),
            _pair(one.get("unknown_items", {})),
            defined(one.get("coverage", {}), "change", "{:+.0%}".format),
        )
        for policy, one in found.items()
    ]
    header = ("policy", "requests, earlier / later", "alerts", "unknown users", "unknown items", "coverage")
    return Table("Windows", header, cells)


def _pair(one: Mapping[str, float]) -> str:
    return " → ".join(defined(one, name, percent) for name in _WINDOWS)


def _measure(measure: str, measures: Sequence[Row]) -> Table:
    shown = {(row["feature"], row["policy"]): row for row in measures if row["measure"] == measure}
    policies, features = (list(dict.fromkeys(key[at] for key in shown)) for at in (1, 0))
    cells = [(feature, *(_cell(shown.get((feature, policy))) for policy in policies)) for feature in features]
    return Table(f"{measure.upper()} of each feature", ("feature", *policies), cells, "Marked: an alert.")


def _cell(row: Row | None) -> str:
    if row is None or "value" not in row:
        return "-"
    text = f"{row['value']:.3f}"
    return Markup("<mark>{}</mark>").format(text) if row["alert"] else text


def _feature(policy: str, feature: str, bins: Sequence[Row]) -> Chart:
    rows = [row for row in bins if (row["policy"], row["feature"]) == (policy, feature) and "share" in row]
    return Chart("drift_features", f"{feature} ({policy}): share by bin", rows, "low", "share", "window")


def _sources(sources: Sequence[Row]) -> Table:
    shares = {(row["policy"], row["source"], row["window"]): row.get("share", 0.0) for row in sources}
    pairs = dict.fromkeys((policy, source) for policy, source, _ in shares)
    cells = [
        (f"{policy}: {source}", *(percent(shares.get((policy, source, name), 0.0)) for name in _WINDOWS))
        for policy, source in pairs
    ]
    return Table("Sources of the served items", ("source", *_WINDOWS.values()), cells)
