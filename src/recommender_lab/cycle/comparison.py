"""Whether a new bundle may replace the one in use: its evaluated run must not be clearly worse."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from recommender.columns import ITEM, TIME, USER
from recommender.evaluation.metrics import headline_k
from recommender.files import read_table
from recommender.parts import read_events
from recommender.seeds import generator
from recommender_lab.revisions.pairing import pair
from recommender_lab.revisions.verdicts import WORSE, Comparison, compare

POLICY = "two_stage"
RESAMPLES, MARGIN = 10_000, 0.05


@dataclass(frozen=True)
class Run:
    """The evaluated run behind a bundle.

    Attributes:
        per_user: its metrics, as in data/evaluation/per_user.parquet.
        test: its test events, as in data/split/test.parquet.
    """

    per_user: Path
    test: Path


def compare_runs(old: Run, new: Run) -> list[Comparison]:
    """Compare two runs on the users whose test events are the same: a new event of a user is another question.

    Args:
        old: the run whose bundle is in use.
        new: the new one.

    Returns:
        Hit and NDCG of `two_stage` at one K; nothing if no user has the same test events in both, or if those of the
        old run were not kept.

    Raises:
        DataError: a file is damaged, or the runs share no metric.
    """
    if not old.test.is_dir():
        return []
    users = same_tests(read_events(old.test), read_events(new.test))
    before, after = (frame[frame[USER].isin(users)] for frame in map(read_table, (old.per_user, new.per_user)))
    if before.empty or after.empty:
        return []
    paired = pair(before, after)
    names = [str(name) for name in paired.old[POLICY].columns]
    k = headline_k(int(name.partition("@")[2]) for name in names)
    rows = compare(paired, [f"hit@{k}", f"ndcg@{k}"], generator(0, "compare"), RESAMPLES, MARGIN)
    return [row for row in rows if row.policy == POLICY]


def same_tests(old: pd.DataFrame, new: pd.DataFrame) -> "pd.Index[Any]":
    """Return the users who have the same test events in both runs: user_id, item_id, timestamp."""
    one, other = (table[[USER, ITEM, TIME]].drop_duplicates() for table in (old, new))
    alone = pd.concat([one, other]).drop_duplicates(keep=False)
    return pd.Index(one.loc[~one[USER].isin(alone[USER]), USER].unique())


def is_worse(rows: list[Comparison]) -> bool:
    """Return whether any of the comparisons is clearly worse."""
    return any(row.verdict == WORSE for row in rows)
