"""Fit the models of a replay, and let them serve their rounds."""

import logging
from collections.abc import Sequence
from functools import cache, partial

import numpy as np
import pandas as pd

from recommender.errors import DataError, ParameterError
from recommender.features.context import item_table
from recommender.log.histories import DAY, Histories, Ints
from recommender.policies import Policy, SourcePolicy
from recommender_lab.feedback.checkpoints import Arrays, Checkpoints
from recommender_lab.feedback.light import fit_transitions
from recommender_lab.feedback.replay import EventLog, ServedRound, histories_of, known_items, serve
from recommender_lab.feedback.retrain import fit_two_stage, with_caps
from recommender_lab.feedback.schedules import TWO_STAGE, ModelVersion, event_weights
from recommender_lab.feedback.settings import Replay, ReplayParams


def served_rounds(log: EventLog, settings: Replay) -> range:
    """Return the numbers of the rounds that are served; if there are none, log a warning."""
    first = settings.warm_up
    served = range(first, min(first + settings.rounds, log.last_round + 1))
    if not served:
        logging.getLogger(__name__).warning(
            "replay.warm_up: no round to serve after %d periods, the log has %d; lower it", first, log.last_round + 1
        )
    return served


def fit(log: EventLog, version: ModelVersion, items: pd.DataFrame, params: ReplayParams) -> Policy:
    """Fit a model on the events before its round; the light model on the latest `sequence.context_events` of them.

    Raises:
        DataError: too few events.
    """
    moment, sequence = log.start(version.before), params.sequence
    stop, known = log.until(moment), known_items(log, moment)
    if version.model == TWO_STAGE:
        return _fit_two_stage(log, version, items, params)
    histories = _histories(log, max(0, stop - sequence.context_events), stop, known)
    weights = event_weights(histories.time, moment, version.weighting, params.replay)
    transitions = fit_transitions(histories, weights, sequence.window, sequence.decay)
    return SourcePolicy(transitions, np.ones(len(known), dtype=bool))


def _histories(log: EventLog, start: int, stop: int, items: Ints) -> Histories:
    return histories_of(log, np.arange(start, stop), np.unique(log.user[start:stop]), items)


def _fit_two_stage(log: EventLog, version: ModelVersion, items: pd.DataFrame, params: ReplayParams) -> Policy:
    """Fit on all events, on those of the window alone, or with recent past requests weighing more in the ranker."""
    moment, settings = log.start(version.before), params.replay
    start = log.until(moment - round(settings.window_days * DAY)) if version.weighting == "window" else 0
    histories = _histories(log, start, log.until(moment), known_items(log, moment))
    weighted = params
    if version.weighting == "recent":
        ranker = params.train_ranker.model_copy(update={"half_life_days": settings.half_life_days})
        weighted = params.model_copy(update={"train_ranker": ranker})
    try:
        return fit_two_stage(
            histories, item_table(items, histories.items), with_caps(weighted, settings.retrain)
        ).policy
    except (DataError, ParameterError) as error:
        day = np.datetime64(moment // DAY, "D")
        raise DataError(f"replay: fitting on the events before {day}: {error}; or raise replay.warm_up") from error


def serve_rounds(
    log: EventLog,
    version: ModelVersion,
    numbers: Sequence[int],
    items: pd.DataFrame,
    params: ReplayParams,
    checkpoints: Checkpoints,
) -> dict[int, ServedRound]:
    """Fit a model and let it serve some rounds; if all of them are kept from an interrupted run, fit nothing.

    Returns:
        What was shown, by the number of the round.
    """
    known = known_items(log, log.start(version.before))
    timed = version.model == TWO_STAGE and params.sequence.request_time

    @cache
    def fitted() -> Policy:
        """Return the model, fitted at the first call."""
        return fit(log, version, items, params)

    def compute(number: int) -> Arrays:
        """Serve one round."""
        return vars(serve(log, fitted(), known, number, params.replay, timed))

    name = f"{version.model}_{version.weighting}_{version.before:05d}"
    return {
        number: ServedRound(**checkpoints.get(f"{name}_{number:05d}", partial(compute, number))) for number in numbers
    }
