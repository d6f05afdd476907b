"""The whole model trained anew on a log: factors, tables, ranking dataset and ranker, as the pipeline makes them."""

from dataclasses import dataclass

from recommender.features.context import ItemTable
from recommender.histories import Histories, Ints
from recommender.policies import TwoStagePolicy
from recommender.ranking.build import ask_the_past, training_rows, validation_rows
from recommender.ranking.dataset import RankingRows
from recommender.ranking.recipe import Recipe
from recommender.ranking.training import RankingTable, train_ranker
from recommender.retrieval.knowledge import learn
from recommender.retrieval.svd import factorise
from recommender.retrieval.tables import tabulate
from recommender.sections import Params
from recommender.sections_feedback import Retrain


@dataclass(frozen=True)
class Retrained:
    """What a retraining leaves, as the pipeline's stages would.

    Attributes:
        policy: the fitted sources and the ranker, ready to serve.
        recipe: how the ranker's input was made, as models/ranker.json holds it.
    """

    policy: TwoStagePolicy
    recipe: Recipe


def capped(params: Params, caps: Retrain) -> Params:
    """Make training small enough to be repeated: no more past requests, seeds and trees than the caps allow."""
    build, ranker = params.build_ranking, params.train_ranker
    smaller = {"past_requests": min(build.past_requests, caps.past_requests)}
    fewer = {
        "seeds": min(ranker.seeds, caps.seeds),
        "max_rounds": min(ranker.max_rounds, caps.max_rounds),
    }
    changed = {
        "build_ranking": type(build).model_validate(build.model_dump() | smaller),
        "train_ranker": type(ranker).model_validate(ranker.model_dump() | fewer),
    }
    return params.model_copy(update=changed)


def lengths_before_last(histories: Histories) -> Ints:
    """Return how many events each user has before the last, which validates; all of a user with a single one."""
    return histories.lengths - (histories.lengths >= 2)


def retrain(histories: Histories, items: ItemTable, params: Params) -> Retrained:
    """Do on a log what train_svd, train_sequence, build_ranking and train_ranker do on the split.

    Args:
        histories: all events known so far; each user's last one validates the ranker.
        items: what is known of the items.
        params: all parameters, see `capped`.

    Raises:
        DataError, ParameterError: the log is too short to learn from.
    """
    ends = lengths_before_last(histories)
    known = histories.until(ends)
    past = ask_the_past(known, int((histories.lengths - ends).sum()), params)
    rows = training_rows(known, past, items, params)
    valid = validation_rows(histories, ends, factorise(known, params), tabulate(known, params), items, params)
    ranker = train_ranker(_table(rows), _table(valid), params).ranker
    factors, tables = factorise(histories, params), tabulate(histories, params)
    knowledge = learn(histories, factors, tables, params.sequence, params.candidates)
    policy = TwoStagePolicy(knowledge, items, params.features, ranker)
    sections = {"sequence": params.sequence, "candidates": params.candidates, "features": params.features}
    return Retrained(policy, Recipe(**sections, names=rows.names))


def _table(rows: RankingRows) -> RankingTable:
    return RankingTable(rows.request, rows.label, rows.features)
