import json

import numpy as np
import pandas as pd
import pytest

from recommender.bundle.artifacts import Artifacts
from recommender.engine.local import ONE_THREAD, Local
from recommender.policies import recommend_all
from recommender.request_log.pipeline import PipelineLog, draw
from recommender.retrieval import top
from recommender_lab.drift.reader import LogReader


def log_of(artifacts, name="two_stage", users=range(30), engine=ONE_THREAD):
    """Recommend to everybody and log some users; return the lists and the log."""
    log = PipelineLog(name, artifacts.open(name).revision, 5, artifacts.asked, np.array(users, dtype=np.int64))
    lists = recommend_all(
        artifacts.open(name).policy, artifacts.histories, artifacts.open(name).requests, 5, engine, log
    )
    return lists, log.content()


def lines(content, tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_bytes(content)
    return list(LogReader([path]))


@pytest.mark.parametrize("name", ["random", "popularity", "svd", "two_stage"])
def test_what_is_logged_is_what_was_recommended(artifacts, tmp_path, name):
    lists, content = log_of(artifacts, name)
    found = lines(content, tmp_path)
    assert len(found) == 30
    for line in found:
        own = lists.query("user_id == @line.user")
        assert line.ranking.items == own["item_id"].tolist()
        assert line.ranking.scores == own["score"].tolist()
        assert (line.model, line.policy, line.known, line.k, line.milliseconds) == (name, name, True, 5, None)
        assert line.time == line.as_of


def test_watching_changes_no_list(artifacts):
    policy, requests = artifacts.open("two_stage").policy, artifacts.open("two_stage").requests
    alone = recommend_all(policy, artifacts.histories, requests, 5)
    pd.testing.assert_frame_equal(log_of(artifacts)[0], alone)


def test_lines_are_in_the_order_of_time(artifacts, tmp_path):
    found = lines(log_of(artifacts)[1], tmp_path)
    assert [line.time for line in found] == sorted(line.time for line in found)
    assert len({line.request_id for line in found}) == 30


def test_the_time_is_that_of_the_request_for_every_policy(artifacts, tmp_path):
    times = [[line.time for line in lines(log_of(artifacts, name)[1], tmp_path)] for name in ("svd", "two_stage")]
    assert times[0] == times[1]


def test_chunks_and_workers_change_no_byte(artifacts, monkeypatch):
    _, whole = log_of(artifacts, users=[1, 4, 9, 16, 25])
    monkeypatch.setattr(top, "CHUNK_CELLS", 3 * 24)
    assert log_of(artifacts, users=[1, 4, 9, 16, 25], engine=Local(4))[1] == whole


def test_only_the_users_drawn(artifacts, tmp_path):
    _, content = log_of(artifacts, users=[3, 5])
    assert [line.user for line in lines(content, tmp_path)] == [3, 5]
    assert content == b"".join(
        row for row in log_of(artifacts)[1].splitlines(True) if json.loads(row)["user"] in {3, 5}
    )


def test_text_ids(text_project, tmp_path):
    artifacts = Artifacts(text_project)
    found = lines(log_of(artifacts)[1], tmp_path)
    assert {line.user for line in found} == set(artifacts.histories.users)


class TestDraw:
    def test_at_most_so_many_of_them_in_order(self):
        users = np.arange(0, 2000, 2)
        drawn = draw(users, 100, seed=1)
        assert len(drawn) == 100
        assert set(drawn) <= set(users)
        assert (np.diff(drawn) > 0).all()

    def test_the_seed_decides(self):
        users = np.arange(1000)
        assert draw(users, 100, 1).tolist() == draw(users[::-1], 100, 1).tolist() != draw(users, 100, 2).tolist()

    def test_a_larger_draw_holds_the_smaller(self):
        assert set(draw(np.arange(1000), 50, 3)) <= set(draw(np.arange(1000), 60, 3))

    def test_all_where_there_are_few(self):
        assert draw(np.array([5, 2]), 10, 0).tolist() == [2, 5]
