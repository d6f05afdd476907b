"""What followed what: shortly after, before or after, and after a similar pause."""

from dataclasses import dataclass
from functools import partial, reduce
from operator import add
from typing import Self

import numpy as np
import scipy.sparse as sp

from recommender.log.histories import Ints
from recommender.log.views import View, fading
from recommender.retrieval.item_to_item import ItemToItem, TableSource
from recommender.retrieval.lookups import Lookup
from recommender.retrieval.pairs import N_GAPS, PairCounter, gap_bucket, pair_counter
from recommender.retrieval.pruning import keep_largest, normalise
from recommender.retrieval.source import Parts, Training, table_parts


@dataclass(frozen=True)
class Transitions(ItemToItem):
    """Scores an item by how often it followed the latest events."""

    name = "transitions"
    words = ("often chosen right after {event}", "seldom chosen right after your latest items")
    in_blocks = True

    @classmethod
    def fit(cls, training: Training) -> Self:
        """Count what followed what."""
        return cls(training.once(transition_tables)["transitions"], training.sequence.decay)


@dataclass(frozen=True)
class Neighbours(ItemToItem):
    """Scores an item by how often it was near the latest events, before or after them."""

    name = "neighbours"
    words = ("often chosen right before or after {event}", "seldom chosen close to your latest items")
    in_blocks = True

    @classmethod
    def fit(cls, training: Training) -> Self:
        """Count what is near what."""
        return cls(training.once(transition_tables)["neighbours"], training.sequence.decay)


@dataclass(frozen=True)
class Gaps(TableSource):
    """Scores an item by how often it followed the latest events after a similar pause.

    Attributes:
        tables: one per bucket of `pairs.gap_bucket`, float32 (n_items, n_items).
        decay: weight of each event of the history relative to the next later one.
        window: events that count.
    """

    name = "gaps"
    words = ("often chosen after a similar pause, following {event}", "seldom chosen so long after your items")
    needs_request_time = True
    in_blocks = True

    tables: tuple[sp.csr_array, ...]
    decay: float
    window: int

    @classmethod
    def fit(cls, training: Training) -> Self:
        """Count what followed what, by the time between the two."""
        tables = training.once(transition_tables)
        gaps = tuple(tables[f"gap_{at}"] for at in range(N_GAPS))
        return cls(gaps, training.sequence.decay, training.sequence.window)

    def item_tables(self) -> tuple[sp.csr_array, ...]:
        """Return the table of each bucket."""
        return self.tables

    def lookup(self, view: View) -> Lookup:
        """Return the rows of the latest events, each in the table of the time since it."""
        rows = view.recent.item + gap_bucket(view.recent.seconds) * view.histories.n_items
        return Lookup(self.tables[0], fading(self.decay, self.window), rows)

    def parts(self, view: View, item: Ints) -> Parts:
        """Return what each event adds through the table of the time since it."""
        known = view.recent.item[0] >= 0
        event, bucket = view.recent.item[0, known], gap_bucket(view.recent.seconds[0, known])
        weights = fading(self.decay, self.window)[known]
        parts = [table_parts(t, event, event, weights * (bucket == at), item).part for at, t in enumerate(self.tables)]
        return Parts(event, np.sum(parts, axis=0))


def counter(training: Training) -> PairCounter:
    """Prepare to count the pairs of the events that are fitted to."""
    return pair_counter(training.histories, training.sequence.window, training.sequence.decay)


def transition_tables(training: Training) -> dict[str, sp.csr_array]:
    """Count what follows what, normalise by popularity and prune.

    Users walk through a site page by page: what follows within a second, within a minute and on another day differs.

    Returns:
        float32 (n_items, n_items) each, row i for item i: `gap_0` ... (what followed after that time), `transitions`
        (after any time), `neighbours` (before or after), `pairs` (counts of the same, not normalised).
    """
    popularity, kept = training.histories.counts, training.sequence.neighbours
    pairs = training.once(counter)
    block = partial(_block, pairs, popularity, kept, training.symmetric)
    rows = [*training.engine.map(block, pairs.blocks())]
    return {name: sp.csr_array(sp.vstack([part.pop(name) for part in rows], format="csr")) for name in [*rows[0]]}


def _block(
    pairs: PairCounter, popularity: Ints, kept: int, symmetric: bool, block: tuple[int, int]
) -> dict[str, sp.csr_array]:
    after, before = pairs.after(*block), pairs.before(*block)
    directed = reduce(add, after)
    both = directed + reduce(add, before)
    if symmetric:
        after[0] = after[0] + before[0]
    start = block[0]
    tables = {f"gap_{at}": normalise(after[at], start, popularity, 0.5, 0.25) for at in range(N_GAPS)}
    tables["transitions"] = normalise(directed, start, popularity, 0.5, 0.0)
    tables["neighbours"] = normalise(both, start, popularity, 0.5, 0.5)
    tables["pairs"] = both
    return {name: keep_largest(table, kept) for name, table in tables.items()}
