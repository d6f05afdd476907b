"""The parameters that benchmarks read and change."""

from pathlib import Path

from recommender.bundle.settings import Recommend
from recommender.datasets.settings import Dataset
from recommender.evaluation.settings import Evaluate
from recommender.params import PARAMS_FILE, load
from recommender.ranking.settings import ModelParams

K = 10
"""The length of the lists that benchmarks compare."""


class Params(ModelParams):
    """The model's sections, the dataset, and how lists are made and measured."""

    dataset: Dataset
    recommend: Recommend
    evaluate: Evaluate


def read_params(project: Path = Path()) -> Params:
    """Read params.yaml; lists are at least `K` long and measured at `K` too, whatever it says."""
    params = load(Params, project / PARAMS_FILE)
    recommend = params.recommend.model_copy(update={"k": max(params.recommend.k, K)})
    evaluate = params.evaluate.model_copy(update={"ks": sorted({*params.evaluate.ks, K})})
    return params.model_copy(update={"recommend": recommend, "evaluate": evaluate})
