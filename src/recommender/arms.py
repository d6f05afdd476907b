"""Assigns users to arms by a salted hash of the user's id, so that nothing is drawn or stored."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.seeds import hash_ids, mix, seed_for, uniform

Values = NDArray[np.float64]
Arms = NDArray[np.int8]


def assign(keys: NDArray[np.uint64], strata: NDArray[np.int64], shares: Sequence[float], salts: Sequence[str]) -> Arms:
    """Assign users to arms, once per salt.

    With one stratum each user is assigned alone: `arm = the share that the user's hash falls into` (Kohavi, Tang and
    Xu, 2020). With several, the users of a stratum are ordered by their hashes and cut by the shares, so that
    each stratum is split almost exactly; a hashed offset keeps each user's chances equal to the shares.

    Args:
        keys: uint64 (users,), hashes of the users' ids.
        strata: int64 (users,), ascending from 0.
        shares: of the arms, above 0, in all 1.
        salts: names of the assignments.

    Returns:
        int8 (salts, users): places in `shares`.
    """
    seeds = [seed_for(0, "assignment", salt) for salt in salts]
    places = np.array([uniform(mix(keys, seed)) for seed in seeds])
    if strata[-1] > 0:
        for stratum in range(strata[-1] + 1):
            inside = slice(*np.searchsorted(strata, [stratum, stratum + 1]))
            starts = [uniform(mix(np.array([stratum], np.uint64), seed)) for seed in seeds]
            places[:, inside] = _evenly(places[:, inside], np.array(starts))
    return np.searchsorted(np.cumsum(shares)[:-1], places, side="right").astype(np.int8)


def arm_of(user: int | str, shares: Mapping[str, float], salt: str) -> str:
    """Return the arm of one user, for ever the same; `assign` gives all users the same arms.

    Args:
        user: id as in the log.
        shares: of the arms, by name, above 0, in all 1.
        salt: name of the experiment.
    """
    keys = hash_ids(np.array([user], dtype=object if isinstance(user, str) else np.int64))
    place = assign(keys, np.zeros(1, np.int64), list(shares.values()), [salt])[0, 0]
    return list(shares)[place]


def _evenly(places: Values, starts: Values) -> Values:
    """Spread the users of each row evenly over [0, 1), in the order of their places, from a start of the row's own."""
    users = places.shape[1]
    ranks = np.empty(places.shape)
    np.put_along_axis(
        ranks, np.argsort(places, axis=1, kind="stable"), np.arange(users, dtype=np.float64)[None], axis=1
    )
    return (ranks + starts) / users
