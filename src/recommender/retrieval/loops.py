"""Loops that numpy and scipy have no fast function for, compiled to machine code.

The compiled code is kept beside this file (in __pycache__), so that only the first process waits for it. The arithmetic
is that of the source, operation by operation: nothing is reordered, and the results are the same on every processor. No
loop holds the lock of the interpreter. Import this module where it is used: it takes half a second, and not every
stage needs it. A loop uses no constant of another module: if that changed, the compiled code would stay.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from recommender.log.histories import Codes, Floats, Ints

F = TypeVar("F", bound=Callable[..., object])
Csr = tuple[NDArray[Any], NDArray[Any], Floats]
"""Ends of the rows, columns and values of a sparse table."""


def compiled(function: F) -> F:
    """Compile a function of arrays and numbers at its first call."""
    try:
        return cast("F", njit(cache=True, nogil=True)(function))
    except RuntimeError:  # there is no folder that could be written: each process compiles for itself
        return cast("F", njit(nogil=True)(function))


@compiled
def _worse(one: int, other: int, scores: NDArray[Any]) -> bool:
    return scores[one] < scores[other] or (scores[one] == scores[other] and one > other)


@compiled
def _rise(found: NDArray[np.int64], at: int, item: int, scores: NDArray[Any]) -> None:
    """Add an item to the heap, at the end or above what is better."""
    while at > 0 and _worse(item, found[(at - 1) // 2], scores):
        found[at] = found[(at - 1) // 2]
        at = (at - 1) // 2
    found[at] = item


@compiled
def _sink(found: NDArray[np.int64], item: int, scores: NDArray[Any]) -> None:
    """Replace the worst item of the heap, below what is worse than the new one."""
    at, below = 0, 1
    while below < len(found):
        if below + 1 < len(found) and _worse(found[below + 1], found[below], scores):
            below += 1
        if not _worse(found[below], item, scores):
            break
        found[at] = found[below]
        at, below = below, 2 * below + 1
    found[at] = item


@compiled
def best_of(found: NDArray[np.int64], scores: NDArray[Any], blocked: NDArray[np.bool_]) -> int:
    """Fill in the best items of one row, in any order, and return how many there are.

    They are kept in a heap whose first item is the worst: the lowest score and, among equal ones, the highest code.

    Args:
        found: any codes, (size,).
        scores: (m,); -inf marks items that may not be chosen.
        blocked: other items that may not be chosen, (m,).
    """
    size, kept = len(found), 0
    for item in range(len(scores)):
        if blocked[item] or scores[item] == -np.inf:
            continue
        if kept < size:
            _rise(found, kept, item, scores)
            kept += 1
        elif size > 0 and scores[item] > scores[found[0]]:
            _sink(found, item, scores)
    return kept


@compiled
def best_of_rows(found: Ints, scores: Floats, blocked: NDArray[np.bool_]) -> None:
    """Fill in the best items of each row; see `best_of`."""
    for row in range(len(scores)):
        best_of(found[row], scores[row], blocked[row])


@compiled
def mark_best(
    marks: NDArray[np.bool_], ends: Ints, scores: NDArray[Any], blocked: NDArray[np.bool_], size: int
) -> None:
    """Mark the best entries of each row, the entries `ends[row]` to `ends[row + 1] - 1`; see `best_of`."""
    found = np.empty(size, dtype=np.int64)
    for row in range(len(ends) - 1):
        entries = slice(ends[row], ends[row + 1])
        kept = best_of(found, scores[entries], blocked[entries])
        for at in found[:kept]:
            marks[ends[row] + at] = True


@compiled
def _add_row(total: Floats, row: int, weight: float, indptr: Ints, indices: Ints, data: Floats) -> None:
    for at in range(indptr[row], indptr[row + 1]):
        total[indices[at]] += weight * data[at]


@compiled
def add_rows(sums: Floats, rows: Ints, weights: Floats, indptr: Ints, indices: Ints, data: Floats) -> None:
    """Add up weighted rows of a table for each sum and request, over all items."""
    for one in range(rows.shape[0]):
        for request in range(rows.shape[1]):
            for event in range(rows.shape[2]):
                row, weight = rows[one, request, event], weights[one, request, event]
                if row >= 0 and weight != 0:
                    _add_row(sums[one, request], row, weight, indptr, indices, data)


@compiled
def add_entries(
    sums: Floats,
    ends: Ints,
    item: Ints,
    rows: Ints,
    weights: Floats,
    n_items: int,
    indptr: Ints,
    indices: Ints,
    data: Floats,
) -> None:
    """Add up weighted rows for each sum and request, over its own items only: those from `ends[request]` on."""
    place = np.full(n_items, -1, dtype=np.int64)
    for request in range(rows.shape[1]):
        for at in range(ends[request], ends[request + 1]):
            place[item[at]] = at
        for one in range(rows.shape[0]):
            for event in range(rows.shape[2]):
                row, weight = rows[one, request, event], weights[one, request, event]
                if row >= 0 and weight != 0:
                    for at in range(indptr[row], indptr[row + 1]):
                        column = place[indices[at]]
                        if column >= 0:
                            sums[one, column] += weight * data[at]
        for at in range(ends[request], ends[request + 1]):
            place[item[at]] = -1


@compiled
def add_votes(scores: Floats, rows: Ints, own: Csr, contexts: Csr, targets: NDArray[np.int32], block: int) -> None:
    """Add up, for some rows of the requests, the similarities to the power 3 of the events of each item."""
    ends, items, weights = own
    starts, events, values = contexts
    similarity, met = np.zeros(block, dtype=np.float32), np.empty(block, dtype=np.int32)
    votes, places = np.zeros(scores.shape[1], dtype=np.float64), np.empty(scores.shape[1] * 2, dtype=np.int64)
    for row in rows:
        for at in range(ends[row], ends[row + 1]):
            places[at - ends[row]] = starts[items[at]]
        for start in range(0, len(targets), block):
            n_met = 0
            for at in range(ends[row], ends[row + 1]):
                place, last, weight = places[at - ends[row]], starts[items[at] + 1], weights[at]
                while place < last and events[place] < start + block:
                    event = events[place] - start
                    if similarity[event] == 0:
                        met[n_met] = event
                        n_met += 1
                    similarity[event] += weight * values[place]
                    place += 1
                places[at - ends[row]] = place
            for at in range(n_met):
                near = similarity[met[at]]
                votes[targets[start + met[at]]] += near * near * near
                similarity[met[at]] = 0
        for item in range(len(votes)):
            scores[row, item] = votes[item]
            votes[item] = 0


@compiled
def count_windows(scores: Floats, order: Ints, first: Ints, last: Ints, item: Codes) -> None:
    """Count the events `first[row]` to `last[row] - 1` of each item; the rows are visited in the order of time."""
    counts = np.zeros(scores.shape[1], dtype=np.int64)
    start = end = first[order[0]] if len(order) else 0
    for row in order:
        for event in range(max(end, first[row]), last[row]):
            counts[item[event]] += 1
        for event in range(start, min(end, first[row])):
            counts[item[event]] -= 1
        start, end = first[row], max(end, last[row])
        for code in range(len(counts)):
            scores[row, code] = counts[code]


@compiled
def add_pairs(
    found: Ints,
    keys: Ints,
    counts: Floats,
    events: Ints | Codes,
    ends: Ints,
    direction: int,
    weights: NDArray[np.float64],
    user: Codes,
    item: Codes,
    time: Ints,
    edges: Ints,
    n_items: int,
) -> None:
    """Write the counts of some items as compressed rows; the tables of the gaps lie side by side."""
    total = np.zeros((len(edges) + 1) * n_items, dtype=np.float64)
    for row in range(len(ends) - 1):
        first = last = found[row]
        for event in events[ends[row] : ends[row + 1]]:
            for lag in range(len(weights)):
                other = event + direction * (lag + 1)
                if other < 0 or other >= len(user) or user[other] != user[event]:
                    break
                gap, apart = 0, abs(time[other] - time[event])
                while gap < len(edges) and apart >= edges[gap]:
                    gap += 1
                key = gap * n_items + item[other]
                if total[key] == 0:
                    keys[last] = key
                    last += 1
                total[key] += weights[lag]
        for at in range(first, last):
            counts[at] = total[keys[at]]
            total[keys[at]] = 0
        found[row + 1] = last


@compiled
def add_products(
    gram: Floats,
    cross: Floats,
    events: Ints,
    user: Codes,
    time: Ints,
    code: Codes,
    since: int,
    near: int,
    fading: Floats,
    followed: Floats,
) -> None:
    """Add the products of each event; of X'X those on and above the diagonal."""
    columns, weights = np.empty(len(fading), dtype=np.int64), np.empty(len(fading), dtype=np.float32)
    for event in events:
        known, moment = 0, time[max(event - since, 0)]
        for lag in range(1, min(len(fading), event) + 1):
            if user[event - lag] != user[event]:
                break
            if code[event - lag] >= 0:
                columns[known] = code[event - lag] + (moment - time[event - lag] >= near) * cross.shape[1]
                weights[known] = fading[lag - 1]
                known += 1
        _add_squares(gram, columns[:known], weights[:known])
        for lag in range(min(len(followed), len(user) - event)):
            later = event + lag
            if user[later] == user[event] and time[later] == time[event] and code[later] >= 0:
                for at in range(known):
                    cross[columns[at], code[later]] += weights[at] * followed[lag]


@compiled
def _add_squares(gram: Floats, columns: Ints, weights: Floats) -> None:
    for one in range(len(columns)):
        for other in range(one + 1):
            row, column = min(columns[one], columns[other]), max(columns[one], columns[other])
            twice = 2 if one != other and row == column else 1
            gram[row, column] += twice * weights[one] * weights[other]
