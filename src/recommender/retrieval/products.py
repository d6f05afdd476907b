"""The sums of products that a regression of what came next is solved from, added up event by event.

The matrix of the contexts, and its product with itself, are never sorted or held twice: each pair of items in the
context of an event adds to one cell.
"""

import numpy as np

from recommender.log.histories import MICROSECONDS, Floats, Histories, Ints
from recommender.retrieval.compiled import compiled
from recommender.retrieval.event_contexts import BLOCK_SECONDS

NEAR = (BLOCK_SECONDS + 1) * MICROSECONDS
"""Whole seconds count: events are apart by at most `BLOCK_SECONDS` if they are by less than this."""


def context_products(
    histories: Histories, events: Ints, items: Ints, fading: Floats, followed: Floats, request_time: bool
) -> tuple[Floats, Floats]:
    """Return X'X and X'Y of what came before some events, X, and what came next, Y, for p items.

    X has the weights of the items in the block of an event, then those of the items before it; see `event_contexts`. Y
    has the item of the event and, as events of one moment have no order that means anything, with falling weight those
    of the events right after it at the same time.

    Args:
        histories: the events to learn from.
        events: indices of the events, ascending, (n,).
        items: codes of the items, ascending, (p,).
        fading: weight of each event looked back to, the latest first, (window,).
        followed: weight of each event of the moment, the event itself first.
        request_time: whether the block is that of the event itself or of the event before it.

    Returns:
        float32 (2 p, 2 p) and (2 p, p).
    """
    p, code = len(items), np.full(histories.n_items, -1, dtype=np.int32)
    code[items] = np.arange(p)
    gram, cross = np.zeros((2 * p, 2 * p), dtype=np.float32), np.zeros((2 * p, p), dtype=np.float32)
    log = (histories.user, histories.time, code[histories.item])
    _add(gram, cross, events, *log, int(not request_time), fading, followed)
    gram += np.tril(gram, -1).T
    return gram, cross


@compiled
def _add(
    gram: Floats,
    cross: Floats,
    events: Ints,
    user: Ints,
    time: Ints,
    code: Ints,
    since: int,
    fading: Floats,
    followed: Floats,
) -> None:
    """Add the products of each event; of X'X those on and below the diagonal."""
    columns, weights = np.empty(len(fading), dtype=np.int64), np.empty(len(fading), dtype=np.float32)
    for event in events:
        known, moment = 0, time[max(event - since, 0)]
        for lag in range(1, min(len(fading), event) + 1):
            if user[event - lag] != user[event]:
                break
            if code[event - lag] >= 0:
                columns[known] = code[event - lag] + (moment - time[event - lag] >= NEAR) * cross.shape[1]
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
            row, column = max(columns[one], columns[other]), min(columns[one], columns[other])
            twice = 2 if one != other and row == column else 1
            gram[row, column] += twice * weights[one] * weights[other]
