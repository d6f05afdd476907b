import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.ranking.rerank import Reranker
from recommender.ranking.scored import Scored, best

GENRES = np.array([[1, 0, 0], [1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]], dtype=bool)
"""Items 0 and 1 are alike, 2 shares one of two genres with them, 3 none; nothing is known of 4 and 5."""
FACTORS = np.array([[1, 0], [0.8, 0.6], [0, 1], [0, 1], [1, 0], [-1, 0]], dtype=np.float32)


def reranker(diversity=0.0, most=None, genres=GENRES, factors=FACTORS, twins=None):
    nobody = np.zeros(len(genres), dtype=bool)
    twins = np.arange(len(genres)) if twins is None else np.array(twins)
    return Reranker(diversity, most, nobody, np.packbits(genres, axis=1), factors, twins)


def ranked(*lists):
    """Scores of the items of each request, best first."""
    request = np.repeat(np.arange(len(lists)), [len(scores) for scores in lists])
    item = np.concatenate([np.fromiter(scores, dtype=np.int64) for scores in lists])
    return Scored(request, item, np.concatenate([np.array([*scores.values()], dtype=float) for scores in lists]))


def items_of(rules, scored, k):
    top, _ = rules.choose(scored, k)
    return [top.item[top.request == request].tolist() for request in np.unique(scored.request)]


LIST = {0: 10.0, 1: 9.0, 2: 8.0, 3: 0.0}
"""Relevance 1, 0.9, 0.8 and 0."""


class TestDiversity:
    def test_none_keeps_the_order(self):
        assert items_of(reranker(), ranked(LIST), 4) == [[0, 1, 2, 3]]

    def test_by_hand(self):
        """After 0: item 1 has 0.5 * 0.9 - 0.5 * 1 = -0.05, item 2 0.5 * 0.8 - 0.5 * 1/2 = 0.15, item 3 is 0.

        Then item 1 still has -0.05 and item 3 still 0.
        """
        assert items_of(reranker(0.5), ranked(LIST), 4) == [[0, 2, 3, 1]]

    def test_all_diversity_takes_the_least_alike_and_of_equals_the_better(self):
        assert items_of(reranker(1.0), ranked(LIST), 4) == [[0, 3, 2, 1]]

    def test_factors_stand_in_for_genres(self):
        """Item 4 has the cosines 1 and 0.8 with 0 and 1; item 5 is opposite to both, which counts as 0."""
        assert items_of(reranker(0.5), ranked({0: 1.0, 4: 0.9, 5: 0.5, 3: 0.0}), 3) == [[0, 5, 3]]

    def test_equal_scores(self):
        assert items_of(reranker(0.3), ranked({0: 2.0, 1: 2.0, 3: 2.0}), 3) == [[0, 3, 1]]

    def test_ranks_and_scores_stay_those_of_the_ranker(self):
        top, rank = reranker(0.5).choose(ranked(LIST), 3)
        assert (rank.tolist(), top.score.tolist()) == ([1, 2, 3], [10.0, 8.0, 0.0])


class TestMostPerGenre:
    def test_by_hand(self):
        assert items_of(reranker(most=1), ranked({0: 5.0, 1: 4.0, 2: 3.0, 3: 2.0, 4: 1.0}), 4) == [[0, 3, 4]]

    def test_an_item_counts_for_each_of_its_genres(self):
        assert items_of(reranker(most=2), ranked({2: 5.0, 0: 4.0, 1: 3.0, 3: 2.0}), 4) == [[2, 0, 3]]

    def test_items_without_genres_are_never_too_many(self):
        assert items_of(reranker(most=1), ranked({4: 2.0, 5: 1.0}), 2) == [[4, 5]]


class TestTwins:
    RULES = reranker(twins=[0, 1, 0, 3, 1, 5])
    """Items 0 and 2 are one, and 1 and 4."""

    def test_one_of_them_is_shown(self):
        assert items_of(self.RULES, ranked({0: 5.0, 1: 4.0, 2: 3.0, 4: 2.0, 3: 1.0}, {2: 2.0, 0: 1.0}), 4) == [
            [0, 1, 3],
            [2],
        ]

    def test_none_to_a_user_who_has_the_other(self):
        seen = np.zeros((2, 6), dtype=bool)
        seen[0, 2] = True
        left = self.RULES.unmet(ranked({0: 5.0, 1: 4.0}, {0: 5.0, 1: 4.0}), seen)
        assert (left.request.tolist(), left.item.tolist()) == ([0, 1, 1], [1, 0, 1])


class TestManyRequests:
    def test_lists_of_several_lengths(self):
        found = items_of(reranker(0.5), ranked(LIST, {3: 1.0}, {1: 3.0, 0: 2.0, 3: 2.5}), 4)
        assert found == [[0, 2, 3, 1], [3], [1, 3, 0]]

    def test_a_request_without_candidates(self):
        scored = ranked({0: 1.0}, {1: 1.0})
        top, rank = reranker(0.5).choose(Scored(scored.request * 2, scored.item, scored.score), 3)
        assert (top.request.tolist(), rank.tolist()) == ([0, 2], [1, 1])

    def test_nothing_at_all(self):
        nothing = np.zeros(0, dtype=np.int64)
        assert len(reranker(0.5, 1).choose(Scored(nothing, nothing, nothing.astype(float)), 3)[1]) == 0


def one_by_one(scores, genres, diversity, most, k):
    """The same, as the formula says it, without arrays."""
    low, high = min(scores.values()), max(scores.values())
    span, chosen = (high - low) or 1, []

    def similar(a, b):
        return (genres[a] & genres[b]).sum() / (genres[a] | genres[b]).sum()

    def value(item):
        return (1 - diversity) * (scores[item] - low) / span - diversity * max(
            (similar(item, c) for c in chosen), default=0
        )

    while len(chosen) < k:
        counts = genres[chosen].sum(axis=0)
        free = [i for i in scores if i not in chosen and not (most and (counts[genres[i]] >= most).any())]
        if not free:
            return chosen
        chosen.append(max(free, key=value))
    return chosen


@given(st.integers(0, 1000), st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.sampled_from([None, 1, 2]))
def test_as_the_formula_says(seed, diversity, most):
    chance = np.random.default_rng(seed)
    genres = chance.random((12, 9)) < 0.3
    genres[:, 0] |= ~genres.any(axis=1)
    falling = [np.sort(chance.integers(0, 9, size))[::-1] for size in (12, 5, 1)]
    lists = [dict(zip(chance.permutation(12).tolist(), map(float, scores), strict=False)) for scores in falling]
    expected = [one_by_one(scores, genres, diversity, most, 6) for scores in lists]
    assert items_of(reranker(diversity, most, genres, np.zeros((12, 1))), ranked(*lists), 6) == expected


def test_nothing_to_do_gives_the_best():
    plain = ranked({3: 3.0, 1: 2.0, 0: 1.0}, {2: 1.0})
    top, rank = reranker().choose(best(plain, 9)[0], 2)
    wanted, ranks = best(plain, 2)
    assert (top.item.tolist(), rank.tolist()) == (wanted.item.tolist(), ranks.tolist())


@pytest.mark.parametrize("diversity", [0.0, 0.4, 1.0])
def test_a_shorter_list_is_the_start_of_a_longer_one(diversity):
    rules, scored = reranker(diversity, 2), ranked({0: 5.0, 1: 4.0, 2: 3.0, 3: 2.0, 4: 1.0, 5: 0.0})
    assert items_of(rules, scored, 5)[0][:3] == items_of(rules, scored, 3)[0]
