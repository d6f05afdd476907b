"""Every item-to-item table that is learnt from the order of events, fitted together and stored together."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from recommender.errors import DataError
from recommender.histories import Floats, Histories
from recommender.retrieval.embedding import order_embedding
from recommender.retrieval.ridge import fit_ridge
from recommender.retrieval.similarity import item_cosine
from recommender.retrieval.transitions import gap_counts, keep_largest, normalise
from recommender.sections import Sequence

DECIMALS = 6


@dataclass(frozen=True)
class SequenceTables:
    """What follows what and what goes with what.

    Attributes:
        tables: by name, float32; `transitions`, `neighbours`, `similarity`, `gap_0` ... are (n_items, n_items),
            `ridge` is (2 n_items, n_items).
        embedding: unit rows, float32 (n_items, d).
    """

    tables: dict[str, sp.csr_array]
    embedding: Floats


def fit_tables(histories: Histories, settings: Sequence, symmetric: bool, seed: int) -> SequenceTables:
    """Fit all tables on the same events.

    Args:
        histories: the events to learn from.
        settings: see params.yaml.
        symmetric: see `transitions.gap_counts`.
        seed: of the embedding.

    Returns:
        The tables, each row pruned to its largest entries, values rounded.
    """
    gaps = gap_counts(histories, settings.window, settings.decay, symmetric)
    directed = sp.csr_array(sum(gaps[1:], start=gaps[0]))
    popularity = histories.counts
    tables = {f"gap_{at}": normalise(gap, popularity, 0.5, 0.25) for at, gap in enumerate(gaps)}
    tables |= {
        "transitions": normalise(directed, popularity, 0.5, 0.0),
        "neighbours": normalise(sp.csr_array(directed + directed.T), popularity, 0.5, 0.5),
        "similarity": item_cosine(histories),
    }
    kept = {name: _rounded(keep_largest(table, settings.neighbours)) for name, table in tables.items()}
    return SequenceTables(kept | {"ridge": _ridge(histories, settings)}, order_embedding(directed, seed))


def _ridge(histories: Histories, settings: Sequence) -> sp.csr_array:
    return fit_ridge(
        histories,
        window=settings.window,
        decay=settings.decay,
        penalty=settings.ridge_penalty,
        most_items=settings.ridge_items,
        kept=settings.neighbours,
        request_time=settings.request_time,
    )


def _rounded(table: sp.csr_array) -> sp.csr_array:
    table.data = np.round(table.data, DECIMALS)
    return table


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
    if not np.array_equal(arrays["item_ids"], items):
        raise DataError(f"{source}: fitted on other items than data/split has; run `dvc repro`")
    names = [name.removesuffix("/data") for name in arrays if name.endswith("/data")]
    return SequenceTables({name: _table(arrays, name, len(items)) for name in names}, arrays["embedding"])


def _table(arrays: dict[str, NDArray[Any]], name: str, n_items: int) -> sp.csr_array:
    data, indices, indptr = (arrays[f"{name}/{part}"] for part in ("data", "indices", "indptr"))
    return sp.csr_array((data, indices, indptr), shape=(len(indptr) - 1, n_items))
