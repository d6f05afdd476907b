"""One row per user, one column per metric and K; every aggregate is a mean of these columns."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.columns import POLICY, USER
from recommender.engine.local import ONE_THREAD, Engine
from recommender.evaluation import beyond_accuracy, metrics
from recommender.evaluation.lists import hits
from recommender.evaluation.reference import Reference
from recommender.ndcg import ndcg

# The last bits of a logarithm depend on the processor; the ninth decimal does not.
_DECIMALS = 9
CHUNK = 1 << 14
"""Users who are measured at a time."""


def measure(
    lists: NDArray[np.int32], reference: Reference, ks: Sequence[int], engine: Engine = ONE_THREAD
) -> pd.DataFrame:
    """Measure the lists of one policy, user by user.

    Args:
        lists: int32 (users, width), width at least the largest k, as `lists.pad` returns them.
        reference: what they are measured against.
        ks: lengths of the lists looked at.
        engine: where chunks of users are measured.

    Returns:
        One row per user of the reference, float64 columns `hit@k`, `recall@k`, `ndcg@k`, `mrr@k`, `novelty@k`,
        `diversity@k`, `popularity@k` for each k, to nine decimals; NaN where a value is not defined.
    """
    found = hits(lists, reference)
    slices = [slice(at, at + CHUNK) for at in range(0, max(len(lists), 1), CHUNK)]
    chunks = [(lists[rows], found[rows], reference.relevant[rows]) for rows in slices]
    return pd.concat(engine.map(_Task(reference.share, reference.genres, ks), chunks), ignore_index=True)


@dataclass(frozen=True)
class _Task:
    """What some users are measured with, on any process: attributes of `Reference`, and the lengths of lists."""

    share: NDArray[np.float64]
    genres: NDArray[np.uint64]
    ks: Sequence[int]

    def __call__(self, chunk: tuple[NDArray[np.int32], NDArray[np.bool_], NDArray[np.int64]]) -> pd.DataFrame:
        """Measure the lists of some users: what they held out in them, and how many items they held out."""
        lists, found, relevant = chunk
        varied = beyond_accuracy.diversity(lists, self.genres, self.ks)
        columns = {}
        for place, k in enumerate(self.ks):
            columns[f"hit@{k}"] = metrics.hit(found, k)
            columns[f"recall@{k}"] = metrics.recall(found, relevant, k)
            columns[f"ndcg@{k}"] = ndcg(found, relevant, k)
            columns[f"mrr@{k}"] = metrics.mrr(found, k)
            columns[f"novelty@{k}"] = beyond_accuracy.novelty(lists, self.share, k)
            columns[f"diversity@{k}"] = varied[:, place]
            columns[f"popularity@{k}"] = beyond_accuracy.popularity(lists, self.share, k)
        return pd.DataFrame({name: values.round(_DECIMALS) for name, values in columns.items()})


def aggregate(
    table: pd.DataFrame, lists: NDArray[np.int32], reference: Reference, ks: Sequence[int]
) -> dict[str, float]:
    """Aggregate one policy: the mean of each metric over the users with values of it, and coverage@k.

    Args:
        table: what `measure` returned for the lists.
        lists: int32 (users, width).
        reference: what they are measured against.
        ks: lengths of the lists looked at.

    Returns:
        A value per `metric@k`; NaN where it is defined for no user.
    """
    n_items = len(reference.catalogue)
    covered = {f"coverage@{k}": beyond_accuracy.coverage(lists, n_items, k) for k in ks}
    means = exact_means(table.to_numpy(dtype=np.float64))
    return dict(zip(map(str, table.columns), means.tolist(), strict=True)) | covered


def stack(tables: Mapping[str, pd.DataFrame], users: "pd.Index[Any]") -> pd.DataFrame:
    """Put the tables of all policies under each other.

    Args:
        tables: what `measure` returned, by policy.
        users: the users of the rows, ascending.

    Returns:
        user_id, policy, then the metrics; rows by policy, then user.
    """
    parts = []
    for policy in sorted(tables):
        keys = pd.DataFrame({USER: users, POLICY: policy})
        parts.append(pd.concat([keys, tables[policy].reset_index(drop=True)], axis=1))
    return pd.concat(parts, ignore_index=True)


def exact_means(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average each column over its defined values; the sum is exact, so no order of summing changes a bit.

    Args:
        values: (rows, columns), NaN where not defined.

    Returns:
        (columns,); NaN for a column without a defined value.
    """
    defined = [column[~np.isnan(column)] for column in values.T]
    return np.array([math.fsum(column.tolist()) / len(column) if len(column) else np.nan for column in defined])
