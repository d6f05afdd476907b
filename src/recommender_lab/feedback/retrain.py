"""The whole model trained anew on a log: factors, tables, ranking dataset and ranker, as the pipeline makes them."""

from dataclasses import dataclass

from recommender.features.context import ItemTable
from recommender.log.histories import Histories, Ints
from recommender.policies import TwoStagePolicy
from recommender.ranking.fitting import fit
from recommender.ranking.recipe import Recipe
from recommender.ranking.settings import ModelParams
from recommender_lab.feedback.settings import Retrain


@dataclass(frozen=True)
class Retrained:
    """What a retraining leaves, as the pipeline's stages would.

    Attributes:
        policy: the fitted sources and the ranker, ready to serve.
        recipe: how the ranker's input was made, as models/ranker.json holds it.
    """

    policy: TwoStagePolicy
    recipe: Recipe


def capped(params: ModelParams, caps: Retrain) -> ModelParams:
    """Make training small enough to be repeated: no more past requests, seeds and trees than the caps allow.

    Each request of a simulation asks what one user does next, so that is what past requests ask, whatever the split.
    """
    build, ranker = params.build_ranking, params.train_ranker
    smaller = {"past_requests": min(build.past_requests, caps.past_requests)}
    fewer = {
        "seeds": min(ranker.seeds, caps.seeds),
        "max_rounds": min(ranker.max_rounds, caps.max_rounds),
    }
    changed = {
        "split": params.split.model_copy(update={"method": "last_interaction"}),
        "build_ranking": type(build).model_validate(build.model_dump() | smaller),
        "train_ranker": type(ranker).model_validate(ranker.model_dump() | fewer),
    }
    return params.model_copy(update=changed)


def lengths_before_last(histories: Histories) -> Ints:
    """Return how many events each user has before the last, which validates; all of a user with a single one."""
    return histories.lengths - (histories.lengths >= 2)


def retrain(histories: Histories, items: ItemTable, params: ModelParams) -> Retrained:
    """Do on a log what train_svd, train_sequence, build_ranking and train_ranker do on the split.

    Args:
        histories: all events known so far; each user's last one validates the ranker.
        items: what is known of the items.
        params: all parameters, see `capped`.

    Raises:
        DataError, ParameterError: the log is too short to learn from.
    """
    fitted = fit(histories, lengths_before_last(histories), items, params)
    policy = TwoStagePolicy(fitted.knowledge, items, params.features, fitted.trained.ranker)
    sections = {"sequence": params.sequence, "candidates": params.candidates, "features": params.features}
    return Retrained(policy, Recipe(**sections, names=fitted.names))
