"""Validation NDCG@10 of some parameters, in memory; what they share with the last trial is not made again.

It knows data/split/{train,valid}.parquet alone: no test event is read, not even as a past one under another tie seed.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel

from benchmarks.params import Params
from recommender.columns import USER
from recommender.features.context import ItemTable
from recommender.log.histories import Histories, Ints, lengths_without
from recommender.log.splitting import order_events
from recommender.log.views import draw_users, next_requests
from recommender.ndcg import ndcg
from recommender.ranking.build import ask_the_past
from recommender.ranking.dataset import RankingRows, build_rows, next_events
from recommender.ranking.described import describe_all
from recommender.ranking.fitting import as_table
from recommender.ranking.training import EVALUATED_AT, train
from recommender.retrieval.knowledge import Knowledge, active_sizes, fit_knowledge
from recommender.retrieval.top import rank_in_row
from recommender.seeds import seed_for

Gains = NDArray[np.float64]
Made = TypeVar("Made")


@dataclass
class Evaluator:
    """Runs trials; one at a time.

    Attributes:
        train: the training events.
        valid: the validation events.
        items: the table of items.
        users: the table of users; None if no trial uses their further columns.
        kept: the last result of each step, by step and tie seed, with what it was made from.
    """

    train: pd.DataFrame
    valid: pd.DataFrame
    items: pd.DataFrame
    users: pd.DataFrame | None = None
    kept: dict[tuple[str, int], tuple[Hashable, Any]] = field(default_factory=dict)

    def gains(self, params: Params, tie_seed: int, numbers: Sequence[int]) -> Gains:
        """Return NDCG@10 of each validation request, the mean over rankers of some seeds, float64 (n_requests,).

        Args:
            params: the parameters; `split.tie_seed` and `train_ranker.seeds` are not used.
            tie_seed: gives the events of one instant another order, so that another of them may be the target.
            numbers: of the rankers' seeds, as in stage train_ranker.
        """
        rows, valid = self.rows(params, tie_seed)
        tables = as_table(rows), as_table(valid)
        seeds = [seed_for(params.base.seed, "ranker", number) for number in numbers]
        rankers = [train(*tables, params.train_ranker, [seed])[0] for seed in seeds]
        return np.mean([gains_of(valid, ranker.predict(valid.features)) for ranker in rankers], axis=0)

    def rows(self, params: Params, tie_seed: int) -> tuple[RankingRows, RankingRows]:
        """Return the ranking dataset of stage build_ranking: training rows and validation rows."""
        sections = (params.candidates, params.features, params.sequence, params.neural, params.train_svd)
        return self._keep("rows", tie_seed, _key(*sections, params.build_ranking), lambda: self._rows(params, tie_seed))

    def _rows(self, params: Params, tie_seed: int) -> tuple[RankingRows, RankingRows]:
        features = _key(params.features)
        (histories, items), ends = self._keep("events", tie_seed, features, lambda: self._events(params, tie_seed))
        known, settings = histories.until(ends), params.build_ranking
        (past,) = ask_the_past(known, len(self.valid), params)  # several only under global time
        seeds = {name: seed_for(params.base.seed, name) for name in ("negatives", "valid_requests")}
        knowledge = self._fit("past", tie_seed, known.until(past.ends), params)
        rows = build_rows(
            *(known, past.requests, next_events(known, past.requests), knowledge, items, params.features),
            *(settings.label, settings.negatives, seeds["negatives"]),
        )
        knowledge = self._fit("valid", tie_seed, known, params)
        asked = next_requests(histories, ends, params.sequence.request_time)
        asked = draw_users(asked, settings.max_valid_requests, seeds["valid_requests"])
        return rows, build_rows(histories, asked, next_events(histories, asked), knowledge, items, params.features)

    def _fit(self, part: str, tie_seed: int, known: Histories, params: Params) -> Knowledge:
        network = _key(params.neural) if params.candidates.neural else ""
        columns = params.features.user_columns, params.features.request_columns
        key = (_key(params.sequence, params.train_svd), network, columns, known.lengths.tobytes())
        knowledge = self._keep(part, tie_seed, key, lambda: fit_knowledge(known, params))
        return replace(knowledge, sizes=active_sizes(params.candidates, params.sequence))

    def _events(self, params: Params, tie_seed: int) -> tuple[tuple[Histories, ItemTable], Ints]:
        train, valid = reordered(self.train, self.valid, params.split.ties, tie_seed)
        users = self.train[[USER]].drop_duplicates() if self.users is None else self.users
        described = describe_all([train, valid], self.items, users, params)
        return (described.histories, described.items), lengths_without(described.histories, valid)

    def _keep(self, step: str, tie_seed: int, key: Hashable, make: Callable[[], Made]) -> Made:
        before = self.kept.get((step, tie_seed))
        if before is None or before[0] != key:
            self.kept.pop((step, tie_seed), None)
            self.kept[step, tie_seed] = before = (key, make())
        return before[1]


def _key(*sections: BaseModel) -> str:
    return "\n".join(section.model_dump_json() for section in sections)


def reordered(train: pd.DataFrame, valid: pd.DataFrame, ties: Any, tie_seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Order the events by another tie seed, and hold out as many of each user as before.

    Args:
        train: events before validation.
        valid: events after them.
        ties: `hashed` or `file_order`, see `split.ties`.
        tie_seed: seed of the hash.

    Returns:
        Train and valid.
    """
    events = order_events(pd.concat([train, valid], ignore_index=True), ties, tie_seed)
    held_out = events[USER].map(valid[USER].value_counts()).fillna(0).to_numpy()
    last = events.groupby(USER, sort=False).cumcount(ascending=False).to_numpy() < held_out
    return events[~last], events[last]


def gains_of(rows: RankingRows, scores: Gains) -> Gains:
    """Return NDCG@10 of each request, 0 where retrieval missed the target, float64 (rows.n_requests,)."""
    positive = rows.label > 0
    rank = rank_in_row(rows.request, scores)[positive]
    hits = np.zeros((rows.n_requests, EVALUATED_AT), dtype=bool)
    hits[rows.request[positive], :] = rank[:, None] == np.arange(EVALUATED_AT)
    return ndcg(hits, np.ones(rows.n_requests, dtype=np.int64), EVALUATED_AT)
