import numpy as np
import pandas as pd
import pytest

from benchmarks import synthetic_log
from benchmarks.synthetic_log import generate, main


@pytest.fixture(scope="module")
def log():
    return generate(users=600, items=2000, events=15_000, seed=1)


def test_the_same_arguments_give_the_same_log(log):
    pd.testing.assert_frame_equal(log, generate(600, 2000, 15_000, seed=1))


def test_another_seed_gives_another_log(log):
    assert not log["item_id"].equals(generate(600, 2000, 15_000, seed=2)["item_id"])


def test_it_has_the_rows_users_and_columns_asked_for(log):
    assert len(log) == 15_000
    assert log["user_id"].nunique() == 600
    assert log["item_id"].between(1, 2000).all()
    assert dict(log.dtypes.astype(str)) == {
        "user_id": "int64",
        "item_id": "int64",
        "rating": "int8",
        "timestamp": "int64",
    }


def test_no_user_meets_an_item_twice(log):
    assert not log.duplicated(["user_id", "item_id"]).any()


def test_rows_stand_in_order_of_time(log):
    assert log["timestamp"].is_monotonic_increasing
    assert log["timestamp"].iloc[0] > 1_400_000_000


def test_ratings_are_1_to_5(log):
    assert sorted(log["rating"].unique()) == [1, 2, 3, 4, 5]


def test_a_few_items_take_most_events(log):
    counts = log["item_id"].value_counts()
    assert counts.iloc[:400].sum() > 0.5 * len(log)
    assert counts.median() < counts.mean()


def test_some_users_have_many_more_events_than_others(log):
    lengths = log["user_id"].value_counts()
    assert lengths.max() > 4 * lengths.median()


def test_the_last_item_says_much_about_the_next(log):
    ordered = log.sort_values(["user_id", "timestamp"], kind="stable")
    same = (ordered["user_id"] == ordered["user_id"].shift()).to_numpy()
    pairs = pd.Series(list(zip(ordered["item_id"].shift()[same], ordered["item_id"][same], strict=True)))
    shuffled = pd.Series(
        list(
            zip(ordered["item_id"].shift()[same], ordered["item_id"][same].sample(frac=1, random_state=0), strict=True)
        )
    )
    assert pairs.duplicated().mean() > 1.3 * shuffled.duplicated().mean()


def test_users_come_in_sessions_and_some_events_share_a_second(log):
    gaps = log.sort_values(["user_id", "timestamp"]).groupby("user_id")["timestamp"].diff().dropna()
    assert (gaps < 300).mean() > 0.8
    assert (gaps > 3600).mean() > 0.03
    assert (gaps == 0).any()


@pytest.mark.parametrize(("users", "items", "events"), [(1, 2, 1), (3, 2, 3), (2, 50, 50), (10, 8, 40)])
def test_small_and_full_logs_have_the_events_asked_for(users, items, events):
    log = generate(users, items, events, seed=0)
    assert (len(log), log["user_id"].nunique()) == (events, users)
    assert not log.duplicated(["user_id", "item_id"]).any()


def test_more_events_than_fit_are_refused(capsys, tmp_path):
    with pytest.raises(ValueError, match="events: 101 is not in 10 "):
        generate(10, 20, 101, seed=0)
    with pytest.raises(SystemExit):
        main([str(tmp_path / "log.csv"), "--users", "10", "--items", "20", "--events", "9"])
    assert "events: 9 is not in 10" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("name", "read"), [("log.csv", pd.read_csv), ("log.parquet", pd.read_parquet)])
def test_the_command_line_writes_csv_and_parquet(tmp_path, capsys, name, read):
    path = tmp_path / "new" / name
    assert main([str(path), "--users", "5", "--items", "30", "--events", "40", "--seed", "3"]) == 0
    pd.testing.assert_frame_equal(read(path), generate(5, 30, 40, seed=3), check_dtype=False)
    assert "40 events, 5 users" in capsys.readouterr().out


def test_a_log_in_parts_has_all_users_and_events_and_one_choice_of_items(tmp_path):
    logs = []
    for name in ("one.parquet", "two.parquet"):
        synthetic_log.save_parts(tmp_path / name, users=600, items=2000, events=15_000, parts=3, seed=1)
        logs.append(pd.read_parquet(tmp_path / name))
    pd.testing.assert_frame_equal(*logs)
    assert len(logs[0]) == 15_000
    assert sorted(logs[0]["user_id"].unique()) == [*range(1, 601)]
    assert not logs[0].duplicated(["user_id", "item_id"]).any()
    parts = [logs[0].loc[logs[0]["user_id"].between(first, first + 199), "item_id"] for first in (1, 201, 401)]
    counts = [np.bincount(part, minlength=2001) for part in parts]
    assert np.corrcoef(counts).min() > 0.5  # it would be about 0 if each part had popular items of its own


def test_lengths_add_up_within_their_bounds():
    lengths = synthetic_log.draw_lengths(50, 400, 10, np.random.default_rng(0))
    assert lengths.sum() == 400
    assert lengths.min() >= 1
    assert lengths.max() == 10
