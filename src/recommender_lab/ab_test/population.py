"""The users of the test: their hashes, strata, covariate, and their outcome under each policy."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.columns import POLICY, USER
from recommender.errors import DataError, ParameterError
from recommender.seeds import hash_ids
from recommender_lab.ab_test.covariates import Covariate, covariate, strata_of
from recommender_lab.ab_test.design import Design

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Population:
    """All users of the test, in the order of the strata.

    Attributes:
        keys: uint64 (users,), hashes of the ids.
        strata: int64 (users,), ascending from 0.
        covariate: (users,) in [0, 1].
        outcomes: by metric, (users, policies) in [0, 1].
    """

    keys: NDArray[np.uint64]
    strata: NDArray[np.int64]
    covariate: Values
    outcomes: dict[str, Values]


def gather(
    per_user: pd.DataFrame,
    history: pd.DataFrame,
    design: Design,
    strata: int,
    name: Covariate,
) -> Population:
    """Gather the users of the test.

    Args:
        per_user: user_id, policy and the metrics, a row per user and policy, as `per_user.stack` returns it.
        history: user_id and item_id of train, then of validation; the events of a user in their order.
        design: the policies, which are the columns of the outcomes, and the metrics, which are columns of `per_user`.
        strata: number of groups by length of history, 1 or more.
        name: the covariate; see `covariate`.

    Returns:
        The population.

    Raises:
        DataError: a policy has no rows, or other users than the first.
        ParameterError: the metrics were not measured.
    """
    _require_metrics(per_user, design)
    tables = [_of_policy(per_user, policy) for policy in design.policies]
    for policy, table in zip(design.policies, tables, strict=True):
        if not table[USER].equals(tables[0][USER]):
            raise DataError(
                f"per-user values: {design.policies[0]} and {policy} have other users; run `dvc repro evaluate`"
            )
    users = tables[0][USER]
    groups = strata_of(history, users, strata)
    order = np.argsort(groups, kind="stable")
    outcomes = {metric: np.column_stack([table[metric] for table in tables])[order] for metric in design.metrics}
    keys = hash_ids(users.to_numpy())
    return Population(keys[order], groups[order], covariate(history, users, name)[order], outcomes)


def _require_metrics(per_user: pd.DataFrame, design: Design) -> None:
    """Raise if `ab_test.k` was not measured."""
    if missing := [name for name in design.metrics if name not in per_user]:
        k, measured = missing[0].partition("@")[2], [str(name)[4:] for name in per_user if str(name).startswith("hit@")]
        raise ParameterError(f"ab_test.k: {k} is not among evaluate.ks = {', '.join(measured)}; add it there")


def _of_policy(per_user: pd.DataFrame, policy: str) -> pd.DataFrame:
    table = per_user[per_user[POLICY] == policy].reset_index(drop=True)
    if table.empty:
        raise DataError(f"per-user values: no row of policy {policy}; run `dvc repro evaluate`")
    return table
