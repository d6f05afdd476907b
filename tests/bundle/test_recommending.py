import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest
import yaml

import recommender
from recommender.bundle.artifacts import Artifacts
from recommender.bundle.recommending import UnknownUserWarning, recommend
from recommender.bundle.settings import RerankParams
from recommender.columns import POLICIES
from recommender.errors import DataError, ParameterError
from recommender.files import read_table, write_table
from recommender.params import load
from recommender.policies import recommend_all
from recommender.request_log.pipeline import PipelineLog
from recommender_lab.drift.reader import LogReader, log_files
from tests.project.project import set_params
from tests.projects import TEXTS

COLUMNS = ["rank", "item_id", "title", "score", "policy"]


def test_the_package_offers_it():
    assert recommender.recommend is recommend


def test_the_package_offers_nothing_else():
    with pytest.raises(AttributeError, match="no attribute 'recomend'"):
        _ = recommender.recomend


@pytest.mark.parametrize("model", POLICIES)
class TestEveryModel:
    def test_columns_ranks_and_who_answered(self, project, model):
        answer = recommend(4, model, k=3, root=project)
        assert list(answer.columns) == COLUMNS
        assert answer["rank"].tolist() == [1, 2, 3]
        assert set(answer["policy"]) == {model}
        assert answer["title"].tolist() == [f"Title of {item}" for item in answer["item_id"]]

    @pytest.mark.parametrize("user", [0, 7, 29])
    def test_the_same_items_as_the_pipeline(self, project, artifacts, model, user):
        lists = recommend_all(artifacts.open(model).policy, artifacts.histories, artifacts.open(model).requests, 5)
        expected = lists.query("user_id == @user")
        answer = recommend(user, model, 5, project)
        assert answer["item_id"].tolist() == expected["item_id"].tolist()
        assert answer["score"].tolist() == pytest.approx(expected["score"].tolist(), abs=1e-6)

    def test_an_unknown_user_gets_the_popularity_answer_and_is_told(self, project, model):
        with pytest.warns(UnknownUserWarning, match="user 999 has no events: the popularity answer"):
            answer = recommend(999, model, 4, project)
        assert set(answer["policy"]) == {"popularity"}
        assert answer["rank"].tolist() == [1, 2, 3, 4]
        assert answer["score"].is_monotonic_decreasing

    def test_more_than_there_is(self, project, model):
        assert len(recommend(4, model, 1000, project)) == 24 - 11

    def test_a_user_whom_nobody_asked_about(self, project, model, tmp_path):
        """A user without a request, as too short to be tested, is answered right after the last event."""
        root = shutil.copytree(project, tmp_path / "own")
        path = root / "data/split/requests.parquet"
        write_table(read_table(path).query("user_id != 4"), path)
        assert set(recommend(4, model, 13, root)["item_id"]) == set(recommend(4, model, 13, project)["item_id"])


@pytest.mark.parametrize("k", [0, -1, 2.0, "3", None, True, float("nan")])
def test_a_bad_k(project, k):
    with pytest.raises(ParameterError, match=r"k: found .*, expected a whole number of at least 1"):
        recommend(4, "svd", k, project)


def test_a_numpy_k_is_fine(project):
    assert len(recommend(4, "svd", np.int64(2), project)) == 2


@pytest.mark.parametrize("model", ["two-stage", "", "SVD"])
def test_an_unknown_model(project, model):
    with pytest.raises(ParameterError, match="is unknown; choose one of random, popularity, svd, two_stage"):
        recommend(4, model, 1, project)


def test_a_file_as_the_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"train.parquet: no such file; run `dvc repro`"):
        recommend(4, "svd", 1, tmp_path / "file")


def test_a_folder_without_a_run(tmp_path):
    with pytest.raises(DataError, match=r"train.parquet: no such file; run `dvc repro`"):
        recommend(4, "svd", 1, tmp_path)


@pytest.mark.parametrize("user", ["4", " 4 ", np.int64(4)])
def test_an_id_may_be_given_as_text(project, user):
    assert recommend(user, "svd", 3, project)["item_id"].tolist() == recommend(4, "svd", 3, project)["item_id"].tolist()


@pytest.mark.parametrize("user", [4.0, True, None, float("nan"), b"4", [4], np.float64(4), np.array([4])])
def test_what_is_neither_an_integer_nor_text_is_an_error(project, text_project, user):
    for root in (project, text_project):
        with pytest.raises(ParameterError, match=r"user_id: found .*, expected an integer or text, as in the log"):
            recommend(user, "svd", 3, root)


@pytest.mark.parametrize("user", ["\ud800", "4\udce9"])
def test_text_that_no_log_can_hold_is_an_error(project, text_project, user):
    for root in (project, text_project):
        with pytest.raises(ParameterError, match=r"user_id: .* is not valid Unicode; give the id as"):
            recommend(user, "svd", 3, root)


@pytest.mark.parametrize("user", ["four", "", 10**30, -1, "🙂", "04", "+4", "1_0", "٤", "4.0"])
def test_what_cannot_be_an_id_is_an_unknown_user(project, user):
    with pytest.warns(UnknownUserWarning):
        recommend(user, "svd", 3, project)


def test_a_new_run_replaces_the_loaded_models(project, tmp_path):
    root = shutil.copytree(project, tmp_path / "own")
    before = recommend(4, "popularity", 13, root)
    train = read_table(root / "data/split/train.parquet")
    fans = train.head(1).assign(item_id=before["item_id"].iloc[-1])
    more = [fans.assign(user_id=user) for user in range(100, 160)]
    write_table(pd.concat([train, *more], ignore_index=True), root / "data/split/train.parquet")
    assert recommend(4, "popularity", 1, root)["item_id"].tolist() == before["item_id"].tail(1).tolist()


def test_text_ids_with_quotes_spaces_and_emoji(project, text_project):
    answer = recommend(TEXTS[4], "two_stage", 3, text_project)
    assert answer["item_id"].tolist() == [TEXTS[item] for item in recommend(4, "two_stage", 3, project)["item_id"]]


def test_a_number_is_no_user_where_ids_are_text(text_project):
    expected = "user 4 has no events (ids in this log are text such as '00 \"Zoë\\'s\" 🙂, x'): the popularity answer"
    with pytest.warns(UnknownUserWarning, match=re.escape(expected)):
        recommend(4, "svd", 3, text_project)


def test_under_global_time_later_events_are_no_reason_to_say_none(project, tmp_path):
    root = shutil.copytree(project, tmp_path / "own")
    set_params(root, {"split.method": "global_time"})
    with pytest.warns(UnknownUserWarning, match=r"user 999 has no events before split.test_from: the popularity"):
        recommend(999, "svd", 3, root)


def test_a_source_that_serves_instead_of_the_ranker(project, tmp_path):
    root = shutil.copytree(project, tmp_path / "own")
    path = root / "models/ranker.json"
    recipe = json.loads(path.read_text())
    path.write_text(json.dumps(recipe | {"served_by": "popularity"}))
    source = recommend(4, "popularity", 5, root, explain=True)
    answer = recommend(4, "two_stage", 5, root, explain=True)
    assert answer["item_id"].tolist() == source["item_id"].tolist()
    assert answer["why"].tolist() == source["why"].tolist()
    path.write_text(json.dumps(recipe | {"served_by": "nobody"}))
    with pytest.raises(DataError, match=r"ranker.json: served_by: 'nobody' is none of its sources; run `dvc"):
        recommend(4, "two_stage", 5, root)


class TestExplain:
    @pytest.mark.parametrize("model", POLICIES)
    def test_a_column_more_and_nothing_else(self, project, model):
        answer, plain = recommend(4, model, 5, project, explain=True), recommend(4, model, 5, project)
        assert list(answer.columns) == [*COLUMNS, "why"]
        pd.testing.assert_frame_equal(answer[COLUMNS], plain)
        assert answer["why"].str.len().min() > 0

    def test_an_unknown_user(self, project):
        with pytest.warns(UnknownUserWarning):
            answer = recommend(999, "two_stage", 2, project, explain=True)
        assert answer["why"].str.fullmatch(r"popular: chosen by \d+ users").all()

    def test_text_ids(self, text_project):
        assert len(recommend(TEXTS[4], "two_stage", 3, text_project, explain=True)["why"]) == 3


class TestRerank:
    """recommend() follows section `rerank` of params.yaml, whoever answers."""

    @pytest.fixture
    def own(self, project, tmp_path):
        root = shutil.copytree(project, tmp_path / "own")

        def say(**settings):
            values = yaml.safe_load((project / "params.yaml").read_text())
            values["rerank"] |= settings
            (root / "params.yaml").write_text(yaml.safe_dump(values))
            return root

        return say

    @pytest.mark.parametrize("model", POLICIES)
    def test_excluded_items_never_come_and_others_take_their_places(self, project, own, model):
        first = recommend(4, model, 3, project)["item_id"].tolist()
        answer = recommend(4, model, 12, own(exclude_items=first[:1]), explain=True)
        assert len(answer) == 12
        assert not set(answer["item_id"]) & set(first[:1])

    @pytest.mark.parametrize("model", POLICIES)
    def test_where_nothing_is_left_the_answer_is_empty(self, project, own, model):
        every = read_table(project / "data/prepared/items.parquet")["item_id"].tolist()
        answer = recommend(4, model, 3, own(exclude_items=every), explain=True)
        assert answer.empty
        assert answer.columns.tolist() == ["rank", "item_id", "title", "score", "policy", "why"]

    def test_an_unknown_user_sees_nothing_excluded_either(self, own):
        with pytest.warns(UnknownUserWarning):
            answer = recommend(999, "two_stage", 24, own(exclude_genres=["a"]))
        assert set(answer["item_id"] % 2) == {0}

    def test_the_same_items_as_the_pipeline(self, own):
        root = own(diversity=0.5, max_per_genre=3, exclude_items=[3])
        artifacts = Artifacts(root)
        rules = artifacts.open("two_stage", load(RerankParams, root / "params.yaml").rerank).reranker
        requests = artifacts.open("two_stage").requests
        lists = recommend_all(artifacts.open("two_stage").policy, artifacts.histories, requests, 5, reranker=rules)
        for user in (0, 4, 29):
            expected = lists.query("user_id == @user")["item_id"].tolist()
            assert recommend(user, "two_stage", 5, root)["item_id"].tolist() == expected

    def test_params_changed_after_the_models_were_loaded(self, own):
        root = own()
        first = recommend(4, "svd", 1, root)["item_id"].tolist()
        assert recommend(4, "svd", 1, own(exclude_items=first))["item_id"].tolist() != first

    @pytest.mark.parametrize("settings", [{"exclude_genres": ["z"]}, {"exclude_items": [1000]}, {"diversity": 2}])
    def test_bad_rules_name_their_key(self, own, settings):
        with pytest.raises(ParameterError, match=rf"rerank.{next(iter(settings))}"):
            recommend(4, "svd", 1, own(**settings))


class TestLog:
    """Each call is a line of the request log, if the caller wants one."""

    def logged(self, folder):
        return list(LogReader(log_files(folder)))

    def test_nothing_unless_asked_for(self, project, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        recommend(4, "svd", 3, project)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("model", POLICIES)
    def test_the_line_is_the_answer(self, project, artifacts, model, tmp_path):
        answer = recommend(4, model, 3, project, log=tmp_path / "logs")
        (line,) = self.logged(tmp_path / "logs")
        assert line.ranking.items == answer["item_id"].tolist()
        assert line.ranking.scores == pytest.approx(answer["score"].tolist(), abs=1e-6)
        assert (line.user, line.known, line.model, line.policy, line.k) == (4, True, model, model, 3)
        assert line.revision == artifacts.open(model).revision
        assert line.milliseconds > 0

    def test_it_changes_no_answer(self, project, tmp_path):
        logged = recommend(4, root=project, log=str(tmp_path))
        pd.testing.assert_frame_equal(logged, recommend(4, root=project))

    def test_it_explains_as_the_pipeline_does(self, project, artifacts, tmp_path):
        log = PipelineLog("two_stage", "abc", 5, artifacts.asked, np.arange(30))
        requests = artifacts.open("two_stage").requests
        recommend_all(artifacts.open("two_stage").policy, artifacts.histories, requests, 5, watch=log)
        (tmp_path / "pipeline.jsonl").write_bytes(log.content())
        recommend(4, "two_stage", 5, project, log=tmp_path / "logs")
        (live,) = self.logged(tmp_path / "logs")
        (mine,) = [line for line in self.logged(tmp_path / "pipeline.jsonl") if line.user == 4]
        assert live.candidates == mine.candidates
        assert live.features == mine.features
        assert live.as_of == mine.as_of != live.time

    def test_an_unknown_user(self, project, tmp_path):
        with pytest.warns(UnknownUserWarning):
            recommend("nobody", "two_stage", 3, project, log=tmp_path)
        (line,) = self.logged(tmp_path)
        assert (line.user, line.known, line.model, line.policy) == ("nobody", False, "two_stage", "popularity")
        assert (line.as_of, line.features["history_events"]) == (line.time, 0)

    def test_calls_are_told_apart(self, project, tmp_path):
        for user in (4, 4, 7):
            recommend(user, "svd", 3, project, log=tmp_path)
        lines = self.logged(tmp_path)
        assert [line.user for line in lines] == [4, 4, 7]
        assert len({line.request_id for line in lines}) == 3

    def test_a_log_that_cannot_be_written(self, project, tmp_path):
        (tmp_path / "taken").touch()
        with pytest.raises(DataError, match="taken: the request log cannot be written"):
            recommend(4, "svd", 3, project, log=tmp_path / "taken")
