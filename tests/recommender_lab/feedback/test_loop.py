import json

import numpy as np
import pytest

from recommender.ranking.ranker import from_text
from recommender.ranking.recipe import Recipe
from recommender_lab.feedback import loop
from recommender_lab.feedback.loop import (
    ARMS,
    EXPLORING,
    FROZEN,
    POPULARITY,
    SVD,
    TWO_STAGE,
    Shared,
    learn_clicks,
    run_arm,
)
from recommender_lab.feedback.rounds import Rounds
from tests.logs import histories_of
from tests.recommender_lab.feedback.visiting import TWO
from tests.recommender_lab.feedback.worlds import LOOP, run, world_of


@pytest.fixture(scope="module")
def world():
    return world_of()[0]


@pytest.fixture(scope="module")
def played(world, tmp_path_factory):
    return {arm: run(world, arm, tmp_path_factory.mktemp(arm)) for arm in ARMS}


def same(left, right):
    return len(left) == len(right) and all(
        all(a.visits.arrays()[name].tobytes() == b.visits.arrays()[name].tobytes() for name in a.visits.arrays())
        and (a.ranker, a.recipe) == (b.ranker, b.recipe)
        for a, b in zip(left, right, strict=True)
    )


class TestLearningClicks:
    histories = histories_of({1: "ab", 2: "cd"})

    def test_clicks_follow_each_users_events_in_order(self):
        found = learn_clicks(self.histories, TWO, 1_000_000_000 + int(self.histories.time.max()))
        assert (found.indptr.tolist(), found.item.tolist()) == ([0, 4, 6], [0, 1, 0, 2, 2, 3])
        assert np.diff(found.time[2:4]).tolist() == [1_000_000]
        assert found.rating[2:4].tolist() == [4, 4]

    def test_the_histories_stay(self):
        before = self.histories.item.copy()
        learn_clicks(self.histories, TWO, 0)
        assert self.histories.item.tolist() == before.tolist()


class TestChain:
    @pytest.mark.parametrize("arm", ARMS)
    def test_nobody_is_shown_what_was_clicked_before_or_met(self, world, played, arm):
        histories = world.original
        for number, part in enumerate(played[arm], start=1):
            met = set(zip(histories.user.tolist(), histories.item.tolist(), strict=True))
            rows = np.argwhere(part.visits.seen)
            shown = {
                (int(part.visits.user[row]), int(item)) for row, slate in rows for item in part.visits.item[row, slate]
            }
            assert shown
            assert not shown & met
            histories = learn_clicks(histories, part.visits, world.moment(number))

    @pytest.mark.parametrize("arm", ARMS)
    def test_who_comes_was_said_the_round_before(self, world, played, arm):
        for before, after in zip(played[arm][:-1], played[arm][1:], strict=True):
            assert after.visits.user.tolist() == np.flatnonzero(before.visits.come).tolist()

    def test_the_first_round_is_the_same_with_and_without_retraining(self, played):
        assert same(played[TWO_STAGE][:1], played[FROZEN][:1])

    def test_the_frozen_ranker_stays_and_the_others_change(self, played):
        assert len({part.ranker for part in played[FROZEN]}) == 1
        assert len({part.ranker for part in played[TWO_STAGE]}) == 3

    def test_models_learn_from_the_clicks_so_far(self, world, tmp_path, monkeypatch):
        learnt = []
        plain = loop.factorise
        monkeypatch.setattr(
            loop, "factorise", lambda histories, params: learnt.append(histories) or plain(histories, params)
        )
        found = run(world, SVD, tmp_path)
        clicks = np.cumsum([0, *(int(part.visits.click.sum()) for part in found[:-1])])
        assert clicks[-1] > 0
        assert [len(histories.item) for histories in learnt] == (len(world.original.item) + clicks).tolist()

    def test_only_the_exploring_arm_explores(self, played):
        for arm in ARMS:
            explored = [part.visits.propensity[part.visits.seen].min() < 1 for part in played[arm]]
            assert explored == [arm == EXPLORING] * 3


@pytest.mark.parametrize("arm", [POPULARITY, EXPLORING])
def test_a_round_to_which_nobody_comes_is_empty(arm, tmp_path):
    visit = LOOP["visit"] | {"return_after_click": 0, "return_without": 0}
    first, *others = run(world_of(visit=visit)[0], arm, tmp_path)
    assert len(first.visits.user) > 0
    assert [len(part.visits.user) for part in others] == [0, 0]


class TestArtifact:
    def test_the_ranker_and_its_recipe_are_those_of_the_pipeline(self, played):
        last = played[TWO_STAGE][-1]
        assert from_text(last.ranker, "here").n_features == len(Recipe.model_validate(last.recipe).names)

    def test_arms_without_a_ranker_leave_none(self, played):
        assert {(part.ranker, json.dumps(part.recipe)) for part in played[POPULARITY]} == {("", "{}")}


class TestRestart:
    def killed(self, world, arm, folder, after):
        """Run an arm that fails when it is about to play one more round than it may."""
        left, plain = [after], Rounds.get

        def get(rounds, name, make):
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
            return plain(rounds, name, make)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Rounds, "get", get)
            with pytest.raises(KeyboardInterrupt):
                run(world, arm, folder)

    @pytest.mark.parametrize("arm", [SVD, EXPLORING])
    @pytest.mark.parametrize("after", [1, 2])
    def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(self, world, played, arm, after, tmp_path):
        self.killed(world, arm, tmp_path, after)
        before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")}
        assert len(before) == after
        assert same(run(world, arm, tmp_path), played[arm])
        assert {path: path.stat().st_mtime_ns for path in before} == before

    def test_a_finished_run_trains_nothing(self, world, played, tmp_path):
        run(world, TWO_STAGE, tmp_path)
        never = Shared(lambda: pytest.fail("trained"))
        assert same(run_arm(world, TWO_STAGE, never, Rounds(tmp_path, {}.items())), played[TWO_STAGE])


def test_a_shared_model_is_trained_once():
    made = []
    shared = Shared(lambda: made.append(1) or len(made))
    assert (shared.get(), shared.get(), len(made)) == (1, 1, 1)


class TestMetamorphic:
    def test_nothing_but_exploration_spreads_what_is_shown(self, tmp_path):
        """By the effective number of items, 1 / sum of squared shares: nearly all of so few items are shown anyway."""
        spread = []
        for share in (0.0, 1.0):
            visits = run(world_of(exploration=share, rounds=1)[0], EXPLORING, tmp_path / str(share))[0].visits
            shown = np.bincount(visits.item[visits.seen].ravel())
            spread.append(shown.sum() ** 2 / (shown**2).sum())
        assert spread[0] < spread[1]

    def test_no_exploration_is_the_plain_arm(self, tmp_path):
        quiet, _ = world_of(exploration=0.0, rounds=2)
        assert same(run(quiet, EXPLORING, tmp_path / "x"), run(quiet, TWO_STAGE, tmp_path / "plain"))

    def test_uncertain_slots_hold_less_known_items(self, tmp_path):
        known = []
        for explore in ("random", "uncertain"):
            world, _ = world_of(exploration=1.0, explore=explore, rounds=1)
            visits = run(world, EXPLORING, tmp_path / explore)[0].visits
            known.append(world.original.counts[visits.pools[visits.seen][:, 3:]].mean())
        assert known[1] < known[0]
