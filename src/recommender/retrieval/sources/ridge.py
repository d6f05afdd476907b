"""Ridge regression of what came next on the latest events, the current page apart from what came before it or not."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import scipy.sparse as sp

from recommender.log.histories import Floats, Ints
from recommender.log.views import View, fading
from recommender.retrieval.event_contexts import BLOCK_SECONDS, latest_events, request_columns
from recommender.retrieval.item_to_item import TableSource
from recommender.retrieval.lookups import Lookup
from recommender.retrieval.products import context_products
from recommender.retrieval.regression import popular_items, solve, spread
from recommender.retrieval.source import Parts, Training, table_parts

FOLLOWED, FOLLOWED_DECAY = 5, 0.8
"""How many events of the same moment count as what came next, and how much less each does."""


@dataclass(frozen=True)
class Regression:
    """The sums of products that the regression is solved from, for the p most popular items.

    X has the weights of the items in the block before each event, then those of the items before that block.

    Attributes:
        gram: X'X on and above the diagonal, float32 (2 p, 2 p).
        cross: X'Y, where Y is what came next, float32 (2 p, p).
        items: codes of the items, ascending, int64 (p,).
    """

    gram: Floats
    cross: Floats
    items: Ints

    def without_blocks(self) -> tuple[Floats, Floats]:
        """Return the same sums, (p, p) each, where an item has one weight in the block and before it."""
        p = len(self.items)
        both = self.gram[:p, p:]
        return self.gram[:p, :p] + both.T + (both + self.gram[p:, p:]), self.cross[:p] + self.cross[p:]


def regression_data(training: Training) -> Regression:
    """Sum what came before each of the latest events, and what came next."""
    histories, settings = training.histories, training.sequence
    items = popular_items(histories, settings.ridge_items)
    events = latest_events(histories, settings.context_events)
    weights = fading(settings.decay, settings.window)[: settings.window]
    followed = (FOLLOWED_DECAY ** np.arange(FOLLOWED)).astype(np.float32)
    return Regression(*context_products(histories, events, items, weights, followed, settings.request_time), items)


@dataclass(frozen=True)
class Ridge(TableSource):
    """Scores an item by the regression weights of the latest events.

    Attributes:
        table: float32 (2 n_items, n_items): rows for an item in the current block, then for an item before it.
        decay: weight of each event of the history relative to the next later one.
        window: events that count.
    """

    name = "ridge"
    words = ("often comes next after items such as {event}", "seldom comes next after your latest items")
    blocks: ClassVar[bool] = False

    table: sp.csr_array
    decay: float
    window: int

    @classmethod
    def fit(cls, training: Training) -> Self:
        """Regress what came next on the latest events.

        Raises:
            ParameterError: the penalty is too small, or too large for float32.
        """
        data, settings = training.once(regression_data), training.sequence
        gram, cross = (data.gram, data.cross) if cls.blocks else data.without_blocks()
        weights = solve(gram, cross, settings.ridge_penalty)
        p, n = len(data.items), training.histories.n_items
        blocks = [spread(weights[at : at + p], data.items, n, settings.neighbours) for at in range(0, len(weights), p)]
        return cls(sp.csr_array(sp.vstack((blocks[0], blocks[-1]))), settings.decay, settings.window)

    def item_tables(self) -> tuple[sp.csr_array, ...]:
        """Return the table."""
        return (self.table,)

    def lookup(self, view: View) -> Lookup:
        """Return the predictions: a row per event, that of its item in the block or before it."""
        return Lookup(self.table, fading(self.decay, self.window), request_columns(view))

    def parts(self, view: View, item: Ints) -> Parts:
        """Return each event's weight times its row of the table."""
        known = view.recent.item[0] >= 0
        event, near = view.recent.item[0, known], view.recent.seconds[0, known] <= BLOCK_SECONDS
        rows = np.where(near, event, event + view.histories.n_items)
        return table_parts(self.table, event, rows, fading(self.decay, self.window)[known], item)


@dataclass(frozen=True)
class BlockRidge(Ridge):
    """The same with weights of their own for the items of the current block and those before it."""

    name = "block_ridge"
    words = ("often on the same page as, or a page after, {event}", "seldom on your latest pages")
    blocks = True
