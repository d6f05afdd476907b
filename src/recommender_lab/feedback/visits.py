"""One round of the feedback loop: users are shown slates, click, look at another slate or leave, and return or not."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recommender.log.histories import Ints
from recommender_lab.feedback.clicks import click_probability, ratings
from recommender_lab.feedback.exploration import draw_slates, propensities
from recommender_lab.feedback.preferences import Preferences
from recommender_lab.feedback.settings import FeedbackLoop, Visit

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class CommonRandomNumbers:
    """Independent uniform numbers of one round for all users; every arm gets the same, so that they compare well.

    Attributes:
        explore: which slots explore, (n_users, slates, k).
        pool: what they draw, (n_users, slates, pool).
        click: what is clicked, (n_users, slates, k).
        stay: whether the user looks at another slate, (n_users, slates).
        returns: whether the user returns in the next round, (n_users,).
    """

    explore: Values
    pool: Values
    click: Values
    stay: Values
    returns: Values

    @classmethod
    def draw(cls, random: np.random.Generator, n_users: int, settings: FeedbackLoop) -> Self:
        """Draw the numbers of one round."""
        n, slates, k, pool = n_users, settings.visit.longest, settings.k, settings.pool
        shapes = [(n, slates, k), (n, slates, pool), (n, slates, k), (n, slates), (n,)]
        return cls(*(random.random(shape) for shape in shapes))


@dataclass(frozen=True)
class Visits:
    """What was shown and clicked in one round.

    Attributes:
        user: codes of the users who came, (n,).
        pools: item codes, -1 for a slate without enough items, (n, slates, pool).
        place: position in the pool of each slot's item, (n, slates, k).
        propensity: probability that the slot shows this item, in (0, 1], (n, slates, k).
        seen: which slates were shown, boolean (n, slates).
        click: boolean (n, slates, k), True only on slates that were shown.
        liked: probability that the user likes each slot's item, hidden from the recommenders, (n, slates, k).
        rating: rating that a click is followed by, (n, slates, k).
        returns: which of all users return in the next round, boolean (n_users,).
    """

    user: Ints
    pools: Ints
    place: Ints
    propensity: Values
    seen: Flags
    click: Flags
    liked: Values
    rating: Values
    returns: Flags

    @property
    def item(self) -> Ints:
        """Item code of each slot, (n, slates, k)."""
        return np.take_along_axis(self.pools, self.place, axis=2)


def visit(
    user: Ints,
    pools: Ints,
    exploration: float,
    numbers: CommonRandomNumbers,
    preferences: Preferences,
    scale: tuple[float, float],
    settings: FeedbackLoop,
) -> Visits:
    """Simulate the visits of some users.

    Args:
        user: codes of the users who come, (n,).
        pools: (n, slates, pool), see `exploration.pools`.
        exploration: probability that a slot explores.
        numbers: the random numbers of the round.
        preferences: what users like.
        scale: lowest and highest rating of the log.
        settings: the click model, and how long users stay.
    """
    n, slates, pool = pools.shape
    k = settings.k
    explore, draw = numbers.explore[user].reshape(-1, k), numbers.pool[user].reshape(-1, pool)
    place = draw_slates(explore, draw, exploration).reshape(n, slates, k)
    item = np.take_along_axis(pools, place, axis=2)
    liked = preferences.liked(user, item.reshape(n, slates * k)).reshape(item.shape)
    attracted = numbers.click[user] < click_probability(liked, settings.click)
    full, stay = np.asarray((pools >= 0).all(axis=2)), numbers.stay[user]
    seen = _slates_seen(np.asarray(attracted.any(axis=2)), full, stay, settings.visit)
    click = attracted & seen[:, :, None]
    return Visits(
        user=user,
        pools=pools,
        place=place,
        propensity=propensities(k, pool, exploration)[np.arange(k), place],
        seen=seen,
        click=click,
        liked=liked,
        rating=ratings(liked, *scale),
        returns=_users_returning(user[click.any(axis=(1, 2))], numbers.returns, settings.visit),
    )


def _slates_seen(attracted: Flags, full: Flags, uniform: Values, settings: Visit) -> Flags:
    """Show another slate as long as the user stays and the slate has enough items."""
    stay = uniform < np.where(attracted, settings.stay_after_click, settings.stay_without)
    before = np.concatenate((np.ones((len(full), 1), dtype=bool), stay[:, :-1]), axis=1)
    return np.logical_and.accumulate(before & full, axis=1)


def _users_returning(clicked: Ints, uniform: Values, settings: Visit) -> Flags:
    """Decide which users come in the next round; users who were absent return like users without a click."""
    chance = np.full(len(uniform), settings.return_without)
    chance[clicked] = settings.return_after_click
    return uniform < chance
