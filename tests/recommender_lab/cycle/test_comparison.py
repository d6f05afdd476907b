import numpy as np
import pandas as pd

from recommender.files import write_table
from recommender_lab.cycle.comparison import compare_runs, is_worse


def run_of(folder, name, share):
    """A run in which this share of 400 users has a hit at rank 1."""
    hits = (np.arange(400) < 400 * share).astype(float)
    frame = pd.DataFrame({"user_id": np.arange(400), "policy": "two_stage", "hit@10": hits, "ndcg@10": hits})
    write_table(frame, folder / f"{name}.parquet")
    return folder / f"{name}.parquet"


def test_only_a_clear_loss_is_worse(tmp_path):
    """A fifth of the users lose their hit, or one of 400 does."""
    old = run_of(tmp_path, "old", 0.5)
    assert is_worse(compare_runs(old, run_of(tmp_path, "lost", 0.3)))
    assert not is_worse(compare_runs(old, run_of(tmp_path, "noise", 0.4975)))
    assert not is_worse(compare_runs(old, run_of(tmp_path, "better", 0.7)))
    assert not is_worse(compare_runs(old, old))
