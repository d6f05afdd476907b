"""The section `features` of params.yaml."""

from pydantic import model_validator

from recommender.params import Section


class Features(Section):
    """Which groups of features the ranker uses."""

    user: bool
    item: bool
    interaction: bool
    content: bool
    sequence: bool
    context: bool
    repeats: bool

    @model_validator(mode="after")
    def _some(self) -> "Features":
        if not any(self.model_dump().values()):
            raise ValueError("at least one group of features must be true")
        return self
