import numpy as np
import pandas as pd
import pytest

from benchmarks.ties import means, measure
from recommender.log.splitting import last_interaction, order_events
from tests.logs import sequences

# User 1 goes on to c, user 2 to h; user 3 is too short to be asked.
PARTS = last_interaction(order_events(sequences({1: "abc", 2: "cah", 3: "hb"}), "hashed", 0))
ITEMS = pd.DataFrame({"item_id": list("abch")})


def shown(*rows):
    frame = pd.DataFrame(rows, columns=["user_id", "rank", "item_id"])
    return frame.assign(score=-frame["rank"])


def test_each_user_has_a_value_and_the_mean_is_over_users():
    found = measure(
        PARTS, ITEMS, {"svd": shown((1, 1, "c"), (2, 1, "b")), "ease": shown((1, 1, "h"), (1, 2, "c"))}, [10]
    )
    assert found["svd"].to_dict("list") == {"hit@10": [1, 0], "ndcg@10": [1, 0]}
    averages = means(found)
    assert averages["svd"] == {"hit@10": 1 / 2, "ndcg@10": 1 / 2}
    assert averages["ease"]["ndcg@10"] == pytest.approx(1 / np.log2(3) / 2)
