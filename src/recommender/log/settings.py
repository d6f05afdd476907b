"""The section `split` of params.yaml."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, WrapValidator, model_validator

from recommender.params import Section, Share


def _moment(value: Any, accept: ValidatorFunctionWrapHandler) -> Any:
    """Say in one message what a moment may be; pydantic would read the number 86400 as a date."""
    try:
        moment = accept(value)
    except ValidationError:
        moment = None
    if moment is None or (isinstance(value, (int, float)) and isinstance(moment, dt.date)):
        raise ValueError("expected a share of the events above 0 and below 1, or a date such as 1998-03-01")
    return moment


Moment = Annotated[Share | dt.date, WrapValidator(_moment)]


class Split(Section):
    """Which events are held out."""

    method: Literal["last_interaction", "global_time"]
    ties: Literal["hashed", "file_order"]
    tie_seed: Annotated[int, Field(ge=0)]
    valid_from: Moment
    test_from: Moment

    @model_validator(mode="after")
    def _ordered(self) -> "Split":
        if type(self.valid_from) is not type(self.test_from):
            raise ValueError("valid_from and test_from: both must be shares, or both dates")
        if self.valid_from >= self.test_from:  # type: ignore[operator]
            raise ValueError("valid_from must come before test_from")
        return self
