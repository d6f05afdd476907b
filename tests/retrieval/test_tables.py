import numpy as np
import pytest

from recommender.errors import DataError
from recommender.files import read_arrays, write_arrays
from recommender.log.histories import build_histories
from recommender.retrieval.tables import fit_tables, from_arrays, to_arrays
from tests.knowing import busy_log, settings
from tests.logs import histories_of, is_sparse_equal, sequences

HISTORIES = busy_log()
NAMES = {*(f"gap_{at}" for at in range(5)), "transitions", "neighbours", "similarity", "ease", "ridge", "block_ridge"}


@pytest.fixture(scope="module")
def fitted():
    return fit_tables(HISTORIES, settings(neighbours=5), symmetric=True, seed=0)


def is_equal(left, right):
    same = [is_sparse_equal(left.tables[name], right.tables[name]) for name in left.tables]
    return all(same) and left.tables.keys() == right.tables.keys() and (left.embedding == right.embedding).all()


def test_names_shapes_and_sizes(fitted):
    assert set(fitted.tables) == NAMES
    for name, table in fitted.tables.items():
        assert table.shape == ((40 if "ridge" in name else 20), 20)
        assert table.dtype == np.float32
        assert np.diff(table.indptr).max() <= 5


def test_they_come_back_from_a_file_as_they_were(fitted, tmp_path):
    write_arrays(tmp_path / "tables.npz", to_arrays(fitted, HISTORIES.items))
    again = from_arrays(read_arrays(tmp_path / "tables.npz"), HISTORIES.items, "tables.npz")
    assert is_equal(again, fitted)


@pytest.mark.parametrize("arrays", [{}, {"item_ids": np.arange(3)}])
def test_tables_of_other_items_are_refused(fitted, arrays):
    with pytest.raises(DataError, match=r"models/x.npz: fitted on other items"):
        from_arrays(to_arrays(fitted, HISTORIES.items[1:]) | arrays, HISTORIES.items, "models/x.npz")


def test_the_same_twice_and_no_trace_in_the_histories(fitted):
    again = fit_tables(HISTORIES, settings(neighbours=5), symmetric=True, seed=0)
    assert is_equal(again, fitted)
    assert (HISTORIES.time == busy_log().time).all()


@pytest.mark.parametrize(
    "histories",
    [
        histories_of({1: "a", 2: "b", 3: "a"}),
        histories_of({1: "a"}),
        histories_of({1: "ab"}),
        histories_of({1: "abc", 2: "cb", 3: "a"}, pause=0),
        build_histories([sequences({1: "abcd", 2: "dab"})]).until(np.array([3, 2])),
        histories_of({1: "abc", 2: "d"}).until(np.array([3, 0])),
    ],
    ids=["no pairs", "one event", "two items", "all in one second", "an item without events", "a user without events"],
)
def test_odd_logs_give_finite_tables(histories):
    fitted = fit_tables(histories, settings(), symmetric=True, seed=0)
    assert all(np.isfinite(table.data).all() for table in fitted.tables.values())
    assert np.isfinite(fitted.embedding).all()


def test_what_is_not_in_the_events_is_not_in_the_tables():
    """An item without events speaks for nothing, and nothing speaks for it."""
    fitted = fit_tables(histories_of({1: "abcd", 2: "abc"}).until(np.array([3, 3])), settings(), True, 0)
    assert all(not {3, 7} & {*table.tocoo().row, *table.tocoo().col} for table in fitted.tables.values())
    assert not fitted.embedding[3].any()
