import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.log.histories import build_histories
from recommender.retrieval import pairs
from recommender.retrieval.pairs import N_GAPS, gap_bucket, item_blocks, pair_counter
from tests.logs import histories_of, sequences, short_logs


def dense(tables):
    """The tables of each gap, (N_GAPS, m, n_items)."""
    return np.stack([table.toarray() for table in tables])


def after(histories, window, decay):
    """All pairs in one table, whatever the time between the two."""
    return dense(pair_counter(histories, window, decay).after(0, histories.n_items)).sum(axis=0)


def after_by_loops(histories, window, decay):
    table = np.zeros((histories.n_items, histories.n_items))
    for row in np.split(histories.item, histories.indptr[1:-1]):
        for at, item in enumerate(row):
            for lag, later in enumerate(row[at + 1 : at + 1 + window]):
                table[item, later] += decay**lag
    return table


class TestAfter:
    def test_three_items_with_decay(self):
        """In "abc" b follows a, c follows b, and c follows a with one between: 0.8."""
        counts = after(histories_of({1: "abc"}), window=2, decay=0.8)
        assert counts == pytest.approx(np.array([[0, 1, 0.8], [0, 0, 1], [0, 0, 0]]))

    def test_the_window_ends_it(self):
        assert after(histories_of({1: "abc"}), window=1, decay=0.8).sum() == 2

    def test_users_add_up_and_do_not_run_into_one_another(self):
        assert after(histories_of({1: "ab", 2: "ab", 3: "ba"}), window=5, decay=0.5).tolist() == [[0, 2], [1, 0]]

    def test_a_window_longer_than_the_log(self):
        assert not after(histories_of({1: "a"}), window=9, decay=1).any()

    @given(events=short_logs(), window=st.integers(1, 4))
    def test_against_loops(self, events, window):
        histories = build_histories([events])
        assert after(histories, window, 0.5) == pytest.approx(after_by_loops(histories, window, 0.5))

    def test_relabelling_users_changes_nothing(self):
        tables = [after(histories_of(log), 3, 0.5) for log in ({1: "abc", 2: "cb"}, {9: "abc", 5: "cb"})]
        assert tables[0].tolist() == tables[1].tolist()


@given(events=short_logs(), window=st.integers(1, 4))
def test_before_is_after_turned_round(events, window):
    counter = pair_counter(build_histories([events]), window, 0.5)
    n_items = counter.histories.n_items
    assert dense(counter.before(0, n_items)) == pytest.approx(dense(counter.after(0, n_items)).transpose(0, 2, 1))


@given(events=short_logs(), cut=st.integers(0, 8))
def test_blocks_of_items_put_together_are_the_whole(events, cut):
    counter = pair_counter(build_histories([events]), 3, 0.5)
    n_items = counter.histories.n_items
    parts = [dense(counter.after(*block)) for block in ((0, min(cut, n_items)), (min(cut, n_items), n_items))]
    assert np.concatenate(parts, axis=1).tolist() == dense(counter.after(0, n_items)).tolist()


@given(events=short_logs())
def test_margins_are_the_sums_of_the_counts(events):
    counter = pair_counter(build_histories([events]), 3, 0.5)
    table = after_by_loops(counter.histories, 3, 0.5)
    assert counter.margins() == pytest.approx(table.sum(axis=0) + table.sum(axis=1))


@pytest.mark.parametrize(("pause", "bucket"), [(0, 0), (1, 1), (60, 1), (61, 2), (601, 3), (86_401, 4)])
def test_a_pair_counts_in_the_table_of_its_pause(pause, bucket):
    counter = pair_counter(build_histories([sequences({1: "ab"}, pause=pause)]), 5, 0.5)
    assert dense(counter.after(0, 2))[:, 0, 1].tolist() == [float(at == bucket) for at in range(N_GAPS)]
    assert dense(counter.before(0, 2))[:, 1, 0].tolist() == dense(counter.after(0, 2))[:, 0, 1].tolist()


def test_buckets():
    seconds = np.array([0, 1, 60, 61, 600, 601, 86_400, 86_401])
    assert gap_bucket(seconds).tolist() == [0, 1, 1, 2, 2, 3, 3, 4]


@pytest.mark.parametrize(
    ("work", "blocks"),
    [
        ([4, 4, 4, 4, 4], [(0, 2), (2, 4), (4, 5)]),
        ([0, 10, 0, 1, 0], [(0, 3), (3, 5)]),
        ([99, 1, 99], [(0, 1), (1, 2), (2, 3)]),
        ([0, 0], [(0, 2)]),
        ([], []),
    ],
)
def test_blocks_have_bounded_work_and_cover_all_items(monkeypatch, work, blocks):
    monkeypatch.setattr(pairs, "BLOCK_WORK", 10)
    assert item_blocks(np.array(work, dtype=np.int64)) == blocks
