from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recommender.errors import DataError
from recommender.log.histories import DAY
from recommender.params import load
from recommender.ranking import ranker as ranker_module
from recommender.ranking.judging import mean_ndcg
from recommender.ranking.ranker import importances, to_text
from recommender.ranking.training import RankingTable, fit_ranker, refit, train, weights
from recommender_lab.check.sections import AllParams as Params
from tests.knowing import params_of

SMALL = {"num_leaves": 4, "min_data_in_leaf": 5, "max_rounds": 12, "early_stopping_rounds": 5, "feature_fraction": 1.0}
SETTINGS = load(Params, Path(__file__).parents[2] / "params.yaml").train_ranker.model_copy(update=SMALL)


def table(n_requests=60, size=8, seed=0, told=True):
    """One positive per request; the first feature tells it if `told`, the second is noise."""
    random = np.random.default_rng(seed)
    label = np.zeros((n_requests, size), dtype=np.int8)
    label[np.arange(n_requests), random.integers(size, size=n_requests)] = 1
    noise = random.normal(size=(2, n_requests * size))
    features = np.column_stack((label.ravel() * told + 0.1 * noise[0], noise[1])).astype(np.float32)
    request = np.repeat(np.arange(n_requests), size)
    return RankingTable(request, label.ravel(), features, request * DAY)


def scores(ranker, rows):
    return ranker.predict(rows.features)


class TestTable:
    ROWS = RankingTable(
        np.array([3, 3, 5, 9, 9, 9]), np.array([0, 1, 0, 1, 0, 0], np.int8), np.zeros((6, 1), np.float32), np.zeros(6)
    )

    def test_group_sizes(self):
        assert self.ROWS.group_sizes.tolist() == [2, 1, 3]

    def test_requests_without_a_positive_can_be_left_out(self):
        judged = self.ROWS.with_positive()
        assert judged.request.tolist() == [3, 3, 9, 9, 9]
        assert judged.label.tolist() == [0, 1, 1, 0, 0]
        assert len(judged.features) == judged.group_sizes.sum() == 5


@pytest.mark.parametrize("objective", ["lambdarank", "binary"])
class TestTrain:
    def fit(self, objective, seeds=(1,), **changes):
        settings = SETTINGS.model_copy(update={"objective": objective, **changes})
        return train(table(), table(seed=1), settings, list(seeds))

    def test_finds_the_feature_that_tells_the_answer(self, objective):
        ranker, _ = self.fit(objective)
        assert mean_ndcg(table(seed=2), scores(ranker, table(seed=2))) > 0.95
        assert importances(ranker, ["signal", "noise"])["signal"] > 0.9

    def test_learns_nothing_where_there_is_nothing(self, objective):
        """Of 8 items in random order: the mean of 1 / log2(rank + 1) is 0.49."""
        settings = SETTINGS.model_copy(update={"objective": objective})
        ranker, _ = train(table(told=False), table(told=False, seed=1), settings, [1])
        assert mean_ndcg(table(told=False, seed=2), scores(ranker, table(told=False, seed=2))) < 0.65

    def test_codes_of_texts_are_taken_in_any_order(self, objective):
        """The answer has one of the codes 0, 3, 5 and 7 of eight: one split by a set of codes tells them apart."""
        tables = []
        for seed in (0, 1):
            random, plain = np.random.default_rng(seed), table(n_requests=1000, seed=seed)
            codes = np.where(plain.label, random.choice([0, 3, 5, 7], 8000), random.choice([1, 2, 4, 6], 8000))
            tables.append(replace(plain, features=codes[:, None].astype(np.float32), texts=(0,)))
        settings = SETTINGS.model_copy(update={"objective": objective, "max_rounds": 1, "num_leaves": 2})
        ranker, _ = train(*tables, settings, [1])
        assert mean_ndcg(tables[1], scores(ranker, tables[1])) == 1
        unordered, _ = train(*(replace(one, texts=()) for one in tables), settings, [1])
        assert mean_ndcg(tables[1], scores(unordered, tables[1])) < 1

    def test_room_is_made_for_no_more_leaves_than_the_rows_can_fill(self, objective):
        """Leaves of half the rows or more: two of them."""
        half = len(table().label) // 2
        text = to_text(self.fit(objective, num_leaves=131_072, min_data_in_leaf=half)[0])
        assert "[num_leaves: 2]" in text

    def test_same_seed_same_text_on_any_number_of_threads(self, objective):
        texts = [to_text(self.fit(objective, num_threads=threads)[0]) for threads in (1, 2)]
        assert texts[0].partition("parameters:")[0] == texts[1].partition("parameters:")[0]

    def test_all_seeds_have_as_many_trees_as_are_best_for_the_first(self, objective):
        (ranker, curve), (alone, same) = self.fit(objective, seeds=(1, 2)), self.fit(objective)
        assert len(curve) <= SMALL["max_rounds"]
        assert [booster.num_trees() for booster in ranker.boosters] == [int(np.argmax(curve)) + 1] * 2
        assert curve == same
        assert to_text(ranker).startswith(to_text(alone))

    def test_several_seeds_score_the_mean_of_their_own(self, objective):
        ranker, _ = self.fit(objective, seeds=(1, 2))
        alone = [booster.predict(table().features, raw_score=True) for booster in ranker.boosters]
        assert (alone[0] != alone[1]).any()
        assert scores(ranker, table()) == pytest.approx(np.mean(alone, axis=0))

    @pytest.mark.parametrize("ends", [(15, 120), (3, 5), (1, 1), (0, 400)])
    def test_the_steps_add_up_to_the_whole(self, objective, ends, monkeypatch):
        monkeypatch.setattr(ranker_module, "STEPS", tuple((trees, 1) for trees in ends))
        ranker, rows = self.fit(objective, seeds=(1, 2))[0], table().features
        parts = [ranker.score(step, rows) for step in range(3)]
        assert np.sum(parts, axis=0) == pytest.approx(ranker.predict(rows))
        trees = ranker.boosters[0].num_trees()
        assert parts[0] == pytest.approx(self.first_trees(ranker, ends[0], rows))
        assert parts[0] + parts[1] == pytest.approx(self.first_trees(ranker, min(ends[1], trees), rows))

    def first_trees(self, ranker, number, rows):
        """The share of the first seed's first trees in the mean over two seeds; LightGBM takes 0 for all."""
        return ranker.boosters[0].predict(rows, num_iteration=number, raw_score=True) / 2 if number else 0


def test_more_rows_of_one_group_than_lightgbm_takes_are_refused():
    large = table(n_requests=1, size=10_001)
    for rows, valid, name in ((large, table(), "train"), (table(), large, "valid")):
        with pytest.raises(DataError, match=f"{name}: 10001 rows of one group .* at most 10000; lower"):
            train(rows, valid, SETTINGS, [1])


class TestRefit:
    STOPPED = train(table(), table(seed=1), SETTINGS, [1])[0]

    def again(self, rows, valid):
        return refit(self.STOPPED, [rows, valid], params_of(train_ranker={**SMALL, "seeds": 2}))

    def test_as_many_trees_of_each_seed(self):
        trees = [booster.num_trees() for booster in self.again(table(), table(seed=1)).boosters]
        assert trees == [booster.num_trees() for booster in self.STOPPED.boosters] * 2

    def test_validation_requests_are_learnt_from(self):
        """Training rows tell nothing here, so all that is known comes from the others."""
        blank = table(told=False)
        assert mean_ndcg(table(seed=2), scores(self.again(blank, table(n_requests=300, seed=1)), table(seed=2))) > 0.9
        assert mean_ndcg(table(seed=2), scores(self.again(blank, table(told=False, seed=1)), table(seed=2))) < 0.65

    @pytest.mark.parametrize(
        ("asked", "label", "grown_again"),
        [(True, "next_event", True), (False, "next_event", False), (True, "liked", False)],
    )
    def test_only_where_it_is_asked_for_and_labels_are_alike(self, asked, label, grown_again):
        params = params_of(train_ranker={**SMALL, "seeds": 1, "refit": asked}, build_ranking={"label": label})
        trained = fit_ranker(table(), table(seed=1), params)
        assert (to_text(trained.ranker) != to_text(trained.stopped)) is grown_again

    @pytest.mark.parametrize("asked", [True, False])
    def test_all_seeds_serve(self, asked):
        trained = fit_ranker(table(), table(seed=1), params_of(train_ranker={**SMALL, "seeds": 2, "refit": asked}))
        assert len(trained.ranker.boosters) == 2

    def test_requests_without_a_positive_change_nothing(self):
        valid = table(seed=1)
        more = RankingTable(
            np.append(valid.request, [99, 99]),
            np.append(valid.label, [0, 0]),
            np.append(valid.features, [[1, 1]] * 2, 0),
            np.append(valid.time, [0, 0]),
        )
        assert to_text(self.again(table(), more)) == to_text(self.again(table(), valid))


@pytest.mark.parametrize("part", ["train", "valid"])
def test_without_a_positive_the_part_is_named(part):
    parts = {"train": table(), "valid": table(seed=1)}
    parts[part] = replace(parts[part], label=np.zeros(480, dtype=np.int8))
    with pytest.raises(DataError, match=f"ranking dataset, {part}: no positive row; raise candidates"):
        train(parts["train"], parts["valid"], SETTINGS, [0])


class TestHalfLife:
    def test_by_hand(self):
        """10, 5 and 0 days before the latest request, with a half-life of 5 days: 1/4, 1/2 and 1."""
        assert weights(np.array([0, 5, 10]) * DAY, 5).tolist() == [0.25, 0.5, 1]
        assert weights(np.array([0, 5, 10]) * DAY, None) is None

    def test_what_was_long_ago_is_forgotten(self):
        """Long ago the feature told the opposite: with a short half-life the trees believe the latest requests."""
        then, now = table(seed=0), table(seed=1)
        both = RankingTable(
            np.concatenate((then.request, now.request + 60)),
            np.concatenate((then.label, now.label)),
            np.concatenate((1 - then.features, now.features)),
            np.concatenate((then.time, now.time + 10_000 * DAY)),
        )
        check = table(seed=2)
        ndcg = {}
        for half_life in (None, 100):
            settings = SETTINGS.model_copy(update={"half_life_days": half_life})
            ndcg[half_life] = mean_ndcg(check, scores(train(both, check, settings, [1])[0], check))
        assert ndcg[100] > 0.9 > ndcg[None]
