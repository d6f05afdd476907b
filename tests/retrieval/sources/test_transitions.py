import numpy as np
import pytest

from recommender.log.histories import build_histories
from recommender.retrieval import pairs
from recommender.retrieval.pairs import N_GAPS
from recommender.retrieval.sources.transitions import transition_tables
from tests.knowing import settings, training
from tests.logs import checkerboard, histories_of, sequences

NAMES = [*(f"gap_{at}" for at in range(N_GAPS)), "transitions", "neighbours", "pairs"]


def tables_of(histories, kept=50, symmetric=False, window=2, decay=0.5):
    sequence = settings(neighbours=kept, window=window, decay=decay)
    found = transition_tables(training(histories, sequence, symmetric))
    return {name: table.toarray() for name, table in found.items()}


def test_the_tables_by_hand():
    """In "ab", a minute apart, b follows a once; each item has one event, and five more by the shrinkage: 1 + 5."""
    tables = tables_of(histories_of({1: "ab"}))
    assert list(tables) == NAMES
    assert tables["pairs"].tolist() == [[0, 1], [1, 0]]
    assert tables["transitions"] == pytest.approx(np.array([[0, 6**-0.5], [0, 0]]), abs=1e-6)
    assert tables["neighbours"] == pytest.approx(np.array([[0, 1 / 6], [1 / 6, 0]]), abs=1e-6)
    assert tables["gap_1"] == pytest.approx(np.array([[0, 6**-0.75], [0, 0]]), abs=1e-6)
    assert not any(tables[f"gap_{at}"].any() for at in (0, 2, 3, 4))


@pytest.mark.parametrize(("symmetric", "back"), [(True, 6**-0.75), (False, 0)])
def test_pairs_of_one_second_count_both_ways_where_their_order_says_nothing(symmetric, back):
    tables = tables_of(build_histories([sequences({1: "ab"}, pause=0)]), symmetric=symmetric)
    assert tables["gap_0"] == pytest.approx(np.array([[0, 6**-0.75], [back, 0]]), abs=1e-6)
    assert tables["transitions"][1, 0] == 0


def test_rows_are_cut_to_the_largest():
    tables = tables_of(histories_of({1: "abcd", 2: "ab"}), kept=1, window=3)
    assert all(((table != 0).sum(axis=1) <= 1).all() for table in tables.values())
    assert tables["transitions"][0, 1] > 0


def test_the_size_of_the_blocks_changes_nothing(monkeypatch):
    board = build_histories([checkerboard()])
    whole = tables_of(board)
    monkeypatch.setattr(pairs, "BLOCK_WORK", 5)
    assert all((table == whole[name]).all() for name, table in tables_of(board).items())
