import pandas as pd
import pytest

from benchmarks.params import Params
from benchmarks.splits import CUTS, MOMENTS, compare, cut, main, pool, until, variants
from recommender.log.splitting import order_events
from recommender.params import load
from tests.logs import log

EVENTS = log(*((user, f"{user}{day}", 1, 86_400 * day) for user in (1, 2) for day in range(20)))


def test_the_last_events_of_each_user_are_cut_off():
    ordered = order_events(EVENTS, "hashed", 0)
    left = cut(ordered, 3)
    assert left["user_id"].value_counts().tolist() == [17, 17]
    assert left["item_id"].tolist() == [f"{user}{day}" for user in (1, 2) for day in range(17)]
    assert cut(ordered, 0).equals(ordered)


@pytest.mark.parametrize(("share", "days"), [(1, 20), (0.8, 15), (0.5, 9)])
def test_the_log_ends_where_a_share_of_its_events_has_passed(share, days):
    """40 events, two a day, at places 0 to 39: 0.8 * 39 = 31.2 is on day 15, 0.5 * 39 = 19.5 on day 9."""
    left = until(EVENTS, share)
    assert sorted(left["item_id"]) == sorted(f"{user}{day}" for user in (1, 2) for day in range(days))


def test_every_cut_and_every_moment_hold_out_what_comes_next():
    found = {
        name: (kind, parts, params) for kind, name, parts, params in variants(EVENTS, load(Params), [0, 2], [1, 0.8])
    }
    assert [kind for kind, *_ in found.values()] == [CUTS, CUTS, MOMENTS, MOMENTS]
    assert found["last 0 events cut off"][1].test["item_id"].tolist() == ["119", "219"]
    assert found["last 2 events cut off"][1].test["item_id"].tolist() == ["117", "217"]
    for name, last in (("global time, first 100% of the log", 19), ("global time, first 80% of the log", 14)):
        _, parts, params = found[name]
        assert params.split.method == "global_time"
        assert parts.test["timestamp"].min() > pd.concat([parts.train, parts.valid])["timestamp"].max()
        assert parts.test["timestamp"].max() == EVENTS.loc[EVENTS["item_id"] == f"1{last}", "timestamp"].item()


def tables(**values):
    return {name: pd.DataFrame({"hit@10": 0.0, "ndcg@10": value}) for name, value in values.items()}


def test_ours_against_svd_and_against_the_best_source_which_is_no_policy():
    """Means: 0.3 of ours, 0.1 of svd, 0.2 of ease, 0.15 of ridge."""
    values = {"svd": [0.1, 0.1], "popularity": [0.3, 0.2], "ease": [0.4, 0.0], "ridge": [0.1, 0.2]}
    found = compare(tables(two_stage=[0.2, 0.4], **values), seed=0, resamples=100)
    assert (found["users"], found["best_source"]) == (2, "ease")
    assert found["over_svd"]["ratio"] == pytest.approx(3)
    assert found["over_svd"]["difference"] == pytest.approx(0.2)
    assert found["over_best_source"]["ratio"] == pytest.approx(1.5)


class TestPool:
    """User 0 had 0.4 in one split and 0 in the other, users 1 and 2 had 0.5 and 0.2 in the other alone."""

    RUNS = (tables(two_stage=[0.4]), tables(two_stage=[0.0, 0.5, 0.2]))

    def test_each_request_counts_once_and_a_user_is_one_row(self):
        """The mean of the four requests is 1.1 / 4; sums 0.4, 0.5 and 0.2, scaled by three users per four requests."""
        pooled = pool(self.RUNS)["two_stage"]["ndcg@10"]
        assert pooled.tolist() == pytest.approx([0.4 * 3 / 4, 0.5 * 3 / 4, 0.2 * 3 / 4])
        assert pooled.mean() == pytest.approx(1.1 / 4)

    def test_each_user_counts_once(self):
        pooled = pool(self.RUNS, users_alike=True)["two_stage"]["ndcg@10"]
        assert pooled.tolist() == pytest.approx([0.2, 0.5, 0.2])


def test_nothing_to_measure_is_refused_before_any_result_is_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["--cuts", "--ends"])
    assert ended.value.code == 2
    assert "--cuts and --ends are both empty" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
