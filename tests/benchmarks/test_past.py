"""Who is asked by which models, that neither knows the future, and what is said about the answers."""

from collections import Counter

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.past import ALL, PAST, ask, main, summarise
from benchmarks.past_requests import Bucket, before, buckets_of, later_share, queries_of
from recommender.bundle.fold_in import Event, Query
from recommender.bundle.recommending import recommend
from recommender.log.splitting import order_events
from tests.logs import START, log, short_logs


def held_out(seconds):
    """One event per user, at these seconds."""
    return log(*((user, "a", 1, at) for user, at in enumerate(seconds)))


def users_of(buckets):
    return [bucket.test["user_id"].tolist() for bucket in buckets]


class TestBuckets:
    def test_users_in_order_of_their_requests_are_cut_into_equal_groups_and_the_first_is_not_asked(self):
        """Eight users in four groups of two: users 7 and 6 ask first, at seconds 10 and 20."""
        found = buckets_of(held_out([80, 70, 60, 50, 40, 30, 20, 10]), 3)
        assert users_of(found) == [[4, 5], [2, 3], [0, 1]]
        assert [(bucket.start - START).total_seconds() for bucket in found] == [30, 50, 70]

    def test_users_of_one_moment_are_asked_by_the_same_models(self):
        """Groups would start at places 2 and 4, both at second 20, which four users share."""
        found = buckets_of(held_out([10, 20, 20, 20, 20, 30]), 2)
        assert users_of(found) == [[1, 2, 3, 4, 5]]

    def test_more_buckets_than_users_are_the_users(self):
        assert users_of(buckets_of(held_out([10, 20, 30]), 9)) == [[0], [1], [2]]


def log_and_buckets(events, number, tie_seed):
    ordered = order_events(events, "hashed", tie_seed)
    return ordered, buckets_of(ordered.groupby("user_id").tail(1), number)


@given(short_logs(), st.integers(1, 6), st.integers(0, 3))
def test_models_know_no_event_at_or_after_the_start_and_all_before(events, number, tie_seed):
    ordered, buckets = log_and_buckets(events, number, tie_seed)
    for bucket in buckets:
        known = before(ordered, bucket.start)
        assert (known["timestamp"] < bucket.start).all()
        assert (bucket.test["timestamp"] >= bucket.start).all()
        assert len(known) == sum(moment < bucket.start for moment in ordered["timestamp"])


@given(short_logs(), st.integers(1, 6), st.integers(0, 3))
def test_models_and_request_together_know_what_came_before_the_held_out_event_and_no_more(events, number, tie_seed):
    """Ties included: the events of each user, in the order of the log, without the last."""
    ordered, buckets = log_and_buckets(events, number, tie_seed)
    for bucket in buckets:
        known = before(ordered, bucket.start)
        for query, target in zip(queries_of(ordered, bucket), bucket.test.itertuples(), strict=True):
            own = ordered.loc[ordered["user_id"] == query.user, "item_id"].tolist()
            published = known.loc[known["user_id"] == query.user, "item_id"].tolist()
            assert published + [event.item for event in query.events] == own[:-1]
            assert (query.user, own[-1]) == (target.user_id, target.item_id)
            assert query.now == target.timestamp.value // 1000
            assert all(event.time <= query.now for event in query.events)


def test_the_share_of_later_events_is_a_mean_over_requests():
    """Of the events at 1, 2, 3 and 4 all are at or after second 1, and one is at or after second 4."""
    assert later_share(held_out([4, 3, 2, 1]), held_out([1, 4])) == pytest.approx((1 + 0.25) / 2)


def test_events_from_the_start_on_are_passed_with_their_ratings():
    """The models know second 2; the request is at second 9."""
    events = order_events(log((1, "a", 5, 2), (1, "b", 3, 5), (1, "c", 1, 9)), "hashed", 0)
    first = START.value // 1000
    found = queries_of(events, Bucket(START + pd.Timedelta("5s"), events.tail(1)))
    assert found == [Query(1, [Event("b", first + 5_000_000, 3)], first + 9_000_000)]


class TestAsk:
    def test_it_is_the_list_that_recommend_gives(self, project, bundle):
        """With an event that the bundle does not know."""
        user = int(bundle.histories.users[0])
        missing = next(item for item in bundle.histories.items.tolist() if item not in items_of(bundle, user))
        now = bundle.known_until + 60_000_000
        found = ask(bundle, "two_stage", [Query(user, [Event(missing, now)], now)], 5)
        fresh = [{"item_id": missing, "timestamp": pd.Timestamp(now, unit="us", tz="UTC")}]
        expected = recommend(user, k=5, root=project, events=fresh, now=pd.Timestamp(now, unit="us", tz="UTC"))
        assert found["item_id"].tolist() == expected["item_id"].tolist()
        assert missing not in found["item_id"].tolist()

    def test_who_has_no_event_gets_the_most_popular_items(self, bundle):
        strangers = [Query(10**6, [], bundle.known_until), Query(10**6 + 1, [], bundle.known_until)]
        known = Query(int(bundle.histories.users[0]), [], bundle.known_until)
        found = ask(bundle, "svd", [strangers[0], known, strangers[1]], 3)
        assert Counter(found["user_id"]) == {10**6: 3, known.user: 3, 10**6 + 1: 3}
        popular = ask(bundle, "popularity", strangers, 3)
        assert found.loc[found["user_id"] >= 10**6, "item_id"].tolist() == popular["item_id"].tolist()


def items_of(bundle, user):
    log = bundle.histories
    code = bundle.user_codes[user]
    return log.items[log.item[log.indptr[code] : log.indptr[code + 1]]].tolist()


def test_both_sides_are_compared_on_the_same_users():
    """Past only, two_stage loses (0.4 + 0.2) / 2 - (0.2 + 0.2) / 2 = 0.1, and svd nothing: the lead was 0.2."""

    def tables(ours):
        values = {"two_stage": ours, "svd": [0.1, 0.1]}
        return {name: pd.DataFrame({"hit@10": value, "ndcg@10": value}) for name, value in values.items()}

    found = summarise({ALL: tables([0.4, 0.2]), PAST: tables([0.2, 0.2])}, seed=0, resamples=100)
    assert found["policies"]["two_stage"][ALL]["ndcg@10"]["value"] == pytest.approx(0.3)
    assert found["policies"]["two_stage"][PAST]["ndcg@10"]["value"] == pytest.approx(0.2)
    lead = found["two_stage_minus_svd"]
    assert lead[ALL]["ndcg@10"]["difference"] == pytest.approx(0.2)
    assert lead[PAST]["ndcg@10"]["difference"] == pytest.approx(0.1)
    assert lead[PAST]["ndcg@10"]["ratio"] == pytest.approx(2)
    assert found["past_minus_all"]["two_stage"]["ndcg@10"]["difference"] == pytest.approx(-0.1)
    assert found["past_minus_all"]["svd"]["ndcg@10"]["difference"] == pytest.approx(0)


def test_no_bucket_is_refused(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["movielens-100k", "--buckets", "0"])
    assert ended.value.code == 2
    assert "--buckets: found 0, expected 1 or more" in capsys.readouterr().err
