"""LightFM with the WARP loss (Kula, 2015; Weston et al., 2011), ids alone, on one thread."""

import pandas as pd
from lightfm import LightFM

from benchmarks.peers.contract import Model, Settings, Task, Values, best


def fit(data: Task, settings: Settings) -> Model:
    """Learn factors and biases that rank what a user met above a sampled violator."""
    rest = {key: value for key, value in settings.items() if key != "epochs"}
    model = LightFM(loss="warp", random_state=0, **rest).fit(
        data.matrix().tocoo(), epochs=settings["epochs"], num_threads=1
    )
    (_, users), (bias, items) = model.get_user_representations(), model.get_item_representations()

    def scores(codes: Values) -> Values:
        """Return the scores of all items for some users."""
        return users[codes] @ items.T + bias

    def recommend(asked: Task, k: int) -> pd.DataFrame:
        """Return `user_id, rank, item_id, score`."""
        return best(asked, scores, k)

    return Model(recommend, {})
