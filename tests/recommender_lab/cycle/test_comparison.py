import shutil

import numpy as np
import pandas as pd

from recommender.files import write_table
from recommender_lab.cycle.comparison import Run, compare_runs, is_worse, same_tests
from tests.logs import save_events


def run_of(folder, name, share, changed=0):
    """A run in which this share of 400 users has a hit at rank 1; the first ones have another test event."""
    hits = (np.arange(400) < 400 * share).astype(float)
    frame = pd.DataFrame({"user_id": np.arange(400), "policy": "two_stage", "hit@10": hits, "ndcg@10": hits})
    write_table(frame, folder / f"{name}.parquet")
    items = np.where(np.arange(400) < changed, 2, 1)
    save_events(events_of(np.arange(400), items), folder / f"{name}.test.parquet")
    return Run(folder / f"{name}.parquet", folder / f"{name}.test.parquet")


def events_of(users, items):
    return pd.DataFrame({"user_id": users, "item_id": items, "timestamp": 0})


def test_only_a_clear_loss_is_worse(tmp_path):
    """A fifth of the users lose their hit, or one of 400 does."""
    old = run_of(tmp_path, "old", 0.5)
    assert is_worse(compare_runs(old, run_of(tmp_path, "lost", 0.3)))
    assert not is_worse(compare_runs(old, run_of(tmp_path, "noise", 0.4975)))
    assert not is_worse(compare_runs(old, run_of(tmp_path, "better", 0.7)))
    assert not is_worse(compare_runs(old, old))


def test_users_with_another_test_event_do_not_count(tmp_path):
    """All 120 users who lose their hit have a new event; without them, nothing changed."""
    old = run_of(tmp_path, "old", 0.3)
    assert is_worse(compare_runs(old, run_of(tmp_path, "lost", 0.0)))
    assert not is_worse(compare_runs(old, run_of(tmp_path, "asked", 0.0, changed=120)))
    assert compare_runs(old, run_of(tmp_path, "all", 0.0, changed=400)) == []
    shutil.rmtree(old.test)
    assert compare_runs(old, run_of(tmp_path, "lost", 0.0)) == []


def test_the_same_tests_are_all_events_of_a_user():
    old = events_of([1, 1, 2, 3], [10, 11, 10, 10])
    new = events_of([1, 2, 3, 3, 4], [10, 10, 10, 12, 10])
    assert same_tests(old, new).tolist() == [2]
