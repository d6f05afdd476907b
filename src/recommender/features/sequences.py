"""Features of the candidate and the latest events: what follows what, in the tables that the sources use."""

import numpy as np
import scipy.sparse as sp

from recommender.features.context import Context
from recommender.log.histories import Floats
from recommender.log.views import RECENT
from recommender.retrieval.contexts import BLOCK_SECONDS


def sequence_features(context: Context) -> dict[str, Floats]:
    """Look the candidate up in the rows of the latest events.

    A block is what the user did within two seconds of one another: mostly one page of a site.

    Args:
        context: n candidates.

    Returns:
        float32 (n,) each: `transitions_last` and `transitions_slow` (last event; decay 0.9), `neighbours_last`,
        `similarity_mean_5` and `_20` (last events), `order_last` and `order_recent` (embedding; last event; decay 0.8),
        `same_second_block` and `next_page_block` (the current block through the tables of pairs of one second and of
        one minute), `same_second_recent` (decay 0.8), `next_page_earlier` (the block before).
    """
    view, tables = context.view, context.knowledge.sequence.tables
    blocks = block_numbers(context)
    views = {
        "last": view.decayed(1.0, 1),
        "slow": view.decayed(0.9),
        "recent": view.decayed(0.8),
        "block": view.weigh_recent(blocks == 0),
        "earlier": view.weigh_recent(blocks == 1),
    }
    looked_up = {
        "transitions_last": views["last"] @ tables["transitions"],
        "transitions_slow": views["slow"] @ tables["transitions"],
        "neighbours_last": views["last"] @ tables["neighbours"],
        "similarity_mean_5": _mean_of(context, 5) @ tables["similarity"],
        "similarity_mean_20": _mean_of(context, 20) @ tables["similarity"],
        "same_second_block": views["block"] @ tables["gap_0"],
        "next_page_block": views["block"] @ tables["gap_1"],
        "same_second_recent": views["recent"] @ tables["gap_0"],
        "next_page_earlier": views["earlier"] @ tables["gap_1"],
    }
    order = {f"order_{name}": _order_match(context, views[name]) for name in ("last", "recent")}
    return {name: _pick(context, rows) for name, rows in looked_up.items()} | order


def block_numbers(context: Context) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Number the blocks of each request's latest events from the newest, 0; int64 (n_requests, RECENT)."""
    pauses = np.diff(context.view.recent.seconds, axis=1, prepend=context.view.recent.seconds[:, :1])
    return np.cumsum(pauses > BLOCK_SECONDS, axis=1)


def _mean_of(context: Context, size: int) -> sp.csr_array:
    known = np.minimum(np.maximum(context.view.requests.position, 1), size)
    return context.view.weigh_recent((np.arange(RECENT) < size) / known[:, None])


def _pick(context: Context, rows: sp.csr_array) -> Floats:
    """Read the candidates' entries of request x item scores."""
    return rows.toarray()[context.candidates.request, context.candidates.item]


def _order_match(context: Context, weights: sp.csr_array) -> Floats:
    """Compare the candidate's embedding with the weighted sum of the history's."""
    embedding, candidates = context.knowledge.sequence.embedding, context.candidates
    return np.einsum("ij,ij->i", (weights @ embedding)[candidates.request], embedding[candidates.item])
