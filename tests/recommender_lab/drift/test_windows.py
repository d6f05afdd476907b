import numpy as np
import pytest

from recommender_lab.drift.windows import FEATURES, by_policy, comparable, one_per_user, split
from tests.recommender_lab.drift.made import line


def test_policies_by_name_and_requests_by_time():
    made = [line(3), line(1, model="svd"), line(0), line(2, known=False)]
    found = by_policy(made)
    assert list(found) == ["svd", "two_stage"]
    assert found["two_stage"].values("known").tolist() == [1, 0, 1]


def test_the_policy_asked_for_counts_whoever_answered():
    assert list(by_policy([line(policy="popularity")])) == ["two_stage"]


def test_the_numbers_of_a_request():
    numbers = by_policy([line(90, milliseconds=4.5)])["two_stage"].numbers.iloc[0]
    assert {name for name in FEATURES if np.isnan(numbers[name])} == {
        "history_popularity", "history_rating", "served_popularity", "candidates",
    }  # fmt: skip
    assert numbers[["history_events", "pause_hours", "hour", "top_score", "mean_score", "milliseconds"]].tolist() == [
        12, 0.5, 1.5, 1.5, 1.0, 4.5,
    ]  # fmt: skip


def test_an_empty_list_has_no_scores():
    window = by_policy([line(ranking={"items": [], "scores": []})])["two_stage"]
    assert np.isnan(window.values("top_score")).all()


def test_each_source_is_counted_for_the_served_items_that_it_handed_in():
    """7 and 9 were served: svd had both (and 8), ridge had 7."""
    window = by_policy([line(0), line(1)])["two_stage"]
    assert window.mentions() == {"svd": 4, "ridge": 2}
    assert window.lists_with() == {7: 2, 9: 2}


@pytest.mark.parametrize(("n", "share", "later"), [(10, 0.3, 3), (943, 0.3, 283), (1, 0.3, 0), (3, 0.5, 2)])
def test_the_later_part(n, share, later):
    window = by_policy([line(at, user=at) for at in range(n)])["two_stage"]
    before, after = split(window, share)
    assert (len(before), len(after)) == (n - later, later)
    assert len(before) == len(before.numbers) == len(before.scores) == len(before.sources)


@pytest.mark.parametrize(("days", "compared"), [(6.9, False), (7, True)])
def test_the_hour_is_compared_only_between_whole_weeks(days, compared):
    """The morning and the afternoon of one day differ in it, whatever happens."""
    long = by_policy([line(0), line(60 * 24 * 30)])["two_stage"]
    short = by_policy([line(0), line(round(days * 24 * 60))])["two_stage"]
    for pair in ((long, short), (short, long)):
        assert ("hour" in comparable(*pair)) == compared
        assert set(FEATURES) - set(comparable(*pair)) <= {"hour"}


class TestOnePerUser:
    def windows(self, users, share=0.5):
        return split(by_policy([line(at, user=user) for at, user in enumerate(users)])["two_stage"], share)

    def test_each_user_is_in_one_window_once(self):
        found = one_per_user(*self.windows([at % 7 for at in range(60)]))
        assert sorted(user for window in found for user in window.numbers["user"]) == list(range(7))

    def test_the_choice_is_that_of_the_ids_of_the_requests(self):
        """Also if the requests come in another order within a window."""
        before, after = self.windows([at % 7 for at in range(60)])
        one, other = one_per_user(before, after), one_per_user(before.take(range(29, -1, -1)), after)
        assert [sorted(window.numbers["request"]) for window in one] == [
            sorted(window.numbers["request"]) for window in other
        ]

    def test_nothing_is_left_out_where_each_user_has_one_request(self):
        before, after = self.windows(range(10))
        found = one_per_user(before, after)
        assert [window.numbers["request"].tolist() for window in found] == [
            [f"r{at}" for at in range(5)], [f"r{at}" for at in range(5, 10)],
        ]  # fmt: skip
        assert [len(window.served) for window in found] == [5, 5]

    def test_who_comes_often_is_in_a_window_as_often_as_others(self):
        """Of 500 users who came ten times and 500 who came once, 3 of 10 each are in the later 30 %."""
        users = np.random.default_rng(0).permutation(
            np.concatenate([np.repeat(np.arange(500), 10), np.arange(500, 1000)])
        )
        _, later = one_per_user(*self.windows(users.tolist(), 0.3))
        often = later.numbers["user"] < 500
        assert often.sum() == pytest.approx(150, abs=4 * np.sqrt(500 * 0.21))
        assert (~often).sum() == pytest.approx(150, abs=4 * np.sqrt(500 * 0.21))

    def test_a_log_against_itself_leaves_no_window_empty(self):
        window = by_policy([line(at, user=at) for at in range(100)])["two_stage"]
        assert min(map(len, one_per_user(window, window))) > 30
