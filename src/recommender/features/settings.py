"""The section `features` of params.yaml."""

from pydantic import model_validator

from recommender.params import Section

LATER = ("user_columns", "item_columns", "request_columns")
"""Groups that recipes of earlier versions lack: a recipe without them has the same bytes as there."""


class Features(Section):
    """Which groups of features the ranker uses."""

    user: bool
    item: bool
    interaction: bool
    content: bool
    sequence: bool
    context: bool
    repeats: bool
    user_columns: bool = False
    item_columns: bool = False
    request_columns: bool = False

    @model_validator(mode="after")
    def _some(self) -> "Features":
        if not any(on for name, on in self.model_dump().items() if name not in LATER):
            raise ValueError(f"at least one group of features besides {', '.join(LATER)} must be true")
        return self
