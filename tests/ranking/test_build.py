import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from recommender.errors import DataError
from recommender.ranking import build
from recommender.ranking.build import ask_the_past, training_rows, validation_rows
from recommender.ranking.dataset import following
from recommender.retrieval.knowledge import fit_knowledge, fit_sequence
from tests.knowing import busy_log, items_for, params_of, with_another_future
from tests.logs import histories_of

TRAIN = busy_log(n_users=14)
ITEMS = items_for(TRAIN)
DATES = {"method": "global_time", "valid_from": dt.date(1998, 1, 1), "test_from": dt.date(1998, 2, 1)}
METHODS = {"last_interaction": params_of(), "global_time": params_of(split=DATES)}
BLIND = params_of(sequence={"request_time": False})


@pytest.fixture(params=METHODS)
def params(request):
    return METHODS[request.param]


def rows_of(train, params):
    return training_rows(train, ask_the_past(train, 30, params), ITEMS, params)


def validate(histories, params):
    ends = TRAIN.lengths - 1
    known = histories.until(ends)
    return validation_rows(histories, ends, fit_knowledge(known, params), ITEMS, params)


def by_pair(rows):
    """The features of each request and item."""
    keys = zip(rows.request.tolist(), rows.item.tolist(), strict=True)
    return {key: row.tobytes() for key, row in zip(keys, rows.features, strict=True)}


class TestWhatIsLearntFrom:
    def test_no_target_and_nothing_after_one(self, params, monkeypatch):
        learnt = []
        monkeypatch.setattr(build, "fit_knowledge", lambda known, *rest: learnt.append(known) or original(known, *rest))
        past = ask_the_past(TRAIN, 30, params)
        training_rows(TRAIN, past, ITEMS, params)
        assert sum(len(asked.requests) for asked in past) > 10
        for asked, known in zip(past, learnt, strict=True):
            assert (known.lengths[asked.requests.user] <= asked.requests.position).all()
            assert all((u[: len(k)] == k).all() for u, k in zip(split(TRAIN), split(known), strict=True))

    def test_under_global_time_nothing_of_the_window(self, monkeypatch):
        learnt = []
        monkeypatch.setattr(build, "fit_knowledge", lambda known, *rest: learnt.append(known) or original(known, *rest))
        rows_of(TRAIN, METHODS["global_time"])
        assert [known.time.max() < np.sort(TRAIN.time)[-30 * (at + 1)] for at, known in enumerate(learnt)] == [True] * 3


original = build.fit_knowledge


def split(histories):
    return np.split(histories.item, histories.indptr[1:-1])


class TestTrainingRows:
    def test_the_last_target_changes_no_features(self):
        """Only labels may know it: another last event of everybody, and the features of all pairs stay."""
        params = params_of(build_ranking={"negatives": 1000})
        other = with_another_future(TRAIN, TRAIN.lengths - 1, seed=1)
        other.time[:] = TRAIN.time
        now, then = by_pair(rows_of(TRAIN, params)), by_pair(rows_of(other, params))
        common = now.keys() & then.keys()
        assert len(common) > 100
        assert all(now[key] == then[key] for key in common)

    def test_the_same_twice(self, params):
        first, second = rows_of(TRAIN, params), rows_of(TRAIN, params)
        assert first.features.tobytes() == second.features.tobytes()
        assert first.item.tobytes() == second.item.tobytes()

    @pytest.mark.parametrize("label", ["next_event", "liked"])
    def test_groups_are_whole(self, label):
        rows = rows_of(TRAIN, params_of(build_ranking={"label": label}))
        assert (np.diff(rows.request) >= 0).all()
        assert {0, 1} == set(rows.label.tolist())

    def test_a_log_without_a_liked_event_names_the_label(self):
        low = replace(TRAIN, rating=np.full_like(TRAIN.rating, 3))
        with pytest.raises(DataError, match=r"is rated 4 or more, .* \(the highest rating of the log is 3\); use"):
            rows_of(low, params_of(build_ranking={"label": "liked"}))

    def test_users_of_one_event_are_learnt_from_but_not_asked(self):
        train = histories_of({1: "abcdef", 2: "bcdefa", 3: "a", 4: "f", 5: "cdabfe"})
        (past,) = ask_the_past(train, 3, params_of())
        assert set(past.requests.user.tolist()) == {0, 1, 4}
        assert past.ends.tolist() == [3, 3, 1, 1, 3]

    def test_a_log_without_past_requests_is_refused(self):
        train = histories_of(dict(enumerate("abcde")))
        params = params_of(train_svd={"n_components": 1})
        with pytest.raises(DataError, match=r"after build_ranking.min_history \(1\) events; lower it or use a longer"):
            training_rows(train, ask_the_past(train, 3, params), items_for(TRAIN), params)


class TestWindowsOfTime:
    """Under global time a user is asked once, at the start of the window, for all that followed in it."""

    PARAMS = METHODS["global_time"]

    def test_every_answer_of_a_window_is_a_positive_or_missed(self):
        for asked in ask_the_past(TRAIN, 30, self.PARAMS):
            targets = following(TRAIN, asked.requests, asked.answers)
            wanted = set(zip(asked.requests.user[targets.request].tolist(), targets.item.tolist(), strict=True))
            rows = training_rows(TRAIN, [asked], ITEMS, self.PARAMS)
            found = set(zip(rows.user[rows.label > 0].tolist(), rows.item[rows.label > 0].tolist(), strict=True))
            assert found <= wanted
            assert len(found) == rows.found["union"] > len(wanted) / 2
            assert rows.n_targets == len(wanted)

    def test_validation_asks_as_the_test_will(self):
        """At the moment when validation starts, knowing what was before, for all that came after."""
        start = np.sort(TRAIN.time)[-50]
        ends = np.bincount(TRAIN.user[TRAIN.time < start], minlength=TRAIN.n_users)
        known = TRAIN.until(ends)
        rows = validation_rows(TRAIN, ends, fit_knowledge(known, self.PARAMS), ITEMS, self.PARAMS)
        users = np.flatnonzero((ends > 0) & (ends < TRAIN.lengths))
        assert rows.n_requests == len(users)
        assert rows.n_targets == (TRAIN.lengths - ends)[users].sum() > 20
        pause = rows.features[:, rows.names.index("pause")]
        seconds = (start - TRAIN.time[TRAIN.indptr[rows.user] + ends[rows.user] - 1]) // 1_000_000
        assert pause == pytest.approx(np.log1p(seconds), rel=1e-5)


class TestValidationRows:
    def test_the_same_features_in_the_same_order_as_in_training(self, params):
        assert validate(TRAIN, params).names == rows_of(TRAIN, params).names

    def test_one_request_per_user_and_all_its_candidates(self):
        rows = validate(TRAIN, params_of())
        assert rows.n_requests == 14
        assert (rows.user == rows.request).all()
        assert set(rows.request) == set(range(14))

    def test_the_target_changes_the_label_alone(self):
        other = with_another_future(TRAIN, TRAIN.lengths - 1, seed=1)
        other.time[:] = TRAIN.time
        now, then = (validate(histories, params_of()) for histories in (TRAIN, other))
        assert now.item.tobytes() == then.item.tobytes()
        assert now.features.tobytes() == then.features.tobytes()
        assert now.label.tobytes() != then.label.tobytes()

    def test_without_request_time_the_moment_of_the_request_changes_nothing(self):
        """And with it something, or this could not fail."""
        later = with_another_future(TRAIN, TRAIN.lengths - 1, seed=1)
        later.item[:], later.rating[:] = TRAIN.item, TRAIN.rating
        assert (later.time != TRAIN.time).any()
        for params, same in ((BLIND, True), (params_of(), False)):
            now, then = validate(TRAIN, params), validate(later, params)
            assert (now.features.tobytes() == then.features.tobytes()) is same
        assert validate(TRAIN, BLIND).item.tobytes() == validate(later, BLIND).item.tobytes()

    def test_at_most_so_many_requests(self):
        rows = validate(TRAIN, params_of(build_ranking={"max_valid_requests": 5}))
        assert rows.n_requests == 5 == len(np.unique(rows.user))


@pytest.mark.parametrize(("ties", "symmetric"), [("hashed", True), ("file_order", False)])
def test_hashed_ties_have_no_order(ties, symmetric):
    histories = histories_of({1: "ab", 2: "ab", 3: "ab"}, pause=0)
    [found] = fit_sequence([histories], params_of(split={"ties": ties}))
    assert bool(1 in found["gaps/tables/0/indptr"][2:] - found["gaps/tables/0/indptr"][1:-1]) is symmetric
