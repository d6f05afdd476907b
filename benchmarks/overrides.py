"""Other parameters than the committed ones, as `section.key=value`, checked as params.yaml is."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from benchmarks.params import Params
from recommender.bundle.settings import require_candidates
from recommender.errors import ParameterError

Overrides = Mapping[str, Any]


def overridden(params: Params, overrides: Overrides) -> Params:
    """Return the parameters with some of them replaced.

    Args:
        params: some sections of params.yaml.
        overrides: new values by `section.key`.

    Raises:
        ParameterError: a section or key is unknown, or a value is out of range by itself or with the others.
    """
    values = params.model_dump()
    for name, value in overrides.items():
        section, _, key = name.partition(".")
        values.setdefault(section, {})[key] = value
    try:
        found = type(params).model_validate(values)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, line['loc']))}: {line['msg']}" for line in error.errors())
        raise ParameterError(f"overrides {options(overrides)}: {wrong}") from error
    require_candidates(found.candidates, found.sequence, found.recommend.k)
    return found


def options(overrides: Overrides) -> str:
    """Write overrides as options of `dvc exp run`."""
    return " ".join(f"-S {pair}" for pair in pairs(overrides))


def pairs(overrides: Overrides) -> list[str]:
    """Write overrides as `section.key=value`, as YAML reads them."""
    return [f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in overrides.items()]
