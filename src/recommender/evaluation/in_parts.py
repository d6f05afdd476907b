"""Builds the reference part by part: each user is in one part, so that no process holds all events."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.columns import ITEM, TIME, USER
from recommender.engine.local import Engine
from recommender.evaluation.reference import Counts, Reference, count, merge, pauses
from recommender.files import read_columns

Part = Sequence[Path]
"""Files with the history (train, validation) of some users, and last the one with their held-out events; absolute."""


def build_in_parts(parts: Sequence[Part], items: pd.DataFrame, engine: Engine) -> tuple[Reference, NDArray[np.int64]]:
    """Build the reference and the pauses of one split.

    Args:
        parts: each user is in one of them.
        items: see `reference.build`.
        engine: where events are read and counted.

    Returns:
        What `reference.build` and `reference.pauses` return for the events of all parts.

    Raises:
        DataError: a file or a column is missing, or there is no held-out event, or none before.
    """
    found = [*engine.map(_count, parts)]
    truth = merge([counts for counts, _ in found], items)
    apart = np.empty(len(truth.users), np.int64)
    for counts, paused in found:
        apart[truth.users.get_indexer(counts.users)] = paused
    return truth, apart


def _count(part: Part) -> tuple[Counts, NDArray[np.int64]]:
    history, test = (read_columns(paths, (USER, ITEM, TIME)) for paths in (part[:-1], part[-1:]))
    counts = count(test, history)
    return counts, pauses(test, history, counts.users)
