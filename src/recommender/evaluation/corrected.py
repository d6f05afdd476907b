"""Accuracy under two other views: rare items count more, and the held-out items are a sample as the users are.

Popular items are chosen more often, so they are most of what is held out, and a plain mean tells mostly how well
popular items are found. Weights that fall with the popularity correct this (Yang et al., 2018). An interval over users
alone holds for these held-out items; one with users and items as clusters holds for other items too.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.estimate import Estimate
from recommender.evaluation.lists import NOTHING
from recommender.evaluation.reference import Reference
from recommender.evaluation.significance import widen

Values = NDArray[np.float64]
Lists = NDArray[np.int32]

POWERS = (0.0, 0.5, 1.0)
"""An item with n events weighs n to minus this power: all alike, in between, all items alike whatever their events."""


def measure(
    lists: Mapping[str, Lists], reference: Reference, k: int, pairs: Sequence[tuple[str, str]]
) -> dict[str, dict[str, dict[str, float]]]:
    """Measure the discounted gain of the held-out items with each power, for every policy and pair of policies.

    With one held-out item per user and power 0 the gain at K is NDCG@K. Held-out items without an event in the history
    have no popularity and are left out.

    Args:
        lists: int32 (users, width) by policy, -1 after the end of a list; width at least k.
        reference: what they are measured against.
        k: length of the lists looked at.
        pairs: (one, other) policies; the difference is one minus other.

    Returns:
        `{power: {policy or "one_minus_other": {"value", "low", "high", "user_error", "error"}}}`: the weighted mean
        with its 95 % interval over users and items, its standard error over users, and that over users and items.
        Empty if no held-out item has an event in the history.
    """
    if not len(reference.held_out):
        return {}
    user, item = np.divmod(reference.held_out, len(reference.catalogue))
    found = {policy: gains(shown, reference, k) for policy, shown in lists.items()}
    found |= {f"{one}_minus_{other}": found[one] - found[other] for one, other in pairs}
    events = reference.events[item].astype(np.float64)
    weights: dict[float, Values] = {power: events**-power for power in POWERS}
    return {
        f"{power:g}": {name: _estimate(gain, weight, user, item, name in lists) for name, gain in found.items()}
        for power, weight in weights.items()
    }


def gains(lists: Lists, reference: Reference, k: int) -> Values:
    """Return `1 / log2(rank + 1)` of each held-out pair within the first k, else 0, (held-out pairs,)."""
    shown = lists[:, :k]
    keys = np.arange(len(shown), dtype=np.int64)[:, None] * len(reference.catalogue) + shown
    user, rank = np.nonzero(np.isin(keys, reference.held_out) & (shown != NOTHING))
    found = np.zeros(len(reference.held_out))
    found[np.searchsorted(reference.held_out, keys[user, rank])] = 1 / np.log2(rank + 2.0)
    return found


def _estimate(
    gain: Values, weight: Values, user: NDArray[np.int64], item: NDArray[np.int64], own: bool
) -> dict[str, Any]:
    """Estimate a weighted mean, with errors clustered by user, and by user and item (Cameron et al., 2011).

    Args:
        gain: of each held-out pair, (n,).
        weight: above 0, (n,).
        user: the user of each pair.
        item: the item of each pair.
        own: whether these are gains of a policy, from 0 to 1, or differences, from -1.
    """
    value = float(gain @ weight / weight.sum())
    rest = weight * (gain - value) / weight.sum()
    by_user, by_item = (float((np.bincount(codes, rest) ** 2).sum()) for codes in (user, item))
    both = max(by_user + by_item - float((rest**2).sum()), by_user)
    lowest = 0.0 if own else -1.0
    low, high = widen(*Estimate(value, both**0.5).interval(), len(np.unique(user)), lowest, 1.0)
    ends = {"low": max(float(low), lowest), "high": min(float(high), 1.0)}
    return {"value": value, **ends, "user_error": by_user**0.5, "error": both**0.5}
