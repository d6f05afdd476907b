"""What the simulated users like: a model of a part of the log that is hidden from the recommenders."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, ndtri

from recommender.errors import ParameterError
from recommender.log.histories import Histories, Ints
from recommender.log.splitting import tie_keys
from recommender.retrieval.factors import fit_factors
from recommender.seeds import mix, uniform
from recommender_lab.feedback.settings import Preference

DECIMALS = 6
N_ITER = 7
"""Power iterations of the factorisation."""


@dataclass(frozen=True)
class Preferences:
    """The probability that a user likes an item.

    Attributes:
        users: factors, float32 (n_users, d).
        items: factors, float32 (n_items, d).
        mean: mean of the dot products of all users and items.
        spread: their standard deviation.
        settings: noise, midpoint and width.
        seed: of the noise.
    """

    users: NDArray[np.float32]
    items: NDArray[np.float32]
    mean: float
    spread: float
    settings: Preference
    seed: int

    @classmethod
    def fit(cls, hidden: Histories, settings: Preference, seed: int) -> Self:
        """Factorise the hidden events as 0 and 1: users like items similar to those they met there.

        Args:
            hidden: the events.
            settings: see params.yaml.
            seed: of the factorisation and the noise.

        Raises:
            ParameterError: too few events for the factors.
        """
        users, items = (np.unique(codes).size for codes in (hidden.user, hidden.item))
        if settings.n_components >= min(users, items):
            raise ParameterError(
                f"feedback_loop.preference.n_components: {settings.n_components} is too large for the held-out part of "
                f"the log, {users} users x {items} items with events; lower it, raise "
                "feedback_loop.preference.held_out or use a longer log"
            )
        factors = fit_factors(hidden, settings.n_components, "binary", N_ITER, seed).factors
        met = hidden.matrix()
        met.data = np.ones_like(met.data)
        users_factors = np.asarray(met @ factors)
        mean, spread = moments(users_factors.astype(np.float64), factors.astype(np.float64))
        return cls(users_factors, factors, mean, max(spread, 1e-12), settings, seed)

    def liked(self, user: Ints, item: Ints) -> NDArray[np.float64]:
        """Return the probability that users like items.

        Formula: `1 / (1 + exp(-(z + noise * e - midpoint) / width))`, z the dot product of the factors, standardised
        over all users and items, and e a standard normal number that is fixed for each user and item.

        Args:
            user: codes, (n,).
            item: codes, (n, m); -1 gives 0.

        Returns:
            float64 (n, m) in [0, 1].
        """
        products = np.einsum("nd,nmd->nm", self.users[user], self.items[item], dtype=np.float64, optimize=False)
        z = np.round((products - self.mean) / self.spread, DECIMALS)
        score = z + self.settings.noise * self._noise(user, item)
        return np.where(item >= 0, expit((score - self.settings.midpoint) / self.settings.width), 0.0)

    def _noise(self, user: Ints, item: Ints) -> NDArray[np.float64]:
        keys = mix(user.astype(np.uint64), self.seed)[:, None] + item.astype(np.uint64)
        return ndtri(uniform(mix(keys, self.seed)) + 2.0**-54)


def moments(users: NDArray[np.float64], items: NDArray[np.float64]) -> tuple[float, float]:
    """Return mean and standard deviation of the dot products of all pairs, without computing the pairs.

    Formula: mean `u'v` of the mean factors; second moment `sum((U'U / n) * (V'V / m))`.
    """
    mean = float(users.mean(axis=0) @ items.mean(axis=0))
    square = float(((users.T @ users / len(users)) * (items.T @ items / len(items))).sum())
    return mean, max(square - mean**2, 0.0) ** 0.5


def held_out_events(events: pd.DataFrame, share: float, seed: int) -> NDArray[np.bool_]:
    """Choose the events that are hidden from the recommenders, by a seeded hash of user and item."""
    return uniform(tie_keys(events, seed)) < share


def subset(histories: Histories, kept: NDArray[np.bool_]) -> Histories:
    """Keep some events; users and items keep their codes."""
    lengths = np.bincount(histories.user[kept], minlength=histories.n_users)
    columns = {name: getattr(histories, name)[kept] for name in ("item", "time", "rating")}
    return replace(histories, indptr=np.concatenate(([0], np.cumsum(lengths))), **columns)
