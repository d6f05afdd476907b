"""What is fitted during a replay, and which rounds each fitted model serves."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recommender.errors import DataError, ParameterError
from recommender.features.context import item_table
from recommender.log.histories import Histories, Ints
from recommender.policies import Policy, SourcePolicy
from recommender_lab.feedback.light import fit_transitions
from recommender_lab.feedback.replay import Log, Served, histories_of, known_items, serve
from recommender_lab.feedback.retrain import capped, retrain
from recommender_lab.feedback.rounds import Arrays, Rounds
from recommender_lab.feedback.schedules import DAY, TWO_STAGE, Arm, event_weights, refreshed
from recommender_lab.feedback.settings import ReplayParams, Weighting


@dataclass(frozen=True)
class Fit:
    """A model fitted before a round, and the rounds that it serves, of whatever arm.

    Attributes:
        model: see `Arm`.
        weighting: see `Arm`.
        before: number of the round.
        rounds: numbers of the rounds served, ascending.
    """

    model: str
    weighting: Weighting
    before: int
    rounds: tuple[int, ...]


def served_rounds(log: Log, params: ReplayParams) -> range:
    """Return the numbers of the rounds that are served; with none of them a warning is logged."""
    first, settings = params.replay.warm_up, params.replay
    served = range(first, min(first + settings.rounds, log.last_round + 1))
    if not served:
        logging.getLogger(__name__).warning(
            "replay.warm_up: no round to serve after %d periods, the log has %d; lower it", first, log.last_round + 1
        )
    return served


def fits(arms: Sequence[Arm], numbers: range, every: int) -> list[Fit]:
    """Return every model that some arm needs, once, with all the rounds that it serves."""
    needed: dict[tuple[str, Weighting, int], set[int]] = {}
    for arm in arms:
        for number in numbers:
            before = refreshed(arm.schedule, number, numbers.start, every)
            needed.setdefault((arm.model, arm.weighting, before), set()).add(number)
    return [Fit(*key, tuple(sorted(found))) for key, found in needed.items()]


def fit(log: Log, wanted: Fit, items_frame: pd.DataFrame, params: ReplayParams) -> Policy:
    """Fit a model on what was known before its round, the light one on the latest `sequence.context_events` of it.

    Raises:
        DataError: too little was known to learn from.
    """
    moment = log.start(wanted.before)
    stop, items = log.until(moment), known_items(log, moment)
    if wanted.model == TWO_STAGE:
        return _whole(_learnt_from(log, np.arange(stop), items), moment, items_frame, params)
    sequence = params.sequence
    histories = _learnt_from(log, np.arange(max(0, stop - sequence.context_events), stop), items)
    weights = event_weights(histories.time, moment, wanted.weighting, params.replay)
    catalogue = np.ones(len(items), dtype=bool)
    return SourcePolicy(fit_transitions(histories, weights, sequence.window, sequence.decay), catalogue)


def _learnt_from(log: Log, events: Ints, items: Ints) -> Histories:
    return histories_of(log, events, np.unique(log.user[events]), items)


def _whole(histories: Histories, moment: int, items_frame: pd.DataFrame, params: ReplayParams) -> Policy:
    smaller = capped(params, params.replay.retrain)
    try:
        return retrain(histories, item_table(items_frame, histories.items), smaller).policy
    except (DataError, ParameterError) as error:
        day = np.datetime64(moment // DAY, "D")
        raise DataError(f"replay: learning from the events before {day}: {error}; or raise replay.warm_up") from error


def answer(log: Log, wanted: Fit, items_frame: pd.DataFrame, params: ReplayParams, rounds: Rounds) -> dict[int, Served]:
    """Fit a model, unless all its rounds are kept from a run before, and let it serve them.

    Returns:
        What was shown, by the number of the round.
    """
    fitted: list[Policy] = []

    def work(number: int) -> Callable[[], Arrays]:
        """Return what makes one round."""

        def make() -> Arrays:
            """Fit the model once, and let it serve the round."""
            fitted[:] = fitted or [fit(log, wanted, items_frame, params)]
            timed = wanted.model == TWO_STAGE and params.sequence.request_time
            return vars(serve(log, fitted[0], items, number, params.replay, timed))

        return make

    items = known_items(log, log.start(wanted.before))
    name = f"{wanted.model}_{wanted.weighting}_{wanted.before:05d}"
    return {number: Served(**rounds.get(f"{name}_{number:05d}", work(number))) for number in wanted.rounds}
