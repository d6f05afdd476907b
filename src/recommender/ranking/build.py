"""From a log to the ranking dataset: which models may know what, and which requests are asked of them."""

import numpy as np

from recommender.features.context import ItemTable
from recommender.histories import Histories, Ints, next_requests
from recommender.ranking.dataset import RankingRows, build_rows, next_events
from recommender.ranking.requests import PastRequests, draw_users, past_requests, past_window_requests
from recommender.retrieval.knowledge import learn
from recommender.retrieval.svd import ItemFactors, fit_svd
from recommender.sections import Params
from recommender.seeds import seed_for


def ask_the_past(train: Histories, held_out: int, params: Params) -> PastRequests:
    """Choose the past requests, so that they stand to what is learnt as the test requests will.

    Args:
        train: the events before validation.
        held_out: number of validation events; under global time the window of past requests has as many.
        params: all parameters.
    """
    settings, seed = params.build_ranking, seed_for(params.base.seed, "past_requests")
    shared = (settings.past_requests, settings.min_history, settings.max_requests, seed)
    if params.split.method == "global_time":
        in_time = np.sort(train.time)
        return past_window_requests(train, int(in_time[max(len(in_time) - held_out, 0)]), *shared)
    return past_requests(train, *shared)


def training_rows(train: Histories, past: PastRequests, items: ItemTable, params: Params) -> RankingRows:
    """Build the training rows with models that have seen nothing of what the past requests ask.

    Args:
        train: the events before validation.
        past: the past requests.
        items: what is known of the items.
        params: all parameters.
    """
    known, settings, svd = train.until(past.ends), params.build_ranking, params.train_svd
    factors = fit_svd(known, svd.n_components, svd.values, svd.n_iter, seed_for(params.base.seed, "svd"))
    knowledge = learn(known, factors, params.transitions, params.candidates)
    targets = next_events(train, past.requests)
    seed = seed_for(params.base.seed, "negatives")
    return build_rows(
        train, past.requests, targets, knowledge, items, params.features, settings.label, settings.negatives, seed
    )


def validation_rows(
    histories: Histories, ends: Ints, factors: ItemFactors, items: ItemTable, params: Params
) -> RankingRows:
    """Build all candidates of the validation requests with models fitted on the training events.

    Args:
        histories: the events of train and validation.
        ends: events of each user that are train.
        factors: the factorisation of train.
        items: what is known of the items.
        params: all parameters.
    """
    knowledge = learn(histories.until(ends), factors, params.transitions, params.candidates)
    seed = seed_for(params.base.seed, "valid_requests")
    requests = draw_users(next_requests(histories, ends), params.build_ranking.max_valid_requests, seed)
    return build_rows(histories, requests, next_events(histories, requests), knowledge, items, params.features)
