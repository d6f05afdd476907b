"""The section `engine` of params.yaml."""

from typing import Annotated, Literal

from pydantic import Field

from recommender.params import Section, Sections


class Engine(Section):
    """Where chunks are worked on: `kind` decides, the results are the same."""

    kind: Literal["local", "dask"]
    address: Annotated[str, Field(min_length=1)] | None
    workers: Annotated[int, Field(ge=1, le=1024)]


class EngineParams(Sections):
    """What the engine is opened with."""

    engine: Engine
