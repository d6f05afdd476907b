"""The section about the data: events per day, ratings, the long tail, genres, ties."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from recommender.columns import GENRE_PREFIX, ITEM, RATING, TIME, USER
from recommender_lab.report.charts import Chart
from recommender_lab.report.formats import percent, short
from recommender_lab.report.page import Section, Tiles
from recommender_lab.report.plot_data import Row

Bars = list[tuple[str, float]]
_MOST_BARS = 120
_MOST_VALUES = 12
_MOST_POINTS = 150
_MOST_BLOCK = 10


def draw(events: pd.DataFrame, items: pd.DataFrame, facts: Mapping[str, Any]) -> Section:
    """Show what the data look like.

    Args:
        events: the prepared log.
        items: the prepared table of items.
        facts: metrics/prepare.json.

    Returns:
        The section. Ratings are left out where all are alike, as in a log without ratings; genres where there are none.
    """
    days, width = per_day(events)
    rated, genres = ratings(events), by_genre(events, items)
    tail: list[Row] = [{"rank": rank, "events": count} for rank, count in long_tail(events)]
    pictures = [
        _bars("Events per day" if width == 1 else f"Events per {width} days", days, "first day of each bar (UTC)"),
        *([_bars("Ratings", rated, "rating", f"Mean {events[RATING].mean():.2f}.")] if len(rated) > 1 else []),
        Chart("long_tail", "The long tail: events of each item", tail, "rank", "events", note=_head(events)),
        _bars("Users by ties", last_times(events), "events at the last time of the user", _tied(facts)),
    ]
    if genres:
        shares: list[Row] = [{"genre": name, "share": share} for name, share in genres]
        note = "An item of several genres counts for each."
        pictures.append(Chart("importances", "Genres, share of events", shares, "share", "genre", note=note))
    return Section("data", "The data", (_numbers(facts), *pictures))


def _bars(title: str, found: Bars, label: str, note: str | None = None) -> Chart:
    rows: list[Row] = [{"label": name, "count": count} for name, count in found]
    return Chart("bars", title, rows, "label", "count", x_label=label, note=note)


def _numbers(facts: Mapping[str, Any]) -> Tiles:
    named = {"interactions": "events", "users": "users", "items": "items"}
    counts = [(f"{facts[name]:,}", what) for name, what in named.items()]
    dates = (f"{str(facts['first_event'])[:10]} – {str(facts['last_event'])[:10]}", "first and last event")
    repeats = [(percent(facts["share_of_repeats_dropped"]), "of the rows were repeats, which were dropped")]
    shown = repeats if facts["repeats_dropped"] else []
    return Tiles([*counts, (percent(facts["density"]), "of all pairs are events"), dates, *shown])


def _head(events: pd.DataFrame) -> str:
    counts = np.sort(events[ITEM].value_counts().to_numpy())[::-1]
    head = -(-len(counts) // 5)
    return (
        f"The {head:,} most popular items, a fifth, have {percent(counts[:head].sum() / counts.sum())} of the events."
    )


def _tied(facts: Mapping[str, float]) -> str:
    share = percent(facts["share_of_users_with_tied_last_event"])
    return f"{share} of the users have more than one; the tie rule decides which of them is the last."


def per_day(events: pd.DataFrame) -> tuple[Bars, int]:
    """Count events by day, or by as many days as leave at most 120 bars.

    Args:
        events: times in UTC.

    Returns:
        The first day and the events of each bar, without a gap from the first event to the last, and the days per bar.
    """
    day = events[TIME].dt.tz_localize(None).to_numpy().astype("datetime64[D]")
    at = (day - day.min()).astype(np.int64)
    width = int(-(-(at.max() + 1) // _MOST_BARS))
    counts = np.bincount(at // width)
    starts = day.min() + width * np.arange(len(counts))
    return [(str(start), float(count)) for start, count in zip(starts, counts, strict=True)], width


def ratings(events: pd.DataFrame) -> Bars:
    """Count events by rating: by value if there are at most twelve, else in ten ranges of equal width."""
    values, counts = np.unique(events[RATING].to_numpy(), return_counts=True)
    if len(values) <= _MOST_VALUES:
        return [(short(value), float(count)) for value, count in zip(values, counts, strict=True)]
    counts, edges = np.histogram(events[RATING], bins=10)
    return [(f"{short(low)}+", float(count)) for low, count in zip(edges[:-1], counts, strict=True)]


def long_tail(events: pd.DataFrame) -> list[tuple[float, float]]:
    """Return the events of the items by rank, at most 150 of them, as far apart on a logarithmic axis."""
    counts = np.sort(events[ITEM].value_counts().to_numpy())[::-1]
    ranks = np.unique(np.geomspace(1, len(counts), _MOST_POINTS).round().astype(np.int64))
    return [(float(rank), float(counts[rank - 1])) for rank in ranks]


def by_genre(events: pd.DataFrame, items: pd.DataFrame) -> Bars:
    """Return the share of the events that are of each genre, the largest first, ties by name; none without genres."""
    names = [name for name in items.columns if name.startswith(GENRE_PREFIX)]
    flags = items.set_index(ITEM)[names].reindex(events[ITEM].unique()).fillna(0)
    weights = events[ITEM].value_counts().reindex(flags.index).to_numpy()
    shares = weights @ flags.to_numpy(dtype=np.float64) / len(events)
    found = [(name.removeprefix(GENRE_PREFIX), float(share)) for name, share in zip(names, shares, strict=True)]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def last_times(events: pd.DataFrame) -> Bars:
    """Count users by the number of events at the last time of each; ten and more are one bar."""
    last = events.groupby(USER, sort=False)[TIME].transform("max") == events[TIME]
    sizes = np.minimum(events.loc[last, USER].value_counts().to_numpy(), _MOST_BLOCK)
    counts = np.bincount(sizes, minlength=2)[1:]
    return [(f"{size}+" if size == _MOST_BLOCK else str(size), float(n)) for size, n in enumerate(counts, 1)]
