"""From a log to the ranking dataset: which models may know what, and which requests are asked of them."""

import numpy as np

from recommender.features.context import ItemTable
from recommender.histories import Histories, Ints
from recommender.ranking.dataset import RankingRows, build_rows, next_events
from recommender.ranking.past import PastRequests, draw_users, past_requests, past_window_requests
from recommender.requests import next_requests
from recommender.retrieval.knowledge import Knowledge, learn
from recommender.retrieval.svd import ItemFactors, fit_svd
from recommender.retrieval.tables import SequenceTables, fit_tables
from recommender.sections import Params
from recommender.seeds import seed_for


def factorise(histories: Histories, params: Params) -> ItemFactors:
    """Fit the factors to some events, as `train_svd` in params.yaml says."""
    svd = params.train_svd
    return fit_svd(histories, svd.n_components, svd.values, svd.n_iter, seed_for(params.base.seed, "svd"))


def tabulate(histories: Histories, params: Params) -> SequenceTables:
    """Fit the item-to-item tables to some events, as `sequence` in params.yaml says."""
    symmetric = params.split.ties == "hashed"
    return fit_tables(histories, params.sequence, symmetric, seed_for(params.base.seed, "sequence"))


def ask_the_past(train: Histories, held_out: int, params: Params) -> PastRequests:
    """Choose the past requests, so that they stand to what is learnt as the test requests will.

    Args:
        train: the events before validation.
        held_out: number of validation events; under global time the window of past requests has as many, but never more
            than half of the events.
        params: all parameters.
    """
    seed, request_time = seed_for(params.base.seed, "past_requests"), params.sequence.request_time
    if params.split.method == "global_time":
        window = min(held_out, len(train.time) // 2)
        start = int(np.sort(train.time)[len(train.time) - max(window, 1)])
        return past_window_requests(train, start, params.build_ranking, request_time, seed)
    return past_requests(train, params.build_ranking, request_time, seed)


def training_rows(train: Histories, past: PastRequests, items: ItemTable, params: Params) -> RankingRows:
    """Build the training rows with models that have seen nothing of what the past requests ask.

    Args:
        train: the events before validation.
        past: the past requests.
        items: what is known of the items.
        params: all parameters.
    """
    known, settings = train.until(past.ends), params.build_ranking
    knowledge = learn(known, factorise(known, params), tabulate(known, params), params.sequence, params.candidates)
    targets = next_events(train, past.requests)
    seed = seed_for(params.base.seed, "negatives")
    return build_rows(
        train, past.requests, targets, knowledge, items, params.features, settings.label, settings.negatives, seed
    )


def validation_rows(
    histories: Histories, ends: Ints, factors: ItemFactors, tables: SequenceTables, items: ItemTable, params: Params
) -> RankingRows:
    """Build all candidates of the validation requests with models fitted on the training events.

    Args:
        histories: the events of train and validation.
        ends: events of each user that are train.
        factors: the factorisation of train.
        tables: the item-to-item tables of train.
        items: what is known of the items.
        params: all parameters.
    """
    knowledge: Knowledge = learn(histories.until(ends), factors, tables, params.sequence, params.candidates)
    asked = next_requests(histories, ends, params.sequence.request_time)
    requests = draw_users(asked, params.build_ranking.max_valid_requests, seed_for(params.base.seed, "valid_requests"))
    return build_rows(histories, requests, next_events(histories, requests), knowledge, items, params.features)
