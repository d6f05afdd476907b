"""From a log to the ranking dataset: the past requests, and what is fitted without the events that follow them."""

import numpy as np

from recommender.engine.local import ONE_THREAD, Engine
from recommender.errors import DataError
from recommender.features.context import ItemTable
from recommender.log.histories import Histories, Ints
from recommender.log.views import Requests, draw_users, next_requests
from recommender.ranking.dataset import LIKED, RankingRows, build_rows, following, stack
from recommender.ranking.past import PastRequests, past_requests, past_windows, window_requests
from recommender.ranking.settings import ModelParams
from recommender.retrieval.knowledge import Knowledge, fit_knowledge
from recommender.seeds import seed_for


def ask_the_past(train: Histories, held_out: int, params: ModelParams) -> list[PastRequests]:
    """Choose the past requests, which relate to the events before them as the test requests do.

    Args:
        train: the events before validation.
        held_out: number of validation events, as many as a window of past requests has under global time.
        params: all parameters.

    Returns:
        One entry for each set of models, with the requests that are answered from it.
    """
    seed, request_time = seed_for(params.base.seed, "past_requests"), params.sequence.request_time
    if params.split.method == "global_time":
        return past_windows(train, held_out, params.build_ranking, request_time, seed)
    return [past_requests(train, params.build_ranking, request_time, seed)]


def training_rows(
    train: Histories, past: list[PastRequests], items: ItemTable, params: ModelParams, engine: Engine = ONE_THREAD
) -> RankingRows:
    """Build the training rows with models that are fitted without the events that follow the past requests.

    Args:
        train: the events before validation.
        past: the past requests.
        items: what is known of the items.
        params: all parameters.
        engine: where chunks are worked on.

    Raises:
        DataError: no user has enough events, or none is rated as high as `liked` needs.
    """
    if not any(len(asked.requests) for asked in past):
        raise DataError(
            f"ranking dataset: no user has an event before validation after build_ranking.min_history "
            f"({params.build_ranking.min_history}) events; lower it or use a longer log"
        )
    rows = stack([_rows_of(train, asked, items, params, engine) for asked in past])
    if params.build_ranking.label == "liked" and not rows.label.any():
        raise DataError(
            f"ranking dataset: no event of the past requests is rated {LIKED:g} or more, as build_ranking.label: liked "
            f"needs (the highest rating of the log is {train.rating.max():g}); use build_ranking.label: next_event"
        )
    return rows


def _rows_of(
    train: Histories, past: PastRequests, items: ItemTable, params: ModelParams, engine: Engine
) -> RankingRows:
    known, settings = train.until(past.ends), params.build_ranking
    knowledge = fit_knowledge(known, params, engine)
    targets = following(train, past.requests, past.answers)
    negatives, seed = settings.negatives, seed_for(params.base.seed, "negatives")
    return build_rows(
        train, past.requests, targets, knowledge, items, params.features, settings.label, negatives, seed, engine
    )


def validation_rows(
    histories: Histories,
    ends: Ints,
    knowledge: Knowledge,
    items: ItemTable,
    params: ModelParams,
    engine: Engine = ONE_THREAD,
) -> RankingRows:
    """Build all candidates of the validation requests with models fitted on the training events.

    Args:
        histories: the events of train and validation.
        ends: events of each user that are train.
        knowledge: fitted to train.
        items: what is known of the items.
        params: all parameters.
        engine: where chunks are worked on.
    """
    asked, answers = _validation_requests(histories, ends, params)
    requests = draw_users(asked, params.build_ranking.max_valid_requests, seed_for(params.base.seed, "valid_requests"))
    targets = following(histories, requests, answers[np.isin(asked.user, requests.user)])
    return build_rows(histories, requests, targets, knowledge, items, params.features, engine=engine)


def _validation_requests(histories: Histories, ends: Ints, params: ModelParams) -> tuple[Requests, Ints]:
    """Return one request per user, and how many events answer it."""
    request_time = params.sequence.request_time
    if params.split.method == "global_time":
        held_out = np.arange(len(histories.item)) - histories.indptr[histories.user] >= ends[histories.user]
        moment = int(histories.time[held_out].min())
        return window_requests(histories, ends, histories.lengths, moment, request_time)
    asked = next_requests(histories, ends, request_time)
    return asked, np.ones(len(asked), dtype=np.int64)
