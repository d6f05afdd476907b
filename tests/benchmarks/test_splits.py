import pandas as pd
import pytest

from benchmarks.splits import compare, cut, variants
from recommender.params import load
from recommender.splitting import order_events
from tests.logs import log

EVENTS = log(*((user, f"{user}{day}", 1, 86_400 * day) for user in (1, 2) for day in range(12)))


def test_the_last_events_of_each_user_are_cut_off():
    ordered = order_events(EVENTS, "hashed", 0)
    left = cut(ordered, 3)
    assert left["user_id"].value_counts().tolist() == [9, 9]
    assert left["item_id"].tolist() == [f"{user}{day}" for user in (1, 2) for day in range(9)]
    assert cut(ordered, 0).equals(ordered)


def test_every_cut_and_global_time_hold_out_what_comes_next():
    found = {name: (parts, params) for name, parts, params in variants(EVENTS, load(), [0, 2])}
    assert list(found) == ["last 0 events cut off", "last 2 events cut off", "global time"]
    assert found["last 0 events cut off"][0].test["item_id"].tolist() == ["111", "211"]
    assert found["last 2 events cut off"][0].test["item_id"].tolist() == ["19", "29"]
    parts, params = found["global time"]
    assert params.split.method == "global_time"
    assert parts.test["timestamp"].min() > pd.concat([parts.train, parts.valid])["timestamp"].max()


def test_ratios_to_svd_and_to_the_best_source_which_is_no_policy():
    values = {"two_stage": 0.3, "svd": 0.1, "popularity": 0.25, "ease": 0.2, "ridge": 0.15}
    found = compare({name: {"ndcg@10": value} for name, value in values.items()})
    assert found["best_source"] == "ease"
    assert found["over_svd"] == pytest.approx(3)
    assert found["over_best_source"] == pytest.approx(1.5)
