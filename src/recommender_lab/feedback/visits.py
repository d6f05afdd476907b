"""One round of the closed loop: who comes is shown slates, clicks, stays or leaves, and comes back or not."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.log.histories import Ints
from recommender_lab.feedback.clicks import click_probability, ratings
from recommender_lab.feedback.exploration import explore, propensities
from recommender_lab.feedback.preferences import Preferences
from recommender_lab.feedback.settings import FeedbackLoop

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Luck:
    """Uniform numbers of one round for all users, the same for every arm, so that arms differ by what they show.

    Attributes:
        slot: which slots explore, (n_users, slates, k).
        pool: what they draw, (n_users, slates, pool).
        click: what is clicked, (n_users, slates, k).
        stay: who looks at one more slate, (n_users, slates).
        come: who comes in the next round, (n_users,).
    """

    slot: Values
    pool: Values
    click: Values
    stay: Values
    come: Values


@dataclass(frozen=True)
class Visits:
    """The log of one round.

    Attributes:
        user: codes of who came, (n,).
        pools: item codes, -1 for a slate that could not be filled, (n, slates, pool).
        place: place in the pool of each slot's item, (n, slates, k).
        propensity: probability of that, in (0, 1], (n, slates, k).
        seen: which slates were shown, boolean (n, slates).
        click: boolean (n, slates, k), only on slates that were shown.
        liked: probability that the user likes each slot's item, which no recommender knows, (n, slates, k).
        rating: what follows a click, (n, slates, k).
        come: which of all users come in the next round, boolean (n_users,).
    """

    user: Ints
    pools: Ints
    place: Ints
    propensity: Values
    seen: NDArray[np.bool_]
    click: NDArray[np.bool_]
    liked: Values
    rating: Values
    come: NDArray[np.bool_]

    @property
    def item(self) -> Ints:
        """Item code of each slot, (n, slates, k)."""
        return np.take_along_axis(self.pools, self.place, axis=2)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the attributes by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def draw_luck(random: np.random.Generator, n_users: int, settings: FeedbackLoop) -> Luck:
    """Draw the numbers of one round."""
    n, slates, k, pool = n_users, settings.visit.longest, settings.k, settings.pool
    shapes = [(n, slates, k), (n, slates, pool), (n, slates, k), (n, slates), (n,)]
    return Luck(*(random.random(shape) for shape in shapes))


def visit(
    user: Ints,
    pools: Ints,
    exploration: float,
    luck: Luck,
    preferences: Preferences,
    scale: tuple[float, float],
    settings: FeedbackLoop,
) -> Visits:
    """Let some users look at their slates.

    Args:
        user: codes of who comes, (n,).
        pools: (n, slates, pool), see `exploration.pools`.
        exploration: probability that a slot explores.
        luck: of the round.
        preferences: what users like.
        scale: lowest and highest rating of the log.
        settings: click model and how long users stay.
    """
    n, slates, pool = pools.shape
    k = settings.k
    slot, draw = luck.slot[user].reshape(-1, k), luck.pool[user].reshape(-1, pool)
    place = explore(slot, draw, exploration).reshape(n, slates, k)
    item = np.take_along_axis(pools, place, axis=2)
    liked = preferences.liked(user, item.reshape(n, slates * k)).reshape(item.shape)
    wanted = luck.click[user] < click_probability(liked, settings.click)
    seen = _seen(np.asarray(wanted.any(axis=2)), np.asarray((pools >= 0).all(axis=2)), luck.stay[user], settings)
    click = wanted & seen[:, :, None]
    return Visits(
        user=user,
        pools=pools,
        place=place,
        propensity=propensities(k, pool, exploration)[np.arange(k), place],
        seen=seen,
        click=click,
        liked=liked,
        rating=ratings(liked, *scale),
        come=_come(user, np.asarray(click.any(axis=(1, 2))), luck.come, settings),
    )


def _seen(
    wanted: NDArray[np.bool_], full: NDArray[np.bool_], luck: Values, settings: FeedbackLoop
) -> NDArray[np.bool_]:
    """Show a further slate as long as the user stays and there is one."""
    stay = luck < np.where(wanted, settings.visit.stay_after_click, settings.visit.stay_without)
    before = np.concatenate((np.ones((len(full), 1), dtype=bool), stay[:, :-1]), axis=1)
    return np.logical_and.accumulate(before & full, axis=1)


def _come(user: Ints, clicked: NDArray[np.bool_], luck: Values, settings: FeedbackLoop) -> NDArray[np.bool_]:
    """Decide who comes in the next round; who stayed away or was not served comes like one without a click."""
    chance = np.full(len(luck), settings.visit.return_without)
    chance[user[clicked]] = settings.visit.return_after_click
    return luck < chance
