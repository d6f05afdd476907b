from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.engine.local import Local
from recommender.features.settings import Features
from recommender.log.histories import build_histories
from recommender.log.views import Requests, View, timed
from recommender.ranking.dataset import Targets, build_rows, describe, following, next_events, sample, stack, to_frame
from recommender.ranking.training import table_of
from recommender.retrieval import top
from recommender.retrieval.candidates import CandidateSet
from tests.knowing import busy_log, items_for, know, params_of
from tests.logs import histories_of, log

HISTORIES = busy_log()
REQUESTS = timed(HISTORIES, np.repeat(np.arange(10), 3), np.tile([6, 9, 11], 10), request_time=True)
FEATURES = params_of().features


@pytest.fixture(scope="module")
def knowledge():
    return know(HISTORIES.until(np.full(10, 6)))


@pytest.fixture(scope="module")
def build(knowledge):
    """The rows of the requests, or of other ones."""

    def rows(requests=REQUESTS, histories=HISTORIES, **options):
        targets = options.pop("targets", None) or next_events(histories, requests)
        return build_rows(histories, requests, targets, knowledge, items_for(histories), FEATURES, **options)

    return rows


def is_equal(left, right):
    arrays = [(getattr(left, name), getattr(right, name)) for name in ("request", "user", "item", "label", "features")]
    return all(a.tobytes() == b.tobytes() and a.dtype == b.dtype for a, b in arrays) and left.names == right.names


class TestTargets:
    def test_the_event_right_after_each_request(self):
        histories = build_histories(
            [log((1, "a", 5, 0), (1, "b", 3, 1), (1, "c", 4, 2), (2, "b", 1, 0), (2, "a", 4.5, 1))]
        )
        found = next_events(histories, timed(histories, np.array([0, 0, 1]), np.array([1, 2, 1]), True))
        assert (found.request.tolist(), found.item.tolist()) == ([0, 1, 2], [1, 2, 0])
        assert found.liked.tolist() == [False, True, True]

    def test_several_events_after_each_request(self):
        histories = histories_of({1: "abcd", 2: "cb"})
        asked = timed(histories, np.array([0, 1]), np.array([1, 1]), True)
        found = following(histories, asked, np.array([3, 1]))
        assert (found.request.tolist(), found.item.tolist()) == ([0, 0, 0, 1], [1, 2, 3, 1])

    def test_some_are_numbered_anew(self):
        targets = Targets(np.array([0, 1, 1, 4]), np.array([5, 6, 7, 8]), np.array([True, False, True, False]))
        found = targets.of(np.array([1, 3]))
        assert (found.request.tolist(), found.item.tolist(), found.liked.tolist()) == ([0, 0], [6, 7], [False, True])


class TestRows:
    def test_requests_in_order_and_no_item_twice(self, build):
        rows = build()
        assert (np.diff(rows.request * 100 + rows.item) > 0).all()
        assert (rows.user == REQUESTS.user[rows.request]).all()
        assert rows.n_requests == 30

    def test_the_label_is_the_next_event(self, build):
        rows = build()
        targets = next_events(HISTORIES, REQUESTS).item
        assert rows.label.tolist() == (rows.item == targets[rows.request]).astype(int).tolist()
        assert rows.found["union"] == rows.label.sum() > 10

    def test_nothing_that_was_met_is_a_candidate(self, build):
        rows = build()
        assert not View(HISTORIES, REQUESTS).seen[rows.request, rows.item].any()

    def test_every_source_counts_what_it_found(self, build, knowledge):
        found = build().found
        assert list(found) == [*knowledge.sources, "union"]
        assert max(count for name, count in found.items() if name != "union") <= found["union"] <= 30

    @pytest.mark.parametrize("workers", [1, 2])
    @pytest.mark.parametrize("options", [{}, {"negatives": 3, "seed": 5}, {"label": "liked"}])
    @pytest.mark.parametrize("cells", [1, 140, 10_000])
    def test_chunks_and_workers_change_nothing(self, build, monkeypatch, cells, options, workers):
        """Chunks of one request, of seven, and all at once."""
        whole = build(**options)
        monkeypatch.setattr(top, "CHUNK_CELLS", cells)
        chunked = build(**options, engine=Local(workers))
        assert is_equal(chunked, whole)
        assert chunked.found == whole.found

    def test_no_requests_give_no_rows(self, build):
        rows = build(Requests(*(np.zeros(0, dtype=np.int64) for _ in range(3))), negatives=3)
        assert rows.features.shape == (0, len(rows.names))
        assert rows.n_requests == rows.found["union"] == 0
        assert rows.names == build().names

    def test_the_inputs_stay(self, build):
        before = [REQUESTS.position.copy(), HISTORIES.item.copy(), HISTORIES.time.copy()]
        build(negatives=3)
        assert all(
            (a == b).all() for a, b in zip(before, [REQUESTS.position, HISTORIES.item, HISTORIES.time], strict=True)
        )

    def test_as_a_table(self, build):
        rows = build()
        frame = to_frame(rows, HISTORIES)
        assert list(frame) == ["request", "user_id", "item_id", "timestamp", "label", *rows.names]
        assert frame["item_id"].tolist() == HISTORIES.items[rows.item].tolist()
        assert table_of(frame, rows.names).time.tolist() == REQUESTS.time[rows.request].tolist()


class TestStack:
    def test_requests_are_numbered_on(self, build):
        rows, first = build(), build(REQUESTS[:12])
        both = stack([first, build(REQUESTS[12:])])
        assert is_equal(both, rows)
        assert (both.found, both.n_requests, both.n_targets) == (rows.found, 30, 30)

    def test_one_alone_stays_as_it_is(self, build):
        assert is_equal(stack([build()]), build())

    def test_several_answers_count_in_the_recall(self, build):
        targets = following(HISTORIES, REQUESTS[:1], np.array([4]))
        rows = build(REQUESTS[:1], targets=targets)
        assert rows.n_targets == 4
        assert describe(rows)["candidate"]["recall_union"] == rows.label.sum() / 4 > 0


class TestLiked:
    def test_exactly_the_rated_pairs(self, build):
        rows, targets = build(label="liked"), next_events(HISTORIES, REQUESTS)
        pairs = sorted(zip(REQUESTS.user, targets.item, targets.liked, strict=True))
        assert sorted(zip(rows.user, rows.item, rows.label, strict=True)) == pairs
        assert 0 < rows.label.sum() < 30

    def test_one_group_per_user(self, build):
        rows = build(label="liked")
        assert (rows.request == rows.user).all()
        assert np.unique(rows.request, return_counts=True)[1].tolist() == [3] * 10

    def test_an_item_that_nobody_met_before(self):
        """c is rated only after what was learnt."""
        histories = histories_of({1: "abc", 2: "ba", 3: "ab", 4: "bd"}, rating=4.0)
        known = know(histories.until(np.array([2, 2, 2, 2])), params_of(train_svd={"n_components": 1}))
        requests = timed(histories, np.array([0]), np.array([2]), True)
        targets = next_events(histories, requests)
        features = Features.model_validate(dict.fromkeys(Features.model_fields, True))
        items = replace(items_for(HISTORIES), genres=np.zeros((4, 0), np.float32), year=np.zeros(4, np.float32))
        rows = build_rows(histories, requests, targets, known, items, features, label="liked")
        assert (rows.item.tolist(), rows.label.tolist(), rows.found["union"]) == ([2], [1], 0)


def drawn(per_request, positives, negatives, seed, positions=None):
    """Sample among items 0, 1, ... of each request; the first `positives[r]` of request r are positives."""
    requests = np.arange(len(per_request))
    positions = requests + 1 if positions is None else positions
    view = View(HISTORIES, Requests(requests, positions, requests))
    item = np.concatenate([np.arange(size) for size in per_request])
    candidates = CandidateSet(np.repeat(requests, per_request), item, {}, {}, {})
    positive = item < np.repeat(positives, per_request)
    return candidates, positive, sample(view, candidates, positive, negatives, seed)


class TestSample:
    @given(
        requests=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3)), min_size=1, max_size=10),
        negatives=st.integers(1, 40),
        seed=st.integers(0, 2**31 - 1),
    )
    def test_every_positive_and_as_many_others_as_asked_for(self, requests, negatives, seed):
        sizes, positives = np.array(requests).T
        candidates, positive, kept = drawn(sizes, positives, negatives, seed)
        for at, (size, found) in enumerate(zip(sizes, np.minimum(positives, sizes), strict=True)):
            mine = candidates.request == at
            assert (positive & kept & mine).sum() == found
            assert (~positive & kept & mine).sum() == (min(size - found, negatives * found))

    def test_another_seed_another_draw(self):
        draws = {drawn([100], [1], 10, seed)[2].tobytes() for seed in range(20)}
        assert len(draws) == 20

    def test_users_and_positions_draw_on_their_own(self):
        kept = drawn([100] * 10, [1] * 10, 10, seed=1)[2].reshape(10, 100)
        assert len({row.tobytes() for row in kept}) == 10
        other = drawn([100] * 10, [1] * 10, 10, seed=1, positions=np.arange(10) + 2)[2].reshape(10, 100)
        assert (kept != other).any(axis=1).all()

    def test_every_candidate_has_the_same_luck(self):
        """10 of 99 in 500 draws: each is kept about 50 times, give or take five standard errors of 6.7."""
        times = sum(drawn([100], [1], 10, seed)[2][1:].astype(int) for seed in range(500))
        assert times.mean() == pytest.approx(5000 / 99)
        assert np.abs(times - 5000 / 99).max() < 5 * 6.7

    def test_fewer_negatives_are_some_of_the_more(self):
        few, many = (drawn([50] * 3, [1, 2, 3], size, seed=3)[2] for size in (5, 20))
        assert not (few & ~many).any()
