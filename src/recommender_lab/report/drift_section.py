"""The section about drift: the later requests of each policy's log against the earlier ones."""

from collections.abc import Mapping, Sequence
from typing import Any

from recommender_lab.report.charts import lines
from recommender_lab.report.colours import colours, key
from recommender_lab.report.markup import Markup, element, figure, table
from recommender_lab.report.page import Section
from recommender_lab.report.rows import Row
from recommender_lab.report.scales import percent, short, told

_WINDOWS = {"reference": "earlier", "current": "later"}


def draw(found: Mapping[str, Any], measures: Sequence[Row], bins: Sequence[Row], sources: Sequence[Row]) -> Section:
    """Draw the section.

    Args:
        found: metrics/monitor.json.
        measures: rows with policy, feature, measure (psi or ks), value, alert.
        bins: rows with policy, feature, window, low, high, share.
        sources: rows with policy, source, window, share.

    Returns:
        The section.
    """
    alerts = list(dict.fromkeys((row["policy"], row["feature"]) for row in measures if row["alert"]))
    drawn = dict.fromkeys(feature for _, feature in alerts)
    first = {feature: next(policy for policy, of in alerts if of == feature) for feature in drawn}
    pictures = [_feature(policy, feature, bins) for feature, policy in first.items()]
    listed = [figure("Windows", _windows(found)), *(_measure(name, measures) for name in ("psi", "ks"))]
    return Section("drift", "Drift", (*listed, *pictures, _sources(sources)))


def _windows(found: Mapping[str, Any]) -> Markup:
    cells = [
        (
            _plain(policy),
            f"{one['requests']['reference']:,} / {one['requests']['current']:,}",
            str(one["alerts"]),
            _pair(one.get("unknown_users", {})),
            _pair(one.get("unknown_items", {})),
            told(one.get("coverage", {}), "change", "{:+.0%}".format),
        )
        for policy, one in found.items()
    ]
    header = ("policy", "requests, earlier / later", "alerts", "unknown users", "unknown items", "coverage")
    return table(header, cells)


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _pair(one: Mapping[str, float]) -> str:
    return " → ".join(told(one, name, percent) for name in _WINDOWS)


def _measure(measure: str, measures: Sequence[Row]) -> Markup:
    shown = {(row["feature"], row["policy"]): row for row in measures if row["measure"] == measure}
    policies, features = (list(dict.fromkeys(key[at] for key in shown)) for at in (1, 0))
    cells = [(_plain(feature), *(_cell(shown.get((feature, policy))) for policy in policies)) for feature in features]
    title = f"{measure.upper()} of each feature"
    return figure(title, table(("feature", *map(_plain, policies)), cells), "Marked: an alert.")


def _cell(row: Row | None) -> object:
    if row is None or "value" not in row:
        return "-"
    text = f"{row['value']:.3f}"
    return element("mark", text) if row["alert"] else text


def _feature(policy: str, feature: str, bins: Sequence[Row]) -> Markup:
    own = [row for row in bins if (row["policy"], row["feature"]) == (policy, feature) and "share" in row]
    places = {low: at for at, low in enumerate(dict.fromkeys(row["low"] for row in own), 1)}
    series = {
        told: [(float(places[row["low"]]), row["share"]) for row in own if row["window"] == name]
        for name, told in _WINDOWS.items()
    }
    colour_of = colours(series)
    title = f"{_plain(feature)} ({_plain(policy)}): share by bin"
    edges = f"Bins of the earlier window, from {short(min(places))} on." if places else None
    return figure(title, lines(title, series, colour_of, "bin, from low to high"), edges, key(colour_of))


def _sources(sources: Sequence[Row]) -> Markup:
    shares = {(row["policy"], row["source"], row["window"]): row.get("share", 0.0) for row in sources}
    pairs = dict.fromkeys((policy, source) for policy, source, _ in shares)
    cells = [
        (
            f"{_plain(policy)}: {_plain(source)}",
            *(percent(shares.get((policy, source, name), 0.0)) for name in _WINDOWS),
        )
        for policy, source in pairs
    ]
    return figure("Sources of what was served", table(("source", *_WINDOWS.values()), cells))
