import numpy as np
import pandas as pd
import pytest

from recommender.errors import DataError
from recommender.log.splitting import order_events
from recommender_lab.feedback import replay_models
from recommender_lab.feedback.checkpoints import Checkpoints
from recommender_lab.feedback.replay import build_log
from recommender_lab.feedback.replay_models import fit, serve_rounds, served_rounds
from recommender_lab.feedback.schedules import TRANSITIONS, TWO_STAGE, ModelVersion, arms, rounds_by_version
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
    "retrain": {"ridge_items": 800, "past_requests": 2, "seeds": 1, "max_rounds": 3},
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

VERSION = ModelVersion(TWO_STAGE, "all", 3)


class TestPlan:
    def test_rounds_after_the_warm_up_as_many_as_wanted_or_there(self):
        assert served_rounds(LOG, PARAMS.replay) == range(3, 7)
        assert served_rounds(log_of(events_of(days=5)), PARAMS.replay) == range(3, 5)

    def test_a_warning_where_there_is_none(self, caplog):
        assert not served_rounds(log_of(events_of(days=2)), PARAMS.replay)
        assert caplog.messages == ["replay.warm_up: no round to serve after 3 periods, the log has 2; lower it"]

    def test_every_arm_finds_its_model_in_every_round(self):
        wanted, compared = rounds_by_version(arms(PARAMS.replay), range(3, 7), every=2), arms(PARAMS.replay)
        assert len(wanted) == 4 * 2 + 2
        for arm in compared:
            assert all(number in wanted[arm.version(number, 3, 2)] for number in range(3, 7)), arm


class TestFit:
    def test_only_events_before_the_round_are_fitted_on(self, monkeypatch):
        fitted = []
        for name in ("fit_transitions", "fit_two_stage"):
            plain = getattr(replay_models, name)
            monkeypatch.setattr(
                replay_models, name, lambda known, *rest, plain=plain: fitted.append(known) or plain(known, *rest)
            )
        for model in (TRANSITIONS, TWO_STAGE):
            fit(LOG, ModelVersion(model, "all", 4), items_frame(), PARAMS)
            assert fitted[-1].time.max() < LOG.start(4), model
            assert len(fitted[-1].item) == LOG.until(LOG.start(4)), model
        assert len(fitted) == 2

    @pytest.mark.parametrize(
        ("weighting", "start", "half_life"), [("all", 0, None), ("recent", 0, 30), ("window", 2, None)]
    )
    def test_a_weighting_of_the_two_stage_model(self, monkeypatch, weighting, start, half_life):
        """A window of 2 days before day 4 starts on day 2; recent past requests weigh more in the ranker."""
        fitted = []
        plain = replay_models.fit_two_stage
        monkeypatch.setattr(replay_models, "fit_two_stage", lambda *given: fitted.append(given) or plain(*given))
        fit(LOG, ModelVersion(TWO_STAGE, weighting, 4), items_frame(), PARAMS)
        ((known, _, params),) = fitted
        assert len(known.item) == LOG.until(LOG.start(4)) - LOG.until(LOG.start(start))
        assert params.train_ranker.half_life_days == half_life

    def test_the_light_model_is_fitted_on_the_latest_events(self):
        few = params_of(replay=REPLAY, sequence={"context_events": 10})
        found = fit(LOG, ModelVersion(TRANSITIONS, "all", 4), items_frame(), few).source
        latest = np.bincount(LOG.item[LOG.until(LOG.start(4)) - 10 : LOG.until(LOG.start(4))])
        assert np.count_nonzero(found.popularity) == np.count_nonzero(latest)

    def test_a_window_forgets(self):
        whole, late = (
            fit(LOG, ModelVersion(TRANSITIONS, name, 4), items_frame(), PARAMS) for name in ("all", "window")
        )
        assert late.source.near.table.nnz < whole.source.near.table.nnz

    def test_too_few_events_name_the_key(self):
        with pytest.raises(DataError, match=r"replay: .* before 1998-01-02: .*; or raise replay\.warm_up"):
            fit(log_of(events_of(users=2, per_day=1)), ModelVersion(TWO_STAGE, "all", 1), items_frame(), PARAMS)


class TestServing:
    def served(self, found, folder, version=VERSION, numbers=(3, 4)):
        return serve_rounds(found, version, numbers, items_frame(), PARAMS, Checkpoints(folder, {}.items()))

    def bytes_of(self, rounds):
        return {at: [value.tobytes() for value in vars(served).values()] for at, served in rounds.items()}

    def test_an_interrupted_run_continues_and_ends_with_the_same_bytes(self, tmp_path, monkeypatch):
        whole = self.bytes_of(self.served(LOG, tmp_path / "whole"))
        self.served(LOG, tmp_path / "part", numbers=(3,))
        assert self.bytes_of(self.served(LOG, tmp_path / "part")) == whole
        monkeypatch.setattr(replay_models, "fit", lambda *_: pytest.fail("fitted again"))
        assert self.bytes_of(self.served(LOG, tmp_path / "part")) == whole

    def test_later_events_change_no_earlier_round(self, tmp_path):
        """Not even of users and items whose ids come first."""
        later = events_of(days=3, seed=5)
        later = later.assign(user_id=later["user_id"] - 7, item_id=(later["item_id"] + 30) % 77 - 5)
        later = later.drop_duplicates(["user_id", "item_id"])
        later["timestamp"] += pd.Timedelta(days=20)
        longer = log_of(pd.concat([events_of(), later], ignore_index=True).drop_duplicates(["user_id", "item_id"]))
        assert len(longer.items) > len(LOG.items)
        for model in (TRANSITIONS, TWO_STAGE):
            version = ModelVersion(model, "all", 3)
            old, new = (self.served(found, tmp_path / name, version) for found, name in ((LOG, "old"), (longer, "new")))
            for at in (3, 4):
                assert old[at].rank.tobytes() == new[at].rank.tobytes(), model
                assert LOG.items[old[at].shown].tolist() == longer.items[new[at].shown].tolist(), model

    def test_fitting_again_helps_when_behaviour_changes(self, tmp_path):
        """From day 5 on all users meet other items, which a model fitted before does not know."""
        moved = pd.concat([events_of(days=5), self.other_items()], ignore_index=True).drop_duplicates(
            ["user_id", "item_id"]
        )
        found = log_of(moved)
        old = self.served(found, tmp_path / "old", ModelVersion(TRANSITIONS, "all", 3), [7])[7]
        new = self.served(found, tmp_path / "new", ModelVersion(TRANSITIONS, "all", 7), [7])[7]
        assert (new.rank > 0).mean() > (old.rank > 0).mean() + 0.1

    def other_items(self):
        rows = []
        for user in range(20):
            for at in range(9):
                rows.append((user, 100 + (user + 7 * at) % 40, 3, 86_400 * (5 + at // 3) + 60 * at + user))
        return log(*rows)
