import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from recommender.log.histories import DAY
from recommender.log.splitting import order_events
from recommender.policies import SourcePolicy
from recommender.retrieval.source import Source
from recommender.retrieval.sources.popularity import Popularity
from recommender_lab.feedback import replay
from recommender_lab.feedback.replay import EventLog, build_log, histories_of, known_items, serve, target_events
from tests.knowing import params_of
from tests.logs import log, short_logs

DAYS = 86_400
SETTINGS = params_of(replay={"period": "day", "k": 3, "requests_per_user": 2}).replay


def days(*events):
    """Events as `(user, item, day)`, each user's an hour apart from those before on that day."""
    return log(*((user, item, 3, DAYS * day + 60 * at) for at, (user, item, day) in enumerate(events)))


def log_of(events, **changes):
    settings = SETTINGS.model_copy(update=changes)
    return build_log(order_events(events, "hashed", 0), settings, seed=1)


LOG = log_of(
    days((1, "a", 0), (1, "b", 0), (2, "b", 1), (2, "a", 1), (2, "c", 1), (1, "c", 2), (3, "d", 2), (1, "e", 4))
)


def test_rounds_are_whole_days_from_the_first_day_on():
    midnight = pd.Timestamp("1998-01-01", tz="UTC").value // 1000
    assert [LOG.start(number) - midnight for number in (0, 1, 7)] == [0, DAY, 7 * DAY]
    assert LOG.last_round == 4
    assert [LOG.until(LOG.start(number)) for number in range(6)] == [0, 2, 5, 7, 7, 8]


def test_rounds_begin_at_midnight_and_an_event_at_midnight_belongs_to_the_new_day():
    found = log_of(log((1, "a", 3, 3600), (1, "b", 3, DAYS)))
    assert [found.start(0), found.start(1)] == [found.time[0] - 3600 * 1_000_000, found.time[1]]
    assert known_items(found, found.start(1)).tolist() == [0]


def test_a_week_is_seven_days():
    assert log_of(days((1, "a", 0), (1, "b", 15)), period="week").last_round == 2


def test_events_are_in_the_order_of_time():
    assert (np.diff(LOG.time) >= 0).all()
    assert LOG.users[LOG.user].tolist() == [1, 1, 2, 2, 2, 1, 3, 1]
    assert LOG.items[LOG.item].tolist() == list("abbaccde")


def test_events_of_one_moment_keep_the_tie_rule():
    tied = order_events(log(*((1, item, 3, 0) for item in "abcdef")), "hashed", 5)
    assert build_log(tied, SETTINGS, 0).item.tolist() == [ord(item) - ord("a") for item in tied["item_id"]]


class TestTargets:
    def test_a_user_with_very_many_events_beside_very_many_users(self):
        """A table of users x events would not fit any memory."""
        n = 1_000_000
        user = np.append(np.zeros(n + 1, dtype=np.int64), [n, n])
        zeros = np.zeros(n + 3, dtype=np.int64)
        found = EventLog(
            np.arange(n + 1), np.arange(1), user, zeros, zeros, zeros, np.arange(n + 3, dtype=np.uint64), DAY
        )
        assert target_events(found, 0, 2).tolist() == [n - 1, n, n + 2]

    def test_never_the_first_event_of_a_user(self):
        assert [target_events(LOG, number, 9).tolist() for number in range(5)] == [[1], [3, 4], [5], [], [7]]

    def test_at_most_so_many_of_each_user(self):
        assert [len(target_events(LOG, number, 1)) for number in range(5)] == [1, 1, 1, 0, 1]

    @given(short_logs(), st.integers(1, 3))
    def test_fewer_are_some_of_more(self, events, most):
        found = log_of(events)
        few, many = (set(target_events(found, 0, size).tolist()) for size in (most, most + 1))
        assert few <= many
        assert not len(many) or np.bincount(found.user[sorted(few)]).max() <= most


def test_histories_hold_only_the_known_items():
    events, items = np.arange(7), known_items(LOG, LOG.start(1))
    found = histories_of(LOG, events, np.array([0, 1, 2]), items)
    assert found.items.tolist() == ["a", "b"]
    assert (found.indptr.tolist(), found.item.tolist()) == ([0, 2, 4, 4], [0, 1, 1, 0])


class ByHand(Source):
    """Scores items by their code, and keeps the views that it scored."""

    def __init__(self):
        self.views = []

    def score(self, view):
        self.views.append(view)
        return np.tile(np.arange(view.histories.n_items, dtype=np.float32), (len(view.requests), 1))


def served(found, number, before, request_time=True):
    source, items = ByHand(), known_items(found, found.start(before))
    settings = SETTINGS.model_copy(update={"requests_per_user": 9})
    policy = SourcePolicy(source, np.ones(len(items), dtype=bool))
    return serve(found, policy, items, number, settings, request_time), source.views


class TestServing:
    def test_ranks_by_hand(self):
        """In round 1 only a and b are known: user 2 met b, so a is shown and hit; c is not known to the model."""
        answer, _ = served(LOG, 1, before=1)
        assert answer.target.tolist() == [3, 4]
        assert answer.shown.tolist() == [[0, -1, -1], [-1, -1, -1]]
        assert answer.rank.tolist() == [1, 0]

    def test_shown_items_have_the_codes_of_the_log(self):
        found = log_of(days((1, "b", 0), (2, "d", 0), (1, "a", 1), (1, "d", 1)))
        answer, _ = served(found, 1, before=1)
        assert found.items[answer.shown[:, 0]].tolist() == ["d", "d"]
        assert answer.rank.tolist() == [0, 1]

    def test_a_request_uses_only_what_its_user_did_before_it(self):
        _, (view,) = served(LOG, 2, before=2)
        assert view.histories.items[view.histories.item[view.events]].tolist() == ["a", "b"]
        assert view.requests.time.tolist() == [LOG.time[5]]

    def test_without_the_time_of_the_request_it_is_that_of_the_last_known_event(self):
        _, (view,) = served(LOG, 2, before=2, request_time=False)
        assert view.requests.time.tolist() == [LOG.time[1]]

    def test_events_with_items_that_the_model_does_not_know_are_left_out(self):
        _, (view,) = served(LOG, 4, before=1)
        assert view.requests.position.tolist() == [2]
        assert view.seen.tolist() == [[True, True]]

    def test_the_rank_is_the_position_of_the_item_in_the_list(self):
        """Items e, d, c, a by falling code; user 1 has met a and b, and meets c next."""
        found = log_of(days((1, "a", 0), (1, "b", 0), (2, "c", 0), (2, "d", 0), (2, "e", 0), (1, "c", 1)))
        answer, _ = served(found, 1, before=1)
        assert found.items[answer.shown].tolist() == [["e", "d", "c"]]
        assert answer.rank.tolist() == [3]

    def test_a_round_without_requests(self):
        answer, _ = served(LOG, 3, before=1)
        assert (len(answer.target), len(answer.rank), answer.shown.shape) == (0, 0, (0, 3))

    @given(events=short_logs(min_users=2), request_time=st.booleans())
    def test_the_position_in_the_history_is_the_number_of_known_events_before(self, events, request_time):
        found = log_of(events.assign(timestamp=events["timestamp"] + pd.to_timedelta(events["item_id"] % 3, unit="D")))
        for number in range(1, found.last_round + 1):
            answer, views = served(found, number, 1, request_time)
            for view in views:
                known = set(known_items(found, found.start(1)).tolist())
                for event, position in zip(answer.target.tolist(), view.requests.position.tolist(), strict=True):
                    before = found.item[:event][found.user[:event] == found.user[event]]
                    assert position == sum(item in known for item in before.tolist())


class TestNoFuture:
    def later(self, events):
        """The same log with more events after the third day, of old and new users and items."""
        more = days((0, "0", 3), (1, "z", 3), (9, "a", 3), (2, "0", 3), (3, "aa", 3), (0, "c", 4), (9, "0", 4))
        return pd.concat([events, more], ignore_index=True)

    def test_later_events_change_no_earlier_round(self):
        events = days(
            *(
                (user, item, day)
                for day in range(3)
                for user in (1, 2, 3)
                for item in (f"{'abcdef'[2 * day + user % 2]}", f"{user}{day}")
            )
        )
        short, long = log_of(events), log_of(self.later(events))
        for number in (1, 2):
            old, new = (served(found, number, before=1) for found in (short, long))
            assert old[0].target.tolist() == new[0].target.tolist()
            assert old[0].rank.tolist() == new[0].rank.tolist()
            names = [np.where(a.shown >= 0, f.items[a.shown], "") for a, f in ((old[0], short), (new[0], long))]
            assert (names[0] == names[1]).all()
            assert [view.histories.item.tolist() for view in old[1]] == [
                view.histories.item.tolist() for view in new[1]
            ]

    def test_it_can_fail(self):
        """An earlier event does change a round."""
        earlier = pd.concat([days((2, "e", 0)), days((1, "a", 0), (2, "b", 1), (2, "a", 1))], ignore_index=True)
        assert served(log_of(earlier), 1, 1)[0].shown.tolist() != served(LOG, 1, 1)[0].shown.tolist()


def test_a_real_policy_is_served_in_the_same_way():
    policy = SourcePolicy(Popularity(np.array([5, 9])), np.ones(2, dtype=bool))
    answer = replay.serve(LOG, policy, np.array([0, 1]), 1, SETTINGS, True)
    assert answer.rank.tolist() == [1, 0]
