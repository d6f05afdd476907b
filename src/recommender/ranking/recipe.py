"""How the ranker's input was made, kept with the ranker, so that serving repeats what training did."""

from pydantic import BaseModel

from recommender.sections import Candidates, Features, Sequence


class Recipe(BaseModel):
    """The settings behind a ranking dataset.

    Attributes:
        sequence: settings of the sources that look at the order of events.
        candidates: the sources and their sizes.
        features: the groups of features.
        names: the features, in the order of the matrix' columns.
    """

    sequence: Sequence
    candidates: Candidates
    features: Features
    names: list[str]
