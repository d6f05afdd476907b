"""Per-user tables of two revisions, for tests."""

import numpy as np
import pandas as pd


def frame(values, users=None, policy="svd"):
    """Return a table of one policy from `{metric: values}`."""
    size = len(next(iter(values.values())))
    users = range(size) if users is None else users
    return pd.DataFrame(
        {"user_id": users, "policy": policy, **{name: np.array(v, float) for name, v in values.items()}}
    )
