"""The requests of a log as columns, and its earlier and later part."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.request_log.lines import Line
from recommender.seeds import hash_ids, mix

LOGGED = ("history_events", "pause_hours", "history_popularity", "history_rating", "served_popularity", "candidates")
FEATURES = (*LOGGED, "hour", "top_score", "mean_score")
"""What is compared: what `explain.measure` logs, the hour of the day (UTC), the scores of the served list."""


@dataclass(frozen=True)
class Window:
    """Some requests to one policy, in the order of time.

    Attributes:
        numbers: one row per request: `request`, `user`, `time`, `known`, `milliseconds`, FEATURES; NaN where unknown.
        served: the items of each list.
        scores: the scores of each list.
        sources: how many items of the list each source had proposed.
    """

    numbers: pd.DataFrame
    served: list[list[int | str]]
    scores: list[list[float]]
    sources: list[dict[str, int]]

    def __len__(self) -> int:
        return len(self.served)

    def __getitem__(self, rows: slice) -> "Window":
        return Window(self.numbers.iloc[rows], self.served[rows], self.scores[rows], self.sources[rows])

    def take(self, rows: Sequence[int]) -> "Window":
        """Return some requests, in the order given."""
        lists = ([column[row] for row in rows] for column in (self.served, self.scores, self.sources))
        return Window(self.numbers.iloc[list(rows)], *lists)  # type: ignore[arg-type]

    def values(self, name: str) -> NDArray[np.float64]:
        """Return one column of `numbers`, float64 (n,)."""
        return self.numbers[name].to_numpy(dtype=np.float64)

    def spans_a_week(self) -> bool:
        """Return whether the hours of the day can be compared: two parts of one day always differ in them."""
        times = self.numbers["time"]
        return len(times) > 0 and times.iloc[-1] - times.iloc[0] >= pd.Timedelta(days=7)

    def mentions(self) -> Counter[str]:
        """Count the served items that each source had proposed."""
        return sum((Counter(found) for found in self.sources), Counter())

    def lists_with(self) -> Counter[int | str]:
        """Count the lists that hold each item."""
        return Counter(item for items in self.served for item in items)


def by_policy(lines: Iterable[Line]) -> dict[str, Window]:
    """Put the requests to each policy into columns, policies by name, requests by time and then as logged."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.model, []).append(line.model_copy(update={"candidates": _few(line)}))
    return {name: _window(sorted(found[name], key=lambda line: line.time)) for name in sorted(found)}


def comparable(reference: Window, current: Window) -> list[str]:
    """Return the FEATURES that two windows can be compared by: the hour only where both span a week."""
    whole = reference.spans_a_week() and current.spans_a_week()
    return [name for name in FEATURES if name != "hour" or whole]


def split(window: Window, share: float) -> tuple[Window, Window]:
    """Cut off the latest requests.

    Args:
        window: n requests.
        share: of them in the second part, above 0 and below 1; rounded to whole requests.

    Returns:
        The earlier requests and the later ones.
    """
    at = len(window) - round(share * len(window))
    return window[:at], window[at:]


def one_per_user(reference: Window, current: Window) -> tuple[Window, Window]:
    """Keep one request of each user, in one of the windows: requests of one user are alike, and tests count on others.

    It is the one with the lowest hash of its id. As each user is in one window only, the two are independent, and
    those who come often are not more frequent in the shorter one: where nothing drifts, the chance to be in it is
    the same for all.

    Args:
        reference: the earlier requests.
        current: the later requests.

    Returns:
        The same two with fewer requests; unchanged where each user has one.
    """
    lowest: dict[int | str, tuple[int, int, int]] = {}
    for at, window in enumerate((reference, current)):
        # With the window's own seed, a log that is compared with itself leaves no window empty.
        keys = mix(hash_ids(window.numbers["request"].to_numpy(dtype=object)), at).tolist()
        for row, (user, key) in enumerate(zip(window.numbers["user"], keys, strict=True)):
            lowest[user] = min(lowest.get(user, (key, at, row)), (key, at, row))
    before, after = (sorted(row for _, which, row in lowest.values() if which == at) for at in (0, 1))
    return reference.take(before), current.take(after)


def _window(lines: list[Line]) -> Window:
    return Window(
        numbers=pd.DataFrame([_numbers(line) for line in lines]),
        served=[line.ranking.items for line in lines],
        scores=[line.ranking.scores for line in lines],
        sources=[{name: len(offer.items) for name, offer in line.candidates.items()} for line in lines],
    )


def _few(line: Line) -> dict[str, Any]:
    """Keep of the candidates only those that were served: a long log need not fit into memory twice."""
    served = set(line.ranking.items)
    return {
        name: offer.model_copy(update={"items": [item for item in offer.items if item in served], "scores": []})
        for name, offer in line.candidates.items()
    }


def _numbers(line: Line) -> dict[str, Any]:
    scores = line.ranking.scores
    own = {name: line.features.get(name, np.nan) for name in LOGGED}
    return {
        "request": line.request_id,
        "user": line.user,
        "time": line.time,
        "known": line.known,
        "milliseconds": np.nan if line.milliseconds is None else line.milliseconds,
        **own,
        "hour": line.time.hour + line.time.minute / 60,
        "top_score": scores[0] if scores else np.nan,
        "mean_score": float(np.mean(scores)) if scores else np.nan,
    }
