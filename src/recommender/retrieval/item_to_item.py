"""Scores that are weighted sums of the rows of item-to-item tables, one row per event of the history."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from recommender.log.histories import Ints
from recommender.log.views import RECENT, View, fading
from recommender.retrieval.lookups import Lookup, Stack
from recommender.retrieval.source import Parts, Source, table_parts
from recommender.retrieval.top import Scores


class TableSource(Source):
    """A source whose score is a lookup in tables, which is made together with those of other sources."""

    def item_tables(self) -> tuple[sp.csr_array, ...]:
        """Return the tables, float32 (n_rows, n_items) each; the lookup counts their rows from the first table on."""
        raise NotImplementedError

    def lookup(self, view: View) -> Lookup:
        """Return the lookup that gives the score, in the first table."""
        raise NotImplementedError

    def score(self, view: View) -> Scores:
        """Return the sums, float32 (n_requests, n_items)."""
        return Stack(self.item_tables()).sums(view, [self.lookup(view)])[0]


@dataclass(frozen=True)
class ItemToItem(TableSource):
    """Adds up the rows of the latest events' items.

    Attributes:
        table: float32 (n_items, n_items); row i holds the relevance of each item to a history that has item i.
        decay: weight of each event of the history relative to the next later one.
    """

    table: sp.csr_array
    decay: float

    def item_tables(self) -> tuple[sp.csr_array, ...]:
        """Return the table."""
        return (self.table,)

    def lookup(self, view: View) -> Lookup:
        """Return one row per event, later ones weighing more."""
        return Lookup(self.table, fading(self.decay, RECENT))

    def parts(self, view: View, item: Ints) -> Parts:
        """Return what each event adds to the scores of some items; see `Source.parts`."""
        known = view.recent.item[0] >= 0
        event = view.recent.item[0, known]
        return table_parts(self.table, event, event, self.decay ** np.arange(RECENT)[known], item)
