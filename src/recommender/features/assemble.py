"""One numeric matrix from groups of features: training and serving get the same names in the same order.

To add a feature, add it to the function of its group; to add a group, add a function here and a switch to `features`
in params.yaml.
"""

from collections.abc import Callable

import numpy as np

from recommender.features.content import content_features
from recommender.features.context import Context
from recommender.features.interactions import interaction_features
from recommender.features.item_columns import item_column_features
from recommender.features.items import item_features
from recommender.features.moments import moment_features
from recommender.features.own_events import own_event_features
from recommender.features.request_columns import request_column_features
from recommender.features.sequences import sequence_features
from recommender.features.settings import Features
from recommender.features.user_columns import user_column_features
from recommender.features.users import user_features
from recommender.log.histories import Floats

GROUPS: dict[str, Callable[[Context], dict[str, Floats]]] = {
    "user": user_features,
    "item": item_features,
    "interaction": interaction_features,
    "content": content_features,
    "sequence": sequence_features,
    "context": moment_features,
    "repeats": own_event_features,
    "user_columns": user_column_features,
    "item_columns": item_column_features,
    "request_columns": request_column_features,
}


def assemble(context: Context, features: Features) -> tuple[list[str], Floats]:
    """Compute the features of each candidate.

    Args:
        context: n candidates.
        features: which groups to compute.

    Returns:
        The names, and float32 (n, n_features) with a column for each, NaN where a value is unknown.

    Raises:
        ValueError: two groups have features of the same name.
    """
    columns: dict[str, Floats] = {}
    for name, group in GROUPS.items():
        if getattr(features, name):
            found = group(context)
            if clash := columns.keys() & found.keys():
                raise ValueError(f"features.{name}: another group has {', '.join(sorted(clash))} too")
            columns |= found
    values = np.array(list(columns.values()), dtype=np.float32)
    return list(columns), np.ascontiguousarray(values.T)
