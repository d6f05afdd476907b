"""Everything that retrieval fits to one set of events: the sources, the factors and the statistics of the items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from recommender.engine.local import ONE_THREAD, Engine
from recommender.log.histories import Histories
from recommender.log.views import View
from recommender.retrieval.affinity import Affinities, fit_affinities
from recommender.retrieval.factors import ItemFactors, fit_factors, require_items
from recommender.retrieval.item_stats import ItemStats
from recommender.retrieval.item_to_item import TableSource
from recommender.retrieval.lookups import Stack
from recommender.retrieval.nearest import load_faiss
from recommender.retrieval.settings import Candidates, RetrievalParams, SequenceParams, SvdParams
from recommender.retrieval.settings import Sequence as SequenceSettings
from recommender.retrieval.source import Source, Training
from recommender.retrieval.sources import SOURCES
from recommender.retrieval.sources.contexts import Contexts
from recommender.retrieval.storage import Arrays, below, pack, unpack
from recommender.seeds import seed_for

S = TypeVar("S", bound=Source)


@dataclass(frozen=True)
class Knowledge:
    """What was fitted to some events; the events that it is used to predict must not be among them.

    Attributes:
        items: statistics of the items.
        factors: the factorisation.
        fitted: every source, by name.
        sizes: items per request of each source that proposes candidates, in the order of the section `candidates`.
        affinities: of the items to further columns.
    """

    items: ItemStats
    factors: ItemFactors
    fitted: dict[str, Source]
    sizes: dict[str, int]
    affinities: Affinities = field(default_factory=dict)

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the stack, which knows the tables by where they are in the memory of this process."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def __getitem__(self, kind: type[S]) -> S:
        """Return one of the sources by its class."""
        found = self.fitted[kind.name]
        assert isinstance(found, kind)
        return found

    @cached_property
    def sources(self) -> dict[str, Source]:
        """The sources that propose candidates."""
        return {name: self.fitted[name] for name in self.sizes}

    @cached_property
    def stack(self) -> Stack:
        """The tables of all sources under one another."""
        return Stack(
            table
            for source in self.fitted.values()
            if isinstance(source, TableSource)
            for table in source.item_tables()
        )

    def catalogue(self, view: View) -> NDArray[np.bool_]:
        """Return the items that may be recommended: those that had an event by the moment of the request.

        Args:
            view: n requests.

        Returns:
            Boolean (n, n_items); (n_items,), all items with events, where the time of requests is not known.
        """
        if not self[Contexts].request_time:
            return self.items.counts > 0
        return self.items.since <= view.requests.time[:, None]


def fit_svd(histories: Histories, params: SvdParams, engine: Engine = ONE_THREAD) -> ItemFactors:
    """Fit the factors to events with the parameters of the section `train_svd`, on an engine."""
    settings, seed = params.train_svd, seed_for(params.base.seed, "svd")
    if settings.index == "hnsw":
        load_faiss()  # fails before the time of a fit is spent
    fitted = fit_factors(histories, settings.n_components, settings.values, settings.n_iter, seed, engine)
    return replace(fitted, index=settings.index)


def _training(
    histories: Histories, params: SequenceParams, engine: Engine, factors: ItemFactors | None = None
) -> Training:
    symmetric = params.split.ties == "hashed"
    neural = params.neural if params.candidates.neural else None
    return Training(histories, params.sequence, symmetric, params.base.seed, factors, neural, engine)


def fit_knowledge(histories: Histories, params: RetrievalParams, engine: Engine = ONE_THREAD) -> Knowledge:
    """Fit everything to the same events.

    Args:
        histories: the events.
        params: see params.yaml.
        engine: where sources and blocks of items are worked on.

    Raises:
        DataError, ParameterError: the log is too short, or a parameter does not fit it.
    """
    factors = fit_svd(histories, params, engine)
    training = _training(histories, params, engine, factors)
    [fitted] = _fit([training], [*SOURCES.values()])
    sizes = active_sizes(params.candidates, params.sequence)
    return Knowledge(ItemStats.fit(training), factors, fitted, sizes, fit_affinities(histories))


def active_sizes(candidates: Candidates, settings: SequenceSettings) -> dict[str, int]:
    """Return the items per request of each source that proposes any.

    Args:
        candidates: the sizes; 0 leaves a source out.
        settings: without `request_time`, sources that need it are left out too.
    """
    return {
        name: size
        for name, size in candidates.model_dump().items()
        if size > 0 and (settings.request_time or not SOURCES[name].needs_request_time)
    }


def _fit(trainings: list[Training], kinds: Sequence[type[Source]]) -> list[dict[str, Source]]:
    """Fit sources to several sets of events, each source here if it is divided into blocks of items, else as a whole.

    Sources of one file are fitted together, as they share what they derive from the events.
    """
    files: dict[str, list[type[Source]]] = {}
    for kind in kinds:
        if not (kind.from_factors or kind.in_blocks):
            files.setdefault(kind.__module__, []).append(kind)
    alone = [replace(training, engine=ONE_THREAD) for training in trainings]

    def fit(task: tuple[int, list[type[Source]]]) -> list[Source]:
        """Fit the sources of one file to one set of events."""
        at, own = task
        training = replace(alone[at], _derived={})  # what they derive takes memory, and nobody else needs it
        return [kind.fit(training) for kind in own]

    tasks = [(at, own) for own in files.values() for at in range(len(trainings))]
    fitted: list[dict[str, Source]] = [{} for _ in trainings]
    for (at, _), found in zip(tasks, trainings[0].engine.map(fit, tasks), strict=True):
        fitted[at] |= {source.name: source for source in found}
    return [
        {kind.name: own.get(kind.name) or kind.fit(training) for kind in kinds}
        for own, training in zip(fitted, trainings, strict=True)
    ]


def fit_sequence(known: Sequence[Histories], params: SequenceParams, engine: Engine = ONE_THREAD) -> list[Arrays]:
    """Fit everything but the factors to sets of events, with the parameters of `sequence` and `neural`.

    Args:
        known: sets of events.
        params: see params.yaml.
        engine: where sources and blocks of items are worked on.

    Returns:
        Named arrays of each set: the ids of the items as `item_ids`, the statistics as `items/...`, each source as
        `{name}/...`.
    """
    trainings = [_training(histories, params, engine) for histories in known]
    fitted = _fit(trainings, [source for source in SOURCES.values() if not source.from_factors])
    return [_arrays(training, sources) for training, sources in zip(trainings, fitted, strict=True)]


def _arrays(training: Training, sources: Mapping[str, Source]) -> Arrays:
    arrays: Arrays = {"item_ids": training.histories.items}
    parts = {"items": pack(ItemStats.fit(training))} | {name: source.arrays() for name, source in sources.items()}
    return arrays | {f"{name}/{key}": array for name, part in parts.items() for key, array in part.items()}


def knowledge_from_arrays(
    arrays: Mapping[str, NDArray[Any]], factors: ItemFactors, histories: Histories, sizes: dict[str, int], source: str
) -> Knowledge:
    """Return the knowledge that was stored; the affinities are not, and are fitted here.

    Args:
        arrays: what `fit_sequence` returned.
        factors: the factorisation of the same events.
        histories: the events that it was fitted to, with their further columns if they are used.
        sizes: see `active_sizes`.
        source: the file of the arrays, for the message.

    Raises:
        DataError: the arrays were fitted on other items.
    """
    require_items(arrays, histories.items, source)
    fitted = {name: kind.from_arrays(below(arrays, name), factors) for name, kind in SOURCES.items()}
    stats, affinities = unpack(ItemStats, below(arrays, "items")), fit_affinities(histories)
    return Knowledge(stats, factors, fitted, sizes, affinities)
