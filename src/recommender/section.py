"""What every section of params.yaml has in common, and kinds of numbers that several of them use."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
Probability = Annotated[float, Field(ge=0, le=1)]
MOST = 2**31
"""Whole numbers stay below it: products of two of them fit into 64 bits."""


class Section(BaseModel):
    """A part of params.yaml: unknown keys, NaN and infinite numbers are refused, `"1e-05"` is read as a number."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_value(cls, value: Any, info: ValidationInfo) -> Any:
        """YAML reads `yes` and `on` as true, and pydantic reads true as 1."""
        values = value if isinstance(value, (list, tuple)) else [value]
        is_bool = cls.model_fields[str(info.field_name)].annotation is bool
        if not is_bool and any(isinstance(inner, bool) for inner in values):
            raise ValueError("expected neither true nor false")
        return value

    @field_validator("*", mode="after")
    @classmethod
    def _no_giant(cls, value: Any) -> Any:
        if isinstance(value, int) and value >= MOST:
            raise ValueError(f"expected less than {MOST}")
        return value
