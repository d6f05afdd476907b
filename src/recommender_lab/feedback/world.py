"""The simulated world: one part of the log defines what users like, the recommenders start from the other part."""

from dataclasses import dataclass

import pandas as pd

from recommender.columns import RATING
from recommender.errors import DataError
from recommender.evaluation import reference
from recommender.features.context import ItemTable, item_table
from recommender.log.histories import DAY, Histories, build_histories
from recommender.log.splitting import order_events
from recommender.seeds import seed_for
from recommender_lab.feedback.preferences import Preferences, held_out_events, subset
from recommender_lab.feedback.settings import LoopParams


@dataclass(frozen=True)
class World:
    """Everything that the arms share.

    Attributes:
        original: the events that the recommenders start from; users and items are those of the whole log.
        items: genres and years of the items.
        reference: popularity and genres of all items in the whole log, by the same codes.
        preferences: what the users like, fitted on the other events.
        scale: lowest and highest rating of the log.
        params: the parameters of the stage.
    """

    original: Histories
    items: ItemTable
    reference: reference.Reference
    preferences: Preferences
    scale: tuple[float, float]
    params: LoopParams

    def moment(self, number: int) -> int:
        """Return when a round begins, in microseconds: `number` days after the last original event."""
        return int(self.original.time.max()) + number * DAY


def build_world(events: pd.DataFrame, items: pd.DataFrame, params: LoopParams) -> World:
    """Split the log by a seeded hash, and fit the preferences on the part that is hidden from the recommenders.

    Args:
        events: the whole log.
        items: the item table.
        params: the parameters of the stage.

    Raises:
        DataError: one part has no events.
        ParameterError: the hidden part has too few events for the factors.
    """
    ordered = order_events(events, params.split.ties, params.split.tie_seed)
    settings, seed = params.feedback_loop.preference, seed_for(params.base.seed, "preferences")
    hidden = held_out_events(ordered, settings.held_out, seed)
    if hidden.all() or not hidden.any():
        raise DataError(
            f"feedback_loop.preference.held_out: a share of {settings.held_out:g} splits {len(hidden)} events into all "
            "and none; choose another share or use a longer log"
        )
    histories = build_histories([ordered])
    return World(
        original=subset(histories, ~hidden),
        items=item_table(items, histories.items),
        reference=reference.build(ordered, ordered, items),
        preferences=Preferences.fit(subset(histories, hidden), settings, seed),
        scale=(float(ordered[RATING].min()), float(ordered[RATING].max())),
        params=params,
    )
