import numpy as np
import pandas as pd
import pytest

from benchmarks.params import Params
from benchmarks.trial import Evaluator
from benchmarks.user_columns import METRIC, measure
from recommender.files import read_table
from recommender.params import load
from recommender.parts import read_events


@pytest.fixture
def tables(project):
    users = pd.DataFrame({"user_id": np.arange(30), "taste": pd.array(["even", "odd"] * 15, "str")})
    train, valid = (read_events(project / f"data/split/{name}.parquet") for name in ("train", "valid"))
    return [train, valid, read_table(project / "data/prepared/items.parquet"), users]


def test_the_difference_is_that_of_the_two_means(project, tables):
    params = load(Params, project / "params.yaml")
    found = measure(Evaluator(*tables), params, tie_seeds=1, ranker_seeds=1)
    gap, validation = found["validation"]["with_minus_without"], found["validation"]
    assert gap["difference"] == pytest.approx(validation["with"] - validation["without"])
    assert gap["low"] <= gap["difference"] <= gap["high"]
    assert gap["users"] == 30
    assert METRIC == "ndcg@10"


def test_the_other_side_has_the_features(project, tables):
    params = load(Params, project / "params.yaml")
    on = params.model_copy(update={"features": params.features.model_copy(update={"user_columns": True})})
    evaluator = Evaluator(*tables)
    names = [evaluator.rows(side, 0)[0].names for side in (params, on)]
    assert set(names[1]) - set(names[0]) == {"user_text_taste", "user_lift_taste"}
