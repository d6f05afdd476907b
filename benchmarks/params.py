"""The parameters that benchmarks read and change."""

from recommender.bundle.settings import Recommend
from recommender.datasets.settings import Dataset
from recommender.evaluation.settings import Evaluate
from recommender.ranking.settings import ModelParams


class Params(ModelParams):
    """The model's sections, the dataset, and how lists are made and measured."""

    dataset: Dataset
    recommend: Recommend
    evaluate: Evaluate
