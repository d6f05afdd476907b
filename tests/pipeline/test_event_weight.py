"""The example of docs/own-log.md: seconds watched as the rating, and their logarithm as the weight of an event."""

from dataclasses import replace

import numpy as np
import pandas as pd

from recommender.files import read_arrays
from recommender.log.histories import build_histories
from recommender.params import load
from recommender.parts import read_events
from recommender.retrieval.knowledge import fit_svd
from recommender.retrieval.settings import SvdParams
from tests.project.project import make_project, run_stages

STAGES = ["download", "prepare", "split", "train_svd"]


def test_an_event_weighs_the_logarithm_of_its_seconds(tmp_path):
    """The factors are those of a log whose ratings are log(1 + seconds)."""
    make_project(tmp_path, {"dataset.columns.rating": "watch_seconds", "train_svd.values": "log_count"})
    path = tmp_path / "data/local/log.csv"
    log = pd.read_csv(path).drop(columns="rating")
    seconds = 10 + 37 * np.arange(len(log)) % 5000
    log.assign(watch_seconds=seconds).to_csv(path, index=False)
    assert run_stages(tmp_path, STAGES) == dict.fromkeys(STAGES, 0)
    parts = [read_events(tmp_path / f"data/split/{name}.parquet") for name in ("train", "valid")]
    assert set(pd.concat(parts)["rating"]) <= set(seconds.tolist())
    histories = build_histories(parts)
    params = load(SvdParams, tmp_path / "params.yaml")
    plain = params.model_copy(update={"train_svd": params.train_svd.model_copy(update={"values": "rating"})})
    expected = fit_svd(replace(histories, rating=np.log1p(histories.rating)), plain)
    found = read_arrays(tmp_path / "models/svd/serving.npz")
    np.testing.assert_array_equal(found["factors"], expected.factors)
