"""Matrix factors and item neighbours as `implicit` builds them, on one thread.

ALS (Hu, Koren and Volinsky, 2008), BPR (Rendle et al., 2009), and items alike by the cosine of tf-idf weights.
"""

from typing import Any

import numpy as np
import pandas as pd
from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking
from implicit.nearest_neighbours import TFIDFRecommender

from benchmarks.peers.contract import Model, Settings, Task


def als(data: Task, settings: Settings) -> Model:
    """Factorise by alternating least squares; every event counts 1, `alpha` says how much more than none."""
    return _fitted(AlternatingLeastSquares(**settings, num_threads=1, random_state=0), data)


def bpr(data: Task, settings: Settings) -> Model:
    """Learn factors that rank what a user met above what not, by stochastic gradients."""
    return _fitted(BayesianPersonalizedRanking(**settings, num_threads=1, random_state=0), data)


def item_knn(data: Task, settings: Settings) -> Model:
    """Sum the similarities of an item to all that the user met, over its nearest `neighbours`."""
    return _fitted(TFIDFRecommender(K=settings["neighbours"], num_threads=1), data)


def _fitted(model: Any, data: Task) -> Model:
    met = data.matrix("float64" if isinstance(model, TFIDFRecommender) else "float32")
    model.fit(met, show_progress=False)

    def recommend(asked: Task, k: int) -> pd.DataFrame:
        """Return `user_id, rank, item_id, score`."""
        items, scores = model.recommend(asked.asked, met[asked.asked], N=k, filter_already_liked_items=True)
        return _table(asked, np.asarray(items), np.asarray(scores, dtype=np.float64))

    return Model(recommend, {})


def _table(asked: Task, items: np.ndarray, scores: np.ndarray) -> pd.DataFrame:
    """Return lists as a table; implicit fills up short ones with items met, at the lowest number, or with -1."""
    row, place = np.nonzero((items >= 0) & (scores > np.finfo(np.float32).min))
    return pd.DataFrame(
        {
            "user_id": asked.users[asked.asked[row]],
            "rank": (place + 1).astype(np.int32),
            "item_id": asked.items[items[row, place]],
            "score": scores[row, place],
        }
    )
