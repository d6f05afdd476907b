"""The ranker: gradient-boosted trees that score, explain, save and load; `training` grows them."""

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recommender.errors import DataError
from recommender.files import AGAIN
from recommender.log.histories import Floats

if TYPE_CHECKING:
    import lightgbm as lgb

STEPS = ((15, 60), (120, 26))
"""Trees of the first seed after which a step of a cascade ends, and candidates of a request that it keeps;
all other trees are the last step."""


@dataclass(frozen=True)
class Ranker:
    """Gradient-boosted trees, grown from several seeds; an item's score is the mean of theirs (log-odds with `binary`).

    It predicts on one thread; several chunks of requests may be scored at once.

    Attributes:
        boosters: one per seed, all of as many trees.
    """

    boosters: "list[lgb.Booster]"

    def predict(self, features: Floats) -> NDArray[np.float64]:
        """Score candidates.

        Args:
            features: float32 (n, n_features), n may be 0.

        Returns:
            float64 (n,), higher is better.
        """
        return np.sum([self.score(step, features) for step in range(len(self._steps))], axis=0)

    def score(self, step: int, features: Floats) -> NDArray[np.float64]:
        """Score candidates by the trees of one of the `STEPS` alone, float64 (n,); all steps add up to `predict`."""
        scores = np.zeros(len(features))
        # LightGBM refuses an empty matrix.
        for booster in self._steps[step] if len(features) else []:
            scores += np.asarray(booster.predict(features, num_threads=1, raw_score=True))
        return scores / len(self.boosters)

    def contributions(self, features: Floats) -> NDArray[np.float64]:
        """Return how much each feature moves the score of a candidate (SHAP values of trees; Lundberg et al., 2020).

        Args:
            features: float32 (n, n_features).

        Returns:
            float64 (n, n_features); with the mean score over the training data they add up to `predict`.
        """
        each = [np.asarray(one.predict(features, pred_contrib=True, num_threads=1)) for one in self.boosters]
        return np.mean(each, axis=0)[:, :-1]

    @cached_property
    def _steps(self) -> "list[list[lgb.Booster]]":
        """The trees of each step of a cascade; a step has none if the first seed has too few."""
        first, *others = self.boosters
        edges = [min(edge, first.num_trees()) for edge in (0, *(trees for trees, _ in STEPS), first.num_trees())]
        # Models of their own: a booster remembers the number of trees to use, so two threads would clash.
        parts = [[trees_of(first, *ends)] if ends[0] < ends[1] else [] for ends in pairwise(edges)]
        return [*parts[:-1], parts[-1] + others]

    @property
    def n_trees(self) -> int:
        """Trees in all."""
        return sum(booster.num_trees() for booster in self.boosters)

    @property
    def n_features(self) -> int:
        """Features that the trees expect."""
        return self.boosters[0].num_feature()


def trees_of(booster: "lgb.Booster", start: int, stop: int) -> "lgb.Booster":
    """Return a model of the trees from `start` to before `stop`."""
    return type(booster)(model_str=booster.model_to_string(num_iteration=stop - start, start_iteration=start))


def importances(ranker: Ranker, names: list[str]) -> dict[str, float]:
    """Return each feature's share of the total gain."""
    gain = np.sum([booster.feature_importance("gain") for booster in ranker.boosters], axis=0)
    return dict(zip(names, (gain / max(gain.sum(), 1e-12)).tolist(), strict=True))


def to_text(ranker: Ranker) -> str:
    """Return the models in LightGBM's text format, one after the other."""
    return "".join(booster.model_to_string() for booster in ranker.boosters)


def from_text(text: str, source: str) -> Ranker:
    """Read models in LightGBM's text format.

    Args:
        text: what `to_text` returned.
        source: where it came from, for the message.

    Raises:
        DataError: it is not a complete model.
    """
    import lightgbm as lgb  # noqa: PLC0415 - takes most of a second, and the policies without trees do without it

    models = [model for model in re.split(r"(?m)^(?=tree\nversion=)", text) if model]
    try:
        if models and all(model.startswith("tree\n") and "end of parameters" in model for model in models):
            return Ranker([lgb.Booster(model_str=model) for model in models])
    except (lgb.basic.LightGBMError, ValueError) as error:
        raise DataError(f"{source}: not a LightGBM text model ({error}); {AGAIN}") from error
    raise DataError(f"{source}: not a complete LightGBM text model; {AGAIN}")
