"""The simulated world: one part of the log is what users like, the other what recommenders start from."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from recommender.columns import RATING
from recommender.errors import DataError
from recommender.evaluation import reference
from recommender.features.context import ItemTable, item_table
from recommender.log.histories import Histories, build_histories
from recommender.log.splitting import order_events
from recommender.ranking.settings import ModelParams
from recommender.seeds import seed_for
from recommender_lab.feedback.preferences import Preferences, fit_preferences, held_out_events, subset
from recommender_lab.feedback.retrain import capped
from recommender_lab.feedback.schedules import DAY
from recommender_lab.feedback.settings import LoopParams


@dataclass(frozen=True)
class World:
    """Everything that the arms share.

    Attributes:
        original: the events that the recommenders start from; users and items are those of the whole log.
        items: what is known of the items.
        preferences: what the users like, learnt from the other events.
        scale: lowest and highest rating of the log.
        params: all parameters.
    """

    original: Histories
    items: ItemTable
    preferences: Preferences
    scale: tuple[float, float]
    params: LoopParams

    @cached_property
    def small(self) -> ModelParams:
        """The parameters with the caps of retraining."""
        return capped(self.params, self.params.feedback_loop.retrain)

    def moment(self, number: int) -> int:
        """Return when a round begins, from 1: so many days after the last event that the recommenders start from."""
        return int(self.original.time.max()) + number * DAY


def build_world(events: pd.DataFrame, items: pd.DataFrame, params: LoopParams) -> tuple[World, reference.Reference]:
    """Split the log by a seeded hash and fit the preferences to the part that no recommender sees.

    Args:
        events: the whole log.
        items: what is known of the items.
        params: all parameters.

    Returns:
        The world, and the popularity and genres of all items in the whole log, by the same codes.

    Raises:
        DataError: a part has too few events.
    """
    ordered = order_events(events, params.split.ties, params.split.tie_seed)
    settings, seed = params.feedback_loop.preference, seed_for(params.base.seed, "preferences")
    hidden = held_out_events(ordered, settings.held_out, seed)
    if hidden.all() or not hidden.any():
        raise DataError(
            f"feedback_loop.preference.held_out: a share of {settings.held_out:g} parts {len(hidden)} events into all "
            "and none; choose another share or use a longer log"
        )
    histories = build_histories([ordered])
    scale = (float(ordered[RATING].min()), float(ordered[RATING].max()))
    world = World(
        original=subset(histories, ~hidden),
        items=item_table(items, histories.items),
        preferences=fit_preferences(subset(histories, hidden), settings, seed),
        scale=scale,
        params=params,
    )
    return world, reference.build(ordered, ordered, items)
