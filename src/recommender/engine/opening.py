"""Opens the engine that params.yaml names."""

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager

from recommender.engine.local import Engine, Local
from recommender.engine.settings import EngineParams
from recommender.errors import ParameterError


@contextmanager
def open_engine(params: EngineParams) -> Iterator[Engine]:
    """Open an engine, and close what was started for it.

    Args:
        params: see params.yaml.

    Raises:
        ParameterError: Dask is not installed, there is no such cluster, or its workers would give other results.
    """
    chosen = params.engine
    if chosen.address is not None and chosen.kind != "dask":
        raise ParameterError(
            f"engine.address: {chosen.address} is not used with engine.kind: {chosen.kind}; "
            "use engine.kind: dask, or leave the address empty"
        )
    if chosen.kind == "local":
        yield Local(chosen.workers)
        return
    if importlib.util.find_spec("distributed") is None:
        raise ParameterError(
            "engine.kind: dask is not installed; install it with `make cluster`, or use engine.kind: local"
        )
    from recommender.engine.cluster import connect, start  # noqa: PLC0415 - optional, and it takes a second

    with start(chosen.workers) if chosen.address is None else connect(chosen.address) as engine:
        yield engine
