"""Fits in memory all that the stages fit: sources, ranking datasets and ranker."""

from dataclasses import dataclass

from recommender.features.context import ItemTable
from recommender.log.further import text_features
from recommender.log.histories import Histories, Ints
from recommender.ranking.build import ask_the_past, training_rows, validation_rows
from recommender.ranking.dataset import RankingRows
from recommender.ranking.settings import ModelParams
from recommender.ranking.training import RankingTable, Trained, fit_ranker
from recommender.retrieval.knowledge import Knowledge, fit_knowledge


@dataclass(frozen=True)
class Fitted:
    """What the stages up to train_ranker leave.

    Attributes:
        histories: the events of train and validation.
        items: what is known of the items.
        knowledge: what was fitted to these events.
        names: of the features.
        past: the ranking dataset of past requests.
        check: that of the validation requests.
        trained: the ranker, to serve with, and as validated.
    """

    histories: Histories
    items: ItemTable
    knowledge: Knowledge
    names: list[str]
    past: RankingTable
    check: RankingTable
    trained: Trained


def fit(histories: Histories, ends: Ints, items: ItemTable, params: ModelParams) -> Fitted:
    """Fit what the stages train_svd, train_sequence, build_ranking and train_ranker fit.

    Args:
        histories: the events of train and validation.
        ends: how many events each user has before the validation events, int64 (n_users,).
        items: what is known of the items.
        params: all parameters.

    Raises:
        DataError, ParameterError: the log is too short.
    """
    known = histories.until(ends)
    past = training_rows(known, ask_the_past(known, int((histories.lengths - ends).sum()), params), items, params)
    check = validation_rows(histories, ends, fit_knowledge(known, params), items, params)
    trained = fit_ranker(as_table(past), as_table(check), params)
    knowledge = fit_knowledge(histories, params)
    return Fitted(histories, items, knowledge, past.names, as_table(past), as_table(check), trained)


def as_table(rows: RankingRows) -> RankingTable:
    """Return what the ranker needs of a ranking dataset."""
    return RankingTable(rows.request, rows.label, rows.features, rows.time, text_features(rows.names))
