"""Tables of what follows what, by the time between the two, normalised by popularity and pruned."""

import numpy as np
import scipy.sparse as sp

from recommender.log.histories import Floats, Ints
from recommender.retrieval.pairs import N_GAPS, PairCounter, item_blocks
from recommender.retrieval.pruning import keep_largest, normalise


def transition_tables(counter: PairCounter, kept: int, symmetric: bool) -> dict[str, sp.csr_array]:
    """Count what follows what.

    People walk through a site page by page: what comes within a second, within a minute and on another day differs.

    Args:
        counter: of the events to learn from.
        kept: entries per row and table.
        symmetric: whether to count pairs of the same second both ways, as their order says nothing under hashed ties.

    Returns:
        float32 (n_items, n_items) each, row i for item i: `gap_0` ... (what followed after that time), `transitions`
        (whenever), `neighbours` (before or after), `pairs` (counts of the same, not normalised).
    """
    popularity = counter.histories.counts
    rows = [_block(counter, block, popularity, kept, symmetric) for block in item_blocks(len(popularity))]
    return {name: sp.csr_array(sp.vstack([part[name] for part in rows], format="csr")) for name in rows[0]}


def _block(
    counter: PairCounter, block: tuple[int, int], popularity: Ints, kept: int, symmetric: bool
) -> dict[str, sp.csr_array]:
    after, before = counter.after(*block), counter.before(*block)
    directed = after.sum(axis=0)
    both = directed + before.sum(axis=0)
    if symmetric:
        after[0] += before[0]
    start = block[0]
    tables: dict[str, Floats] = {
        f"gap_{at}": normalise(after[at], start, popularity, 0.5, 0.25) for at in range(N_GAPS)
    }
    tables["transitions"] = normalise(directed, start, popularity, 0.5, 0.0)
    tables["neighbours"] = normalise(both, start, popularity, 0.5, 0.5)
    tables["pairs"] = np.asarray(both)
    return {name: keep_largest(table, kept) for name, table in tables.items()}
