"""What is told is true: of the numbers, and of the events that are named."""

import numpy as np
import pytest

from recommender.explain.reasons import MOST, Names, Trees, reasons
from recommender.features.context import Context
from recommender.log.views import View
from recommender.policies import SourcePolicy, choose
from recommender.retrieval.factors import ItemFactors
from recommender.retrieval.sources.svd import Svd
from recommender.retrieval.sources.transitions import Transitions
from tests.logs import asking_all, histories_of

NAMED = "often chosen some time after item "


@pytest.fixture(scope="module")
def names(artifacts):
    return Names([f"item {code}" for code in range(artifacts.histories.n_items)], artifacts.genres)


@pytest.fixture(scope="module")
def trees(artifacts, names):
    policy = artifacts.open("two_stage").policy
    view = View(artifacts.histories, artifacts.open("two_stage").requests[4:5])
    scored, top, _ = choose(policy, view, 8)
    return Trees(policy, Context(view, policy.knowledge, policy.items, scored.candidates), top.item, names)


class Shown:
    """Trees whose contributions are given, so that the test knows which reason must come."""

    def __init__(self, **contributions):
        self.given = contributions

    def of(self, trees):
        at = {name: trees.features[0].index(name) for name in self.given}
        values = np.zeros(len(trees.features[0]))
        for name, value in self.given.items():
            values[at[name]] = value
        return [trees._text(column, values) for column in range(len(trees.item))]


class TestTrees:
    def test_a_text_for_each_item(self, trees):
        texts = trees.texts()
        assert len(texts) == len(trees.item) == 8
        assert all(texts)
        assert all("{" not in text and "nan" not in text for text in texts)

    def test_few_reasons(self, trees):
        assert all(len(text.split("; ")) <= MOST + 1 for text in trees.texts())

    def test_contributions_and_the_mean_add_up_to_the_score(self, trees):
        ranker, rows = trees.policy.ranker, trees.features[1]
        rest = ranker.predict(rows) - ranker.contributions(rows).sum(axis=1)
        np.testing.assert_allclose(rest, rest[0], atol=1e-9)

    def test_the_event_named_is_the_one_that_adds_most(self, trees):
        """Worked out here from the table and the weights of the history, beside the code."""
        view, known = trees.context.view, trees.policy.knowledge
        table, latest = known[Transitions].table.toarray(), view.recent.item[0]
        latest = latest[latest >= 0]
        texts = Shown(transitions_slow=1.0).of(trees)
        told = [(text, item) for text, item in zip(texts, trees.item, strict=True) if text.startswith(NAMED)]
        assert told
        for text, item in told:
            loudest = int(np.argmax(0.9 ** np.arange(len(latest)) * table[latest, item]))
            last = ", your last one" if loudest == 0 else ""
            assert text == f"{NAMED}{latest[loudest]}{last}"

    def test_what_speaks_against_an_item(self, trees):
        texts = Shown(user_events=2.0, popularity_difference_5=-1.0).of(trees)
        values = trees.features[1][trees.rows, trees.features[0].index("popularity_difference_5")]
        for text, value in zip(texts, values, strict=True):
            told = {1: "; although better known", -1: "; although less known", 0: ""}[int(np.sign(value))]
            assert text == "fits a user who chose 11 items" + (f"{told} than your last five" if told else "")

    def test_praise_that_the_ranker_held_against_an_item_is_not_told(self, trees):
        """A high score of a source can be no "although", a low one no reason."""
        texts = Shown(ease_score=-1.0, user_events=0.5).of(trees)
        assert not any("goes with your whole history" in text for text in texts)
        texts = Shown(ease_score=1.0, user_events=0.5).of(trees)
        assert not any("does not go" in text for text in texts)

    def test_features_of_one_topic_are_one_reason(self, trees):
        texts = Shown(user_events=1.0, user_mean_rating=0.9, pause=1.5).of(trees)
        assert all(text.startswith("fits a user who chose 11 items; fits your pause of ") for text in texts)

    def test_a_topic_that_cancels_out_is_not_told(self, trees):
        assert set(Shown(user_events=1.0, user_mean_rating=-1.0).of(trees)) == {"the sum of many small signs"}

    def test_weak_reasons_are_left_out(self, trees):
        assert set(Shown(user_events=1.0, pause=0.2).of(trees)) == {"fits a user who chose 11 items"}

    def test_genres_named_are_those_of_the_item_and_the_history(self, trees):
        genres, history = trees.context.items.genres, trees.context.view.recent.item[0, :10]
        texts = Shown(genre_match_10=1.0).of(trees)
        told = [(text, item) for text, item in zip(texts, trees.item, strict=True) if "genres" in text]
        assert told
        for text, item in told:
            shared = {trees.names.genres[at] for at in np.flatnonzero(genres[item] * genres[history].sum(axis=0))}
            assert set(text.partition("(")[2].rstrip(")").split(", ")) == shared


class TestOneSource:
    def test_popularity_counts_users(self, artifacts, names):
        policy, view = (
            artifacts.open("popularity").policy,
            View(artifacts.histories, artifacts.open("svd").requests[:1]),
        )
        item = choose(policy, view, 3)[1].item
        counts = artifacts.histories.counts[item].tolist()
        assert reasons(policy, view, None, item, names) == [f"popular: chosen by {count} users" for count in counts]

    def test_random(self, artifacts, names):
        view = View(artifacts.histories, artifacts.open("random").requests[:1])
        assert reasons(artifacts.open("random").policy, view, None, np.array([1, 2]), names) == ["drawn at random"] * 2


def test_svd_names_the_largest_dot_product():
    """User 1 met a, b and c, all rated 1. With d the dot products are 1, 2 and 0; with e 0, 0 and 3; with f below 0."""
    histories = histories_of({1: "abc", 2: "def"})
    factors = np.array([[1, 0], [2, 0], [0, 3], [1, 0], [0, 1], [-1, -1]], dtype=np.float32)
    policy = SourcePolicy(Svd(ItemFactors(factors, "rating", np.zeros(2)), 1.0), histories.counts > 0)
    view = View(histories, asking_all(histories)[:1])
    told = reasons(policy, view, None, np.array([3, 4, 5]), Names([*"abcdef"], []))
    assert told == [
        "similar to the items of your history, most of all to b",
        "similar to the items of your history, most of all to c, your last one",
        "fits your history",
    ]
