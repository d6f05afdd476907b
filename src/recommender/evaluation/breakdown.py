"""Metrics of groups: users by their history and by their pause, held-out items by their popularity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.evaluation import metrics
from recommender.evaluation.intervals import bootstrap
from recommender.evaluation.lists import hits
from recommender.evaluation.per_user import exact_means
from recommender.evaluation.reference import Reference
from recommender.ndcg import ndcg

Lists = NDArray[np.int32]
Breakdown = dict[str, dict[str, dict[str, Any]]]

TENTHS = 10
NO_EVENTS = "no events"
SECOND, HOUR = 1_000_000, 3_600_000_000
PAUSES = ("same second", "within an hour", "an hour or more")
# As for the per-user values: the last bits of a logarithm depend on the processor, the ninth decimal does not.
_DECIMALS = 9


@dataclass(frozen=True)
class Group:
    """A part of the held-out pairs of users and items.

    Attributes:
        label: name of the group.
        items: boolean (items,), the items of the catalogue whose hits count.
        relevant: int64 (users,), the held-out items of each user that count; 0 leaves the user out.
    """

    label: str
    items: NDArray[np.bool_]
    relevant: NDArray[np.int64]


def break_down(
    lists: Mapping[str, Lists],
    reference: Reference,
    ks: Sequence[int],
    edges: Sequence[int],
    pauses: NDArray[np.int64],
    *,
    random: np.random.Generator,
    resamples: int,
) -> Breakdown:
    """Measure every policy by history length, item popularity and pause, at one K (see `metrics.headline_k`).

    Args:
        lists: int32 (users, width) by policy, -1 after the end of a list; width at least the K.
        reference: what they are measured against.
        ks: lengths of the lists that are measured.
        edges: where the groups of history lengths end, in events, growing.
        pauses: as `reference.pauses` returns them.
        random: generator of the resamples; all policies of a group share them.
        resamples: how many, 100 or more.

    Returns:
        `history_length`, `item_popularity` and `pause`, each as `measure` returns it.
    """
    k = metrics.headline_k(ks)
    parts = {
        "history_length": by_history(reference, edges),
        "item_popularity": by_popularity(reference),
        "pause": by_pause(reference, pauses),
    }
    # One generator for each, so that other edges do not change the intervals of the items.
    streams = random.spawn(len(parts))
    return {
        name: measure(groups, lists, reference, k, random=own, resamples=resamples)
        for (name, groups), own in zip(parts.items(), streams, strict=True)
    }


def by_history(reference: Reference, edges: Sequence[int]) -> list[Group]:
    """Group users by their events before the request.

    Args:
        reference: what is measured against.
        edges: where groups end, growing: [5, 20] makes 1-5, 6-20 and over 20.

    Returns:
        The groups, the shortest histories first; all items count.
    """
    place = np.searchsorted(np.asarray(edges), reference.known, side="left")
    ranges = [str(last) if first + 1 == last else f"{first + 1}-{last}" for first, last in pairwise([0, *edges])]
    everything = np.ones(len(reference.catalogue), dtype=np.bool_)
    return [
        Group(label, everything, np.where(place == at, reference.relevant, 0))
        for at, label in enumerate([*ranges, f"over {edges[-1]}"])
    ]


def by_popularity(reference: Reference) -> list[Group]:
    """Group held-out items by the popularity decile of `deciles`, and those that had no event before.

    Args:
        reference: what is measured against.

    Returns:
        The groups "1" (the most popular) to "10" and "no events"; only the held-out items of the group count, so a user
        who holds out several items may be in several groups.
    """
    tenth, n_items = deciles(reference.events), len(reference.catalogue)
    user, item = np.divmod(reference.held_out, n_items)
    held_out = np.bincount(user * TENTHS + tenth[item] - 1, minlength=len(reference.users) * TENTHS)
    relevant = held_out.reshape(-1, TENTHS)
    groups = [Group(str(at), tenth == at, relevant[:, at - 1]) for at in range(1, TENTHS + 1)]
    outside = Group(NO_EVENTS, np.zeros(n_items, dtype=np.bool_), reference.relevant - relevant.sum(axis=1))
    return [*groups, outside]


def by_pause(reference: Reference, pauses: NDArray[np.int64]) -> list[Group]:
    """Group users by the time since their last event: to continue is another task than to return.

    Args:
        reference: what is measured against.
        pauses: int64 (users,), microseconds, as `reference.pauses` returns them; below 0 leaves the user out.

    Returns:
        The groups, the shortest pause first; all items count.
    """
    place = np.searchsorted(np.array([0, SECOND, HOUR]), pauses, side="right")
    everything = np.ones(len(reference.catalogue), dtype=np.bool_)
    return [
        Group(label, everything, np.where(place == at, reference.relevant, 0))
        for at, label in enumerate(PAUSES, start=1)
    ]


def deciles(events: NDArray[np.int64]) -> NDArray[np.int64]:
    """Cut the catalogue, sorted by popularity, into ten parts that hold about a tenth of the events each.

    The cut is by events, not by items: in a long-tailed catalogue a tenth of the items may hold half of the events and
    half of the items so few that nothing can be measured. Formula: `1 + floor(10 * events of all items that are
    more popular / all events)`; equally popular items are always together.

    Args:
        events: int64 (items,), events of each item, 1 or more.

    Returns:
        int64 (items,), 1 (the most popular) to 10.
    """
    levels, place = np.unique(events, return_inverse=True)
    of_level = levels * np.bincount(place)
    more_popular = of_level.sum() - of_level.cumsum()
    return 1 + (TENTHS * more_popular // of_level.sum())[place]


def measure(
    groups: Sequence[Group],
    lists: Mapping[str, Lists],
    reference: Reference,
    k: int,
    *,
    random: np.random.Generator,
    resamples: int,
) -> dict[str, dict[str, Any]]:
    """Measure every policy in each group: hit, recall and NDCG at k, as if only what counts there were held out.

    `recall@k` is the hit rate of a group's held-out items, user by user; with one held-out item per user it is `hit@k`.

    Args:
        groups: the parts.
        lists: int32 (users, width) by policy, -1 after the end of a list; width at least k.
        reference: what they are measured against.
        k: length of the lists looked at.
        random: generator of the resamples of the users of a group; all policies share them.
        resamples: how many, 100 or more.

    Returns:
        `{label: {"users", "items", "policies": {policy: {"metric@k": {"value", "low", "high"}}}}}` in the order of the
        groups, without those that have no user. Values are means over the users of a group, intervals 95 % percentile
        bootstraps over them.
    """
    marked = {policy: hits(shown, reference) for policy, shown in lists.items()}
    measured = {}
    for group in groups:
        rows = np.flatnonzero(group.relevant)
        if len(rows):
            tables = {policy: _table(marked[policy][rows], lists[policy][rows], group, rows, k) for policy in lists}
            found = _with_intervals(tables, random, resamples)
            measured[group.label] = {"users": len(rows), "items": int(group.items.sum()), "policies": found}
    return measured


def _table(marked: NDArray[np.bool_], lists: Lists, group: Group, rows: NDArray[np.int64], k: int) -> pd.DataFrame:
    """Measure some users; nothing is marked after the end of a list, so the item that -1 selects does not matter."""
    counted, relevant = marked & group.items[lists], group.relevant[rows]
    columns = {
        f"hit@{k}": metrics.hit(counted, k),
        f"recall@{k}": metrics.recall(counted, relevant, k),
        f"ndcg@{k}": ndcg(counted, relevant, k),
    }
    return pd.DataFrame(columns).round(_DECIMALS)


def _with_intervals(
    tables: Mapping[str, pd.DataFrame], random: np.random.Generator, resamples: int
) -> dict[str, dict[str, dict[str, float]]]:
    ranges = bootstrap(tables, random, resamples)
    means = {policy: exact_means(table.to_numpy(dtype=np.float64)) for policy, table in tables.items()}
    return {
        policy: {
            name: {"value": float(value), **ranges[policy][name]}
            for name, value in zip(table.columns, means[policy], strict=True)
        }
        for policy, table in tables.items()
    }
