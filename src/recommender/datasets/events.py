"""The door of every log: raw columns in, checked events out."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from recommender.columns import ITEM, RATING, TIME, USER
from recommender.datasets.contracts import Limits, check, check_variety, event_rules
from recommender.datasets.raw_tables import RawTable
from recommender.datasets.times import read_times
from recommender.datasets.values import Ids, read_ids, read_numbers


def read_events(
    table: RawTable, names: Mapping[str, str], limits: Limits, more_items: Ids | None = None
) -> pd.DataFrame:
    """Type and check the events of a log.

    Args:
        table: the log as it stands in its file.
        names: the file's name of `user_id`, `item_id`, `timestamp` and, if the log has it, `rating`.
        limits: what values may be.
        more_items: ids of a table of items: item ids are integers only if those are, too.

    Returns:
        user_id and item_id (int64 if every one is a plain integer, else text), rating (float64, 1 if the log has
        none), timestamp (datetime64[us, UTC]), in the order of the file.

    Raises:
        DataError: the log breaks its contract.
    """
    users, items = read_ids(table, names[USER]), read_ids(table, names[ITEM])
    rating = read_numbers(table.columns[names[RATING]]) if RATING in names else np.ones(len(users.codes))
    times = read_times(table.columns[names[TIME]], limits.time_unit)
    read = pd.DataFrame({USER: users.present(), ITEM: items.present(), RATING: rating, TIME: times})
    check(read, event_rules(limits), table, names)
    integral = items.integral() and (more_items is None or more_items.integral())
    typed = read.assign(**{USER: users.values(users.integral()), ITEM: items.values(integral)})
    check_variety(typed, table.file, "use a larger log")
    return typed
