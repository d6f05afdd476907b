"""The sums of products that a regression of what came next is solved from, added up event by event.

The matrix of the contexts, and its product with itself, are never sorted or held twice: each pair of items in the
context of an event adds to one cell.
"""

import numpy as np

from recommender.log.histories import MICROSECONDS, Floats, Histories, Ints
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
        float32 (2 p, 2 p), zeros below the diagonal, and (2 p, p).
    """
    from recommender.retrieval import loops  # noqa: PLC0415 - see there

    p, code = len(items), np.full(histories.n_items, -1, dtype=np.int32)
    code[items] = np.arange(p, dtype=np.int32)
    gram, cross = np.zeros((2 * p, 2 * p), dtype=np.float32), np.zeros((2 * p, p), dtype=np.float32)
    since, known = int(not request_time), code[histories.item]
    loops.add_products(gram, cross, events, histories.user, histories.time, known, since, NEAR, fading, followed)
    return gram, cross
