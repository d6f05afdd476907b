"""Accuracy under two other views: rare items count more, and the held-out items are a sample as the users are.

Popular items are chosen more often, so they are most of what is held out, and a plain mean tells mostly how well
popular items are found. Weights that fall with the popularity correct this (Yang et al., 2018). An interval over users
alone holds for these held-out items; one with users and items as clusters holds for other items too.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.columns import METRIC, POLICY
from recommender.estimate import Estimate
from recommender.evaluation.lists import NOTHING
from recommender.evaluation.plot_rows import GROUP
from recommender.evaluation.reference import Reference
from recommender.evaluation.significance import widen

Values = NDArray[np.float64]
Lists = NDArray[np.int32]

POWERS = {"all alike": 0.0, "n^-0.5": 0.5, "1/n": 1.0}
"""A held-out item with n events weighs n to minus this power; with 1 all items weigh the same in the end."""


def measure(lists: Mapping[str, Lists], reference: Reference, k: int) -> list[dict[str, Any]]:
    """Measure the discounted gain of the held-out items with each power, for every policy.

    With one held-out item per user and power 0 the gain at K is NDCG@K. Held-out items without an event in the history
    have no popularity and are left out.

    Args:
        lists: int32 (users, width) by policy, -1 after the end of a list; width at least k.
        reference: what they are measured against.
        k: length of the lists looked at.

    Returns:
        Rows with group (a key of `POWERS`), users, items (both held-out), policy, metric, k, value (the weighted mean),
        low and high (its 95 % interval over users and items), user_error (the standard error over users) and error
        (that over users and items). None if no held-out item has an event in the history.
    """
    if not len(reference.held_out):
        return []
    user, item = np.divmod(reference.held_out, len(reference.catalogue))
    counts = {"users": len(np.unique(user)), "items": len(np.unique(item))}
    found = {policy: gains(shown, reference, k) for policy, shown in lists.items()}
    weights = {group: reference.events[item].astype(np.float64) ** -power for group, power in POWERS.items()}
    return [
        {GROUP: group, **counts, POLICY: policy, METRIC: "gain", "k": k, **_estimate(gain, weight, user, item)}
        for group, weight in weights.items()
        for policy, gain in found.items()
    ]


def gains(lists: Lists, reference: Reference, k: int) -> Values:
    """Return `1 / log2(rank + 1)` of each held-out pair within the first k, else 0, (held-out pairs,)."""
    shown = lists[:, :k]
    keys = np.arange(len(shown), dtype=np.int64)[:, None] * len(reference.catalogue) + shown
    user, rank = np.nonzero(np.isin(keys, reference.held_out) & (shown != NOTHING))
    found = np.zeros(len(reference.held_out))
    found[np.searchsorted(reference.held_out, keys[user, rank])] = 1 / np.log2(rank + 2.0)
    return found


def _estimate(gain: Values, weight: Values, user: NDArray[np.int64], item: NDArray[np.int64]) -> dict[str, float]:
    """Estimate a weighted mean, with errors clustered by user, and by user and item (Cameron et al., 2011).

    Args:
        gain: of each held-out pair, 0 to 1, (n,).
        weight: above 0, (n,).
        user: the user of each pair.
        item: the item of each pair.
    """
    value = float(gain @ weight / weight.sum())
    rest = weight * (gain - value) / weight.sum()
    by_user, by_item = (float((np.bincount(codes, rest) ** 2).sum()) for codes in (user, item))
    both = max(by_user + by_item - float((rest**2).sum()), by_user)
    low, high = widen(*Estimate(value, both**0.5).interval(), len(np.unique(user)), 0.0, 1.0)
    ends = {"low": max(float(low), 0.0), "high": min(float(high), 1.0)}
    return {"value": value, **ends, "user_error": by_user**0.5, "error": both**0.5}
