"""The users, policies and metrics that two revisions share."""

from dataclasses import dataclass
from functools import reduce
from typing import Any

import pandas as pd

from recommender.columns import ITEM, POLICY, USER
from recommender.errors import DataError

Tables = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Paired:
    """Two revisions on the same users.

    Attributes:
        users: the users in both, ascending.
        old: metrics by policy, a row per user, in the order of `users`; `new` the same, with the same columns.
    """

    users: "pd.Index[Any]"
    old: Tables
    new: Tables


def pair(old: pd.DataFrame, new: pd.DataFrame) -> Paired:
    """Keep the users, policies and metrics that both revisions have.

    Args:
        old: user_id, policy and metrics, a row per user and policy.
        new: the same of the other revision.

    Returns:
        Both, row by row of the same users.

    Raises:
        DataError: they share no user, no policy or no metric.
    """
    sides = [{str(policy): table.set_index(USER) for policy, table in side.groupby(POLICY)} for side in (old, new)]
    policies = _shared("policies", *map(list, sides))
    metrics = _shared(
        "metrics", *([name for name in side.columns if name not in (USER, POLICY)] for side in (old, new))
    )
    indices = [side[policy].index for side in sides for policy in policies]
    users = reduce(lambda one, other: one.intersection(other, sort=False), indices).sort_values()
    if users.empty:
        raise DataError("test users: the two revisions share none; compare runs of one log under one split")
    one, other = (
        {policy: side[policy].loc[users, metrics].reset_index(drop=True) for policy in policies} for side in sides
    )
    return Paired(users, one, other)


def other_events(old: pd.DataFrame, new: pd.DataFrame, users: "pd.Index[Any]") -> int:
    """Count the users whose held-out items differ: their difference is not one of recommendations alone.

    Args:
        old: user_id and item_id of the test events.
        new: the same of the other revision.
        users: those compared.

    Returns:
        A number of users.
    """
    one, other = (table.loc[table[USER].isin(users), [USER, ITEM]].drop_duplicates() for table in (old, new))
    alone = pd.concat([one, other]).drop_duplicates(keep=False)
    return int(alone[USER].nunique())


def _shared(what: str, old: list[str], new: list[str]) -> list[str]:
    both = [name for name in old if name in new]
    if not both:
        raise DataError(f"{what}: the two revisions share none ({', '.join(old)} and {', '.join(new)})")
    return both
