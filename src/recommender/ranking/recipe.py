"""How the ranker's input was made, kept with the ranker, so that serving repeats what training did."""

from pydantic import BaseModel

from recommender.sections import Candidates, Features, Transitions


class Recipe(BaseModel):
    """The settings behind a ranking dataset.

    Attributes:
        transitions: window and decay of the item-to-item sources.
        candidates: the sources and their sizes.
        features: the groups of features.
        names: the features, in the order of the matrix' columns.
    """

    transitions: Transitions
    candidates: Candidates
    features: Features
    names: list[str]
