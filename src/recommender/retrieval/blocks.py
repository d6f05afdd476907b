"""A randomised TruncatedSVD of the user x item matrix by blocks of users, on the side of the items alone.

Each block adds its share of R' (R Q), so no process holds more than one block and its products, and the sums are
the same wherever the blocks are worked on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from recommender.engine.local import Engine
from recommender.log.histories import Floats, Histories
from recommender.threads import one_blas_thread

Dense = NDArray[np.float64]

BLOCK_EVENTS = 1 << 20
"""Events of a block, at least; a block of many items has more, as its result takes a row per item."""
EVENTS_PER_ITEM = 32
EVENTS_PER_USER = 16
"""What a user adds to a block besides events: the products take a row per user."""
OVERSAMPLES = 10
"""Directions that are followed besides those that are wanted: the last ones of a random projection are inexact."""
_NOTHING = 1e-12
"""Variance relative to that of the first component below which a direction is rounding, and no component."""


@dataclass(frozen=True)
class Decomposition:
    """The largest components of a matrix.

    Attributes:
        factors: right singular vectors as columns, (n_items, n_components); zeros beyond the rank of the matrix.
        sizes: singular values, (n_components,).
        explained_variance: share of the variance of the matrix that each component explains, (n_components,).
    """

    factors: Dense
    sizes: Dense
    explained_variance: Dense


def blocks_of_users(histories: Histories, cells: Floats) -> list[sp.csr_array]:
    """Divide the matrix into blocks of rows. The blocks depend on the events alone.

    Args:
        histories: the events.
        cells: float32, what each event adds to its cell.

    Returns:
        Float32 (users of the block, n_items) each, in order; a cell is the sum of its events.
    """
    room = max(BLOCK_EVENTS, EVENTS_PER_ITEM * histories.n_items)
    block = (histories.indptr[:-1] + EVENTS_PER_USER * np.arange(histories.n_users)) // room
    edges = [*np.flatnonzero(np.diff(block, prepend=-1)).tolist(), len(block)]
    return [_rows(histories, cells, begin, end) for begin, end in pairwise(edges)]


def _rows(histories: Histories, cells: Floats, begin: int, end: int) -> sp.csr_array:
    indptr = histories.indptr[begin : end + 1]
    events = slice(indptr[0], indptr[-1])
    content = (cells[events].copy(), histories.item[events].astype(np.int32), (indptr - indptr[0]).astype(np.int32))
    rows = sp.csr_array(content, shape=(end - begin, histories.n_items))
    rows.sum_duplicates()  # in place; it also sorts the items of a user, which makes the products faster
    return rows


def truncated_svd(
    blocks: Sequence[sp.csr_array], n_components: int, n_iter: int, seed: int, engine: Engine
) -> Decomposition:
    """Find the largest components with random projections (Halko, Martinsson and Tropp, 2011).

    Random directions Q become orth(R' R Q), as often as the power iterations say and once more. Within their span the
    components are those of the small matrix (R Q)' (R Q).

    Args:
        blocks: the rows of the matrix.
        n_components: how many, less than the number of columns.
        n_iter: power iterations.
        seed: of the random directions.
        engine: where the blocks are worked on.

    Returns:
        The components, the largest first. The largest entry of each is positive.
    """
    n_rows, n_items = sum(block.shape[0] for block in blocks), blocks[0].shape[1]
    width = min(n_components + OVERSAMPLES, n_items)
    directions = np.random.default_rng(seed).standard_normal((n_items, width))
    with one_blas_thread():
        for _ in range(n_iter + 1):
            [product] = _added_up(_power(directions), blocks, engine)
            directions = np.linalg.qr(product).Q
        squares, sums, cell_squares, cells = _added_up(_moments(directions), blocks, engine)
        values, vectors = (found[..., : -n_components - 1 : -1] for found in np.linalg.eigh(squares))
        there = values > _NOTHING * values[0]
        factors, means = directions @ (vectors * there), sums @ (vectors * there) / n_rows
    values = np.where(there, values, 0)
    total = (cell_squares / n_rows - (cells / n_rows) ** 2).sum()
    with np.errstate(invalid="ignore"):  # without any variance its shares are 0 / 0
        explained = (values / n_rows - means**2) / total
    return Decomposition(factors * _signs(factors), np.sqrt(values), explained)


def _power(directions: Dense) -> Callable[[sp.csr_array], list[Dense]]:
    def work(block: sp.csr_array) -> list[Dense]:
        """Multiply a block by the directions and back."""
        wide = block.astype(np.float64)
        return [wide.T @ (wide @ directions)]

    return work


def _moments(directions: Dense) -> Callable[[sp.csr_array], list[Dense]]:
    def work(block: sp.csr_array) -> list[Dense]:
        """Sum products and rows of R Q, and squares and values of R."""
        wide = block.astype(np.float64)
        rows, size = wide @ directions, block.shape[1]
        cells = [np.bincount(block.indices, weights, size) for weights in (wide.data**2, wide.data)]
        return [rows.T @ rows, rows.sum(axis=0), *cells]

    return work


def _added_up(
    work: Callable[[sp.csr_array], list[Dense]], blocks: Sequence[sp.csr_array], engine: Engine
) -> list[Dense]:
    """Add what the blocks give, in their order."""
    results = engine.map(work, blocks)
    total = next(results)
    for result in results:
        total = [own + more for own, more in zip(total, result, strict=True)]
    return total


def _signs(factors: Dense) -> Dense:
    """Return 1 or -1 for each column, so that its largest entry becomes positive."""
    largest = np.abs(factors).argmax(axis=0)
    return np.where(factors[largest, np.arange(factors.shape[1])] < 0, -1.0, 1.0)
