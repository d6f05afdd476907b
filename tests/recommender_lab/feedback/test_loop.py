from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from recommender.ranking.ranker import from_text
from recommender.ranking.recipe import Recipe
from recommender_lab.feedback import loop
from recommender_lab.feedback.checkpoints import Checkpoints
from recommender_lab.feedback.loop import (
    ARMS,
    EXPLORING,
    FROZEN,
    POPULARITY,
    SVD,
    TWO_STAGE,
    InitialModel,
    append_clicks,
)
from tests.logs import histories_of
from tests.recommender_lab.feedback.visiting import TWO
from tests.recommender_lab.feedback.worlds import LOOP, run, world_of


@pytest.fixture(scope="module")
def world():
    return world_of()


@pytest.fixture(scope="module")
def played_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("played")


@pytest.fixture(scope="module")
def played(world, played_folder):
    initial = InitialModel(world)
    return {arm: run(world, arm, played_folder / arm, initial) for arm in ARMS}


def same(left, right):
    return len(left) == len(right) and all(
        all(value.tobytes() == vars(b.visits)[name].tobytes() for name, value in vars(a.visits).items())
        and (a.ranker, a.recipe) == (b.ranker, b.recipe)
        for a, b in zip(left, right, strict=True)
    )


class TestAppendingClicks:
    histories = histories_of({1: "ab", 2: "cd"})

    def test_clicks_follow_each_users_events_in_order(self):
        found = append_clicks(self.histories, TWO, 1_000_000_000 + int(self.histories.time.max()))
        assert (found.indptr.tolist(), found.item.tolist()) == ([0, 4, 6], [0, 1, 0, 2, 2, 3])
        assert np.diff(found.time[2:4]).tolist() == [1_000_000]
        assert found.rating[2:4].tolist() == [4, 4]

    def test_the_histories_stay(self):
        before = self.histories.item.copy()
        append_clicks(self.histories, TWO, 0)
        assert self.histories.item.tolist() == before.tolist()


class TestChain:
    def test_no_user_is_shown_an_item_that_was_clicked_before_or_met(self, world, played):
        for arm in ARMS:
            histories = world.original
            for number, part in enumerate(played[arm], start=1):
                met = set(zip(histories.user.tolist(), histories.item.tolist(), strict=True))
                visits = part.visits
                rows = np.argwhere(visits.seen)
                shown = {(int(visits.user[row]), int(item)) for row, slate in rows for item in visits.item[row, slate]}
                assert shown, arm
                assert not shown & met, arm
                histories = append_clicks(histories, visits, world.moment(number))

    def test_users_come_who_return_from_the_round_before(self, played):
        for arm in ARMS:
            for before, after in pairwise(played[arm]):
                assert after.visits.user.tolist() == np.flatnonzero(before.visits.returns).tolist(), arm

    def test_the_first_round_is_the_same_with_and_without_retraining(self, played):
        assert same(played[TWO_STAGE][:1], played[FROZEN][:1])

    def test_the_frozen_ranker_stays_and_the_others_change(self, played):
        assert len({part.ranker for part in played[FROZEN]}) == 1
        assert len({part.ranker for part in played[TWO_STAGE]}) == 3

    def test_models_are_fitted_on_the_clicks_so_far(self, world, tmp_path, monkeypatch):
        sizes, plain = [], loop.fit_svd_policy
        monkeypatch.setattr(
            loop, "fit_svd_policy", lambda known, *rest: sizes.append(len(known.item)) or plain(known, *rest)
        )
        found = run(world, SVD, tmp_path)
        clicks = np.cumsum([0, *(int(part.visits.click.sum()) for part in found[:-1])])
        assert clicks[-1] > 0
        assert sizes == (len(world.original.item) + clicks).tolist()

    def test_only_the_two_stage_model_uses_the_time_of_a_request_and_only_if_allowed(
        self, world, tmp_path, monkeypatch
    ):
        times, plain = [], loop.top_lists
        monkeypatch.setattr(loop, "top_lists", lambda *given: times.append(given[2].time.tolist()) or plain(*given))
        original = world.original
        last = original.time[original.indptr[1:] - 1].tolist()
        for arm, allowed in ((POPULARITY, True), (TWO_STAGE, False), (TWO_STAGE, True)):
            sequence = world.params.sequence.model_copy(update={"request_time": allowed})
            settings = world.params.feedback_loop.model_copy(update={"rounds": 1})
            params = world.params.model_copy(update={"sequence": sequence, "feedback_loop": settings})
            run(replace(world, params=params), arm, tmp_path / f"{arm}{allowed}")
        assert times == [last, last, [world.moment(1)] * original.n_users]

    def test_every_arm_has_the_same_random_numbers_and_every_round_its_own(self, world, tmp_path, monkeypatch):
        names, plain = [], loop.generator
        monkeypatch.setattr(loop, "generator", lambda *given: names.append(given) or plain(*given))
        for arm in (POPULARITY, SVD):
            run(world, arm, tmp_path)
        assert names[:3] == names[3:]
        assert len(set(names)) == 3

    def test_only_the_exploring_arm_explores(self, played):
        for arm in ARMS:
            explored = [part.visits.propensity[part.visits.seen].min() < 1 for part in played[arm]]
            assert explored == [arm == EXPLORING] * 3


def test_a_round_without_users_is_empty(tmp_path):
    visit = LOOP["visit"] | {"return_after_click": 0, "return_without": 0}
    for arm in (POPULARITY, EXPLORING):
        first, *others = run(world_of(visit=visit), arm, tmp_path)
        assert len(first.visits.user) > 0, arm
        assert [len(part.visits.user) for part in others] == [0, 0], arm


def test_the_ranker_and_its_recipe_are_those_of_the_pipeline(played):
    last = played[TWO_STAGE][-1]
    assert from_text(last.ranker, "here").n_features == len(Recipe.model_validate_json(last.recipe).names)
    assert {(part.ranker, part.recipe) for arm in (POPULARITY, SVD) for part in played[arm]} == {("", "")}


class TestRestart:
    def killed(self, world, arm, folder, after):
        """Run an arm that fails when it is about to play one more round than it may."""
        left, plain = [after], Checkpoints.get

        def get(rounds, name, make):
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
            return plain(rounds, name, make)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Checkpoints, "get", get)
            with pytest.raises(KeyboardInterrupt):
                run(world, arm, folder)

    def test_an_interrupted_run_continues_and_ends_with_the_same_bytes(self, world, played, tmp_path):
        for arm, after in ((SVD, 1), (EXPLORING, 2)):
            folder = tmp_path / arm
            self.killed(world, arm, folder, after)
            before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.npz")}
            assert len(before) == after
            assert same(run(world, arm, folder), played[arm])
            assert {path: path.stat().st_mtime_ns for path in before} == before

    def test_a_finished_run_fits_nothing(self, world, played, played_folder, monkeypatch):
        monkeypatch.setattr(loop, "fit_two_stage", lambda *_: pytest.fail("fitted"))
        assert same(run(world, TWO_STAGE, played_folder / TWO_STAGE), played[TWO_STAGE])


def test_the_initial_model_is_fitted_once_on_the_original_events(world, monkeypatch):
    fitted = []
    monkeypatch.setattr(loop, "fit_two_stage", lambda *arguments: fitted.append(arguments) or len(fitted))
    initial = InitialModel(world)
    assert (initial.get(), initial.get(), len(fitted)) == (1, 1, 1)
    assert fitted[0][0] is world.original


class TestMetamorphic:
    def test_exploration_spreads_what_is_shown(self, tmp_path):
        """By the effective number of items, 1 / sum of squared shares: nearly all of so few items are shown anyway."""
        spread = []
        for share in (0.0, 1.0):
            visits = run(world_of(exploration=share, rounds=1), EXPLORING, tmp_path / str(share))[0].visits
            shown = np.bincount(visits.item[visits.seen].ravel())
            spread.append(shown.sum() ** 2 / (shown**2).sum())
        assert spread[0] < spread[1]

    def test_no_exploration_is_the_plain_arm(self, tmp_path):
        quiet = world_of(exploration=0.0, rounds=1)
        assert same(run(quiet, EXPLORING, tmp_path / "x"), run(quiet, TWO_STAGE, tmp_path / "plain"))

    def test_uncertain_slots_hold_items_with_fewer_events(self, tmp_path):
        known = []
        for explore in ("random", "uncertain"):
            world = world_of(exploration=1.0, explore=explore, rounds=1)
            visits = run(world, EXPLORING, tmp_path / explore)[0].visits
            known.append(world.original.counts[visits.pools[visits.seen][:, 3:]].mean())
        assert known[1] < known[0]
