"""Judges the ranker on validation: is it better than a constant score, and does it beat its own sources?"""

import logging
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.estimate import Estimate
from recommender.ndcg import ndcg
from recommender.ranking.ranker import Ranker
from recommender.ranking.settings import TrainRanker
from recommender.ranking.training import EVALUATED_AT, RankingTable
from recommender.retrieval.top import rank_in_row

Values = NDArray[np.float64]

FEWEST_REQUESTS = 10
"""Validation requests below which no source replaces the ranker."""
ALPHA = 0.05
SCORE = "_score"
"""Ends the names of the features that are a source's own score."""


@dataclass(frozen=True)
class Judged:
    """Result of a ranker on validation.

    Attributes:
        ndcg: its NDCG@10.
        learned: whether it gives different scores to any two candidates of a request.
        source: the best of its sources, with the NDCG@10 of that source's order of the same candidates; None if their
            scores are not among the features.
        source_ndcg: NaN without one.
        served_by: the source that is used instead of the ranker; None for the ranker.
    """

    ndcg: float
    learned: bool
    source: str | None
    source_ndcg: float
    served_by: str | None


def judge(valid: RankingTable, names: list[str], ranker: Ranker) -> Judged:
    """Compare a ranker with its own sources on the validation requests.

    A source is used instead if it is clearly better: on at least `FEWEST_REQUESTS` requests, the mean difference in
    NDCG@10 passes a one-sided t-test at 5 %, paired by request. The ranker has the advantage that these requests chose
    its number of trees, the source that it is the best of several.

    Args:
        valid: all candidates of the validation requests.
        names: of the features.
        ranker: the one that was stopped by them, so that it has not seen the test.
    """
    scores = ranker.predict(valid.features)
    starts = np.flatnonzero(np.diff(valid.request, prepend=-1))
    learned = bool((np.maximum.reduceat(scores, starts) > np.minimum.reduceat(scores, starts)).any())
    reached = gains(valid, scores)
    sources = {
        name.removesuffix(SCORE): gains(valid, valid.features[:, at].astype(np.float64))
        for at, name in enumerate(names)
        if name.endswith(SCORE)
    }
    best = max(sources, key=lambda name: float(sources[name].mean()), default=None)
    if best is None:
        return Judged(float(reached.mean()), learned, None, float("nan"), None)
    served_by = best if _clearly_below(reached - sources[best]) else None
    return Judged(float(reached.mean()), learned, best, float(sources[best].mean()), served_by)


def warn(judged: Judged, rows: int, settings: TrainRanker) -> None:
    """Log what a ranker failed at, if anything.

    Args:
        judged: the result on validation.
        rows: training rows.
        settings: of the training.
    """
    log = logging.getLogger(__name__)
    if not judged.learned:
        log.warning(
            "the ranker learnt nothing, it gives all candidates the same score; see train_ranker.learning_rate (%g), "
            "train_ranker.min_data_in_leaf (%d of %d rows) and the groups in features",
            *(settings.learning_rate, settings.min_data_in_leaf, rows),
        )
    if judged.served_by is not None:
        log.warning(
            "the ranker reaches NDCG@10 %.3f on validation, its source %s alone %.3f: two_stage is served by %s; use "
            "a longer log or fewer features",
            *(judged.ndcg, judged.served_by, judged.source_ndcg, judged.served_by),
        )


def mean_ndcg(table: RankingTable, scores: Values) -> float:
    """Return NDCG@10 over all requests; see `gains`."""
    return float(gains(table, scores).mean())


def gains(table: RankingTable, scores: Values) -> Values:
    """Return NDCG@10 of each request, 0 where retrieval missed the targets, float64 (n_requests,).

    Args:
        table: requests; where one has several positives, the best list is that of the positives in the table.
        scores: of each row.
    """
    row = np.repeat(np.arange(len(table.group_sizes)), table.group_sizes)
    rank = rank_in_row(row, scores)
    shown = (table.label > 0) & (rank < EVALUATED_AT)
    hits = np.zeros((len(table.group_sizes), EVALUATED_AT), dtype=bool)
    hits[row[shown], rank[shown]] = True
    positives = np.bincount(row, table.label, minlength=len(table.group_sizes)).astype(np.int64)
    return ndcg(hits, np.maximum(positives, 1), EVALUATED_AT)


def _clearly_below(gaps: Values) -> bool:
    n = len(gaps)
    if n < FEWEST_REQUESTS:
        return False
    return bool(Estimate(float(gaps.mean()), float(gaps.std(ddof=1)) / n**0.5, n - 1).interval(2 * ALPHA)[1] < 0)
