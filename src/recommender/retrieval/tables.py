"""Every item-to-item table that is learnt from the order of events, fitted together and stored together."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from recommender.errors import DataError
from recommender.log.histories import Floats, Histories
from recommender.retrieval.embedding import order_embedding
from recommender.retrieval.pairs import pair_counter
from recommender.retrieval.ridge import fit_ease, fit_ridge
from recommender.retrieval.settings import Sequence, SequenceParams
from recommender.retrieval.similarity import item_cosine
from recommender.retrieval.transitions import transition_tables
from recommender.seeds import seed_for


@dataclass(frozen=True)
class SequenceTables:
    """What follows what and what goes with what.

    Attributes:
        tables: by name, float32 (n_items, n_items): those of `transitions.transition_tables`, `similarity`, `ease`;
            (2 n_items, n_items): `ridge`, `block_ridge`.
        embedding: unit rows, float32 (n_items, d).
    """

    tables: dict[str, sp.csr_array]
    embedding: Floats


def fit_tables(histories: Histories, settings: Sequence, symmetric: bool, seed: int) -> SequenceTables:
    """Fit all tables on the same events.

    Args:
        histories: the events to learn from.
        settings: see params.yaml.
        symmetric: see `transitions.transition_tables`.
        seed: of the embedding.

    Returns:
        The tables, each row pruned to its largest entries, values rounded.
    """
    counter = pair_counter(histories, settings.window, settings.decay)
    tables = transition_tables(counter, settings.neighbours, symmetric)
    embedding = order_embedding(tables.pop("pairs"), counter.margins(), seed)
    tables["similarity"] = item_cosine(histories, settings.neighbours)
    tables["ease"] = fit_ease(histories, settings)
    tables["ridge"] = fit_ridge(histories, settings, blocks=False)
    tables["block_ridge"] = fit_ridge(histories, settings, blocks=True)
    return SequenceTables(tables, embedding)


def tabulate(histories: Histories, params: SequenceParams) -> SequenceTables:
    """Fit the item-to-item tables to some events, as `sequence` in params.yaml says."""
    symmetric = params.split.ties == "hashed"
    return fit_tables(histories, params.sequence, symmetric, seed_for(params.base.seed, "sequence"))


def to_arrays(fitted: SequenceTables, items: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Return the tables as named arrays, with the ids of their items."""
    arrays: dict[str, NDArray[Any]] = {"item_ids": items, "embedding": fitted.embedding}
    for name, table in fitted.tables.items():
        arrays[f"{name}/data"] = table.data
        arrays[f"{name}/indices"] = table.indices.astype(np.int32)
        arrays[f"{name}/indptr"] = table.indptr.astype(np.int64)
    return arrays


def from_arrays(arrays: dict[str, NDArray[Any]], items: NDArray[Any], source: str) -> SequenceTables:
    """Make the tables of named arrays.

    Args:
        arrays: what `to_arrays` returned.
        items: ids of the items by code.
        source: where the arrays came from, for the message.

    Raises:
        DataError: the tables were fitted on other items.
    """
    if not np.array_equal(arrays.get("item_ids", []), items):
        raise DataError(f"{source}: fitted on other items than data/split has; run `dvc repro`")
    names = [name.removesuffix("/data") for name in arrays if name.endswith("/data")]
    return SequenceTables({name: _table(arrays, name, len(items)) for name in names}, arrays["embedding"])


def _table(arrays: dict[str, NDArray[Any]], name: str, n_items: int) -> sp.csr_array:
    data, indices, indptr = (arrays[f"{name}/{part}"] for part in ("data", "indices", "indptr"))
    return sp.csr_array((data, indices, indptr), shape=(len(indptr) - 1, n_items))
