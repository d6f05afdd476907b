"""The section `ab_test` of params.yaml."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from recommender.params import Count, Probability, Section, Share

_ROUNDING = 1e-9


class Arms(Section):
    """The share of the users that get each policy; 0 leaves a policy out."""

    random: Probability
    popularity: Probability
    svd: Probability
    two_stage: Probability

    def shares(self) -> dict[str, float]:
        """Return the shares above 0."""
        return {policy: share for policy, share in self.model_dump().items() if share > 0}

    @model_validator(mode="after")
    def _whole(self) -> "Arms":
        shares = self.shares()
        if len(shares) < 2:
            raise ValueError(f"at least two policies need a share above 0, found {len(shares)}")
        total = sum(shares.values())
        if abs(total - 1) > _ROUNDING:
            raise ValueError(f"the shares must sum to 1, found {total:g}")
        return self


class AbTest(Section):
    """Who is served by which policy, and how the arms are compared."""

    # A number after `-S ab_test.salt=` is text too.
    salt: Annotated[str, Field(min_length=1, coerce_numbers_to_str=True)]
    arms: Arms
    control: Literal["random", "popularity", "svd", "two_stage"]
    k: Count
    alpha: Share
    power: Share
    resalts: Annotated[int, Field(ge=100)]
    strata: Count
    covariate: Literal["history_length", "recent_popularity"]

    @model_validator(mode="after")
    def _control_serves(self) -> "AbTest":
        shares = self.arms.shares()
        if self.control not in shares:
            raise ValueError(f"control: {self.control} has share 0; choose one of {', '.join(shares)}")
        return self
