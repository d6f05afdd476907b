import numpy as np
import pandas as pd
import pytest

from recommender.errors import DataError
from recommender.log.splitting import order_events
from recommender_lab.feedback import replay_models
from recommender_lab.feedback.replay import build_log
from recommender_lab.feedback.replay_models import Fit, answer, fit, fits, served_rounds
from recommender_lab.feedback.rounds import Rounds
from recommender_lab.feedback.schedules import TRANSITIONS, TWO_STAGE, Arm, arms
from tests.knowing import params_of
from tests.logs import log
from tests.recommender_lab.feedback.worlds import ITEMS, RANKER, items_frame

REPLAY = {
    "period": "day",
    "warm_up": 3,
    "rounds": 4,
    "schedules": ["never", "every_round"],
    "weightings": ["all", "window"],
    "two_stage": ["every_n"],
    "every": 2,
    "window_days": 2,
    "retrain": {"past_requests": 2, "seeds": 1, "max_rounds": 3},
    "k": 5,
    "resamples": 100,
}
PARAMS = params_of(replay=REPLAY, train_ranker=RANKER)


def events_of(days=8, users=20, per_day=3, seed=0):
    """Every user meets some items a day, walking on from the last one, mostly."""
    chance, rows = np.random.default_rng(seed), []
    for user in range(users):
        items = (np.arange(days * per_day) * 2 + user) % ITEMS
        items[::4] = chance.permutation(ITEMS)[: len(items[::4])]
        for at, item in enumerate(dict.fromkeys(items.tolist())):
            rows.append((user, item, 1 + item % 5, 86_400 * (at // per_day) + 60 * at + user))
    return log(*rows)


def log_of(events):
    return build_log(order_events(events, "hashed", 0), PARAMS.replay, seed=3)


LOG = log_of(events_of())


class TestPlan:
    def test_rounds_after_the_warm_up_as_many_as_wanted_or_there(self):
        assert served_rounds(LOG, PARAMS) == range(3, 7)
        assert served_rounds(log_of(events_of(days=5)), PARAMS) == range(3, 5)

    def test_a_warning_where_there_is_none(self, caplog):
        assert not served_rounds(log_of(events_of(days=2)), PARAMS)
        assert caplog.messages == ["replay.warm_up: no round to serve after 3 periods, the log has 2; lower it"]

    def test_each_model_is_fitted_once_for_all_that_need_it(self):
        both = [Arm(TRANSITIONS, "all", "never"), Arm(TRANSITIONS, "all", "every_n")]
        assert fits(both, range(3, 7), every=2) == [
            Fit(TRANSITIONS, "all", 3, (3, 4, 5, 6)),
            Fit(TRANSITIONS, "all", 5, (5, 6)),
        ]

    def test_every_arm_finds_its_model_in_every_round(self):
        wanted = fits(arms(PARAMS.replay), range(3, 7), every=2)
        assert len(wanted) == len({(one.model, one.weighting, one.before) for one in wanted}) == 4 * 2 + 2


class TestFits:
    @pytest.mark.parametrize("model", [TRANSITIONS, TWO_STAGE])
    def test_only_what_came_before_the_round_is_learnt_from(self, model, monkeypatch):
        learnt = []
        for name in ("fit_transitions", "retrain"):
            plain = getattr(replay_models, name)
            monkeypatch.setattr(
                replay_models, name, lambda known, *rest, plain=plain: learnt.append(known) or plain(known, *rest)
            )
        fit(LOG, Fit(model, "all", 4, (4,)), items_frame(), PARAMS)
        assert learnt[0].time.max() < LOG.start(4)
        assert len(learnt[0].item) == LOG.until(LOG.start(4))

    def test_the_light_model_learns_from_the_latest_events_alone(self):
        few = params_of(replay=REPLAY, sequence={"context_events": 10})
        found = fit(LOG, Fit(TRANSITIONS, "all", 4, ()), items_frame(), few).source
        latest = np.bincount(LOG.item[LOG.until(LOG.start(4)) - 10 : LOG.until(LOG.start(4))])
        assert np.count_nonzero(found.popularity) == np.count_nonzero(latest)

    def test_a_window_forgets(self):
        whole, late = (fit(LOG, Fit(TRANSITIONS, name, 4, ()), items_frame(), PARAMS) for name in ("all", "window"))
        assert late.source.near.table.nnz < whole.source.near.table.nnz

    def test_too_little_to_learn_from_names_the_knob(self):
        with pytest.raises(DataError, match=r"replay: .* before 1998-01-02: .*; or raise replay\.warm_up"):
            fit(log_of(events_of(users=2, per_day=1)), Fit(TWO_STAGE, "all", 1, ()), items_frame(), PARAMS)


class TestAnswers:
    wanted = Fit(TWO_STAGE, "all", 3, (3, 4))

    def answers(self, found, folder, wanted=None):
        return answer(found, wanted or self.wanted, items_frame(), PARAMS, Rounds(folder, {}.items()))

    def bytes_of(self, answers):
        return {at: [value.tobytes() for value in vars(served).values()] for at, served in answers.items()}

    def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(self, tmp_path, monkeypatch):
        whole = self.bytes_of(self.answers(LOG, tmp_path / "whole"))
        self.answers(LOG, tmp_path / "part", Fit(TWO_STAGE, "all", 3, (3,)))
        assert self.bytes_of(self.answers(LOG, tmp_path / "part")) == whole
        monkeypatch.setattr(replay_models, "fit", lambda *_: pytest.fail("fitted again"))
        assert self.bytes_of(self.answers(LOG, tmp_path / "part")) == whole

    @pytest.mark.parametrize("model", [TRANSITIONS, TWO_STAGE])
    def test_later_events_change_no_earlier_round(self, model, tmp_path):
        """Not even of users and items whose ids come first."""
        later = events_of(days=3, seed=5)
        later = later.assign(user_id=later["user_id"] - 7, item_id=(later["item_id"] + 30) % 77 - 5)
        later = later.drop_duplicates(["user_id", "item_id"])
        later["timestamp"] += pd.Timedelta(days=20)
        longer = log_of(pd.concat([events_of(), later], ignore_index=True).drop_duplicates(["user_id", "item_id"]))
        assert len(longer.items) > len(LOG.items)
        wanted = Fit(model, "all", 3, (3, 4))
        old, new = self.answers(LOG, tmp_path / "old", wanted), self.answers(longer, tmp_path / "new", wanted)
        for at in (3, 4):
            assert old[at].rank.tobytes() == new[at].rank.tobytes()
            assert LOG.items[old[at].shown].tolist() == longer.items[new[at].shown].tolist()

    def test_refreshing_helps_where_the_world_moves_on(self, tmp_path):
        """From day 5 on everybody walks the round of the items backwards: who learnt before does not know."""
        moved = pd.concat([events_of(days=5), self.reversed()], ignore_index=True).drop_duplicates(
            ["user_id", "item_id"]
        )
        found = log_of(moved)
        old = self.answers(found, tmp_path / "old", Fit(TRANSITIONS, "all", 3, (7,)))[7]
        new = self.answers(found, tmp_path / "new", Fit(TRANSITIONS, "all", 7, (7,)))[7]
        assert (new.rank > 0).mean() > (old.rank > 0).mean() + 0.1

    def reversed(self):
        rows = []
        for user in range(20):
            for at in range(9):
                rows.append((user, 100 + (user + 7 * at) % 40, 3, 86_400 * (5 + at // 3) + 60 * at + user))
        return log(*rows)
