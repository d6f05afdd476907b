import shutil

import numpy as np
import pandas as pd
import pytest
import yaml

import recommender
from recommender.bundle.live import FOLDER
from recommender.bundle.recommending import OldBundleWarning, UnknownUserWarning, recommend
from recommender.columns import POLICIES
from recommender.errors import DataError, ParameterError
from recommender.parts import read_events
from recommender_lab.drift.reader import LogReader, log_files
from tests.logs import save_events
from tests.project.project import run_stages
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

    def test_nothing_that_the_user_has_in_any_part_of_the_log(self, project, model):
        parts = pd.concat([read_events(project / f"data/split/{name}.parquet") for name in ("train", "valid", "test")])
        met = set(parts.query("user_id == 4")["item_id"])
        assert set(recommend(4, model, 1000, project)["item_id"]) == set(range(24)) - met

    def test_an_unknown_user_gets_the_most_popular_items_and_is_told(self, project, model):
        with pytest.warns(UnknownUserWarning, match="user 999 has no events: the most popular items are recommended"):
            answer = recommend(999, model, 4, project)
        assert set(answer["policy"]) == {"popularity"}
        assert answer["rank"].tolist() == [1, 2, 3, 4]
        assert answer["score"].is_monotonic_decreasing

    def test_what_happened_since_counts_at_once(self, project, model):
        first = recommend(4, model, 3, project)["item_id"].tolist()
        event = {"item_id": first[0], "timestamp": "2030-01-01"}
        after = recommend(4, model, 1000, project, events=[event])["item_id"].tolist()
        assert len(after) == 24 - 12 - 1
        assert first[0] not in after

    def test_a_new_user_with_one_event_gets_the_wanted_policy(self, project, model):
        answer = recommend(999, model, 30, project, events=[{"item_id": 5, "timestamp": "2030-01-01", "rating": 4}])
        assert set(answer["policy"]) == {model}
        assert set(answer["item_id"]) == set(range(24)) - {5}

    def test_only_what_is_wanted(self, project, model):
        every = recommend(4, model, 24, project)["item_id"].tolist()
        assert recommend(4, model, 24, project, exclude=every[:1])["item_id"].tolist() == every[1:]
        assert set(recommend(4, model, 24, project, genres=["a"])["item_id"]) == {item for item in every if item % 2}
        wanted = sorted(every[-3:])
        assert sorted(recommend(4, model, 24, project, candidates=wanted)["item_id"]) == wanted


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
    with pytest.raises(DataError, match=r"manifest.json: no such file; run `dvc repro`"):
        recommend(4, "svd", 1, tmp_path / "file")


def test_a_folder_without_a_run(tmp_path):
    with pytest.raises(DataError, match=r"manifest.json: no such file; run `dvc repro`"):
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


class TestTheNextBundle:
    @pytest.fixture
    def root(self, project, tmp_path):
        root = shutil.copytree(project, tmp_path / "own")
        recommend(4, "popularity", 12, root)
        return root

    def test_replaces_the_loaded_one(self, root):
        last = recommend(4, "popularity", 12, root)["item_id"].iloc[-1]
        log = read_events(root / "data/prepared/interactions.parquet")
        more = [log.head(1).assign(item_id=last, user_id=user) for user in range(100, 160)]
        save_events(pd.concat([log, *more]), root / "data/prepared/interactions.parquet")
        assert run_stages(root, ["publish"]) == {"publish": 0}
        assert recommend(4, "popularity", 1, root)["item_id"].tolist() == [last]

    def test_until_it_has_landed_the_loaded_one_answers(self, root):
        before = recommend(4, root=root)
        shutil.rmtree(root / FOLDER)
        pd.testing.assert_frame_equal(recommend(4, root=root), before)

    def test_a_damaged_one_is_refused_and_the_loaded_one_answers(self, root):
        before = recommend(4, root=root)
        (root / FOLDER / "svd.npz").write_bytes(b"")
        (root / FOLDER / "manifest.json").touch()
        with pytest.warns(OldBundleWarning, match=r"svd.npz: not the part of revision .* stays in use"):
            pd.testing.assert_frame_equal(recommend(4, root=root), before)


def test_text_ids_with_quotes_spaces_and_emoji(project, text_project):
    answer = recommend(TEXTS[4], "two_stage", 3, text_project)
    assert answer["item_id"].tolist() == [TEXTS[item] for item in recommend(4, "two_stage", 3, project)["item_id"]]


def test_a_number_is_no_user_where_ids_are_text(text_project):
    with pytest.warns(
        UnknownUserWarning,
        match=r"user 4 has no events \(ids in this log are text such as .*\): the most popular items",
    ):
        recommend(4, "svd", 3, text_project)


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


@pytest.fixture(scope="module")
def with_rules(project, tmp_path_factory):
    root = shutil.copytree(project, tmp_path_factory.mktemp("rules") / "own")
    values = yaml.safe_load((project / "params.yaml").read_text())
    values["rerank"] |= {"exclude_genres": ["a"], "exclude_items": [2], "diversity": 0.5}
    (root / "params.yaml").write_text(yaml.safe_dump(values))
    assert run_stages(root, ["publish"]) == {"publish": 0}
    return root


class TestRerank:
    """The bundle follows section `rerank` of params.yaml as it was when it was published."""

    @pytest.mark.parametrize("model", POLICIES)
    def test_what_is_excluded_never_comes_and_others_take_its_place(self, project, with_rules, model):
        allowed = {item for item in recommend(5, model, 24, project)["item_id"] if item % 2 == 0 and item != 2}
        assert set(recommend(5, model, len(allowed), with_rules, explain=True)["item_id"]) == allowed

    def test_an_unknown_user_sees_nothing_excluded_either(self, with_rules):
        with pytest.warns(UnknownUserWarning):
            answer = recommend(999, "two_stage", 24, with_rules)
        assert set(answer["item_id"]) == set(range(0, 24, 2)) - {2}

    def test_where_nothing_is_left_the_answer_is_empty(self, with_rules):
        answer = recommend(4, "svd", 3, with_rules, genres=["a"], explain=True)
        assert answer.empty
        assert answer.columns.tolist() == [*COLUMNS, "why"]


class TestLog:
    """Each call is a line of the request log, if the caller wants one."""

    def logged(self, folder):
        return list(LogReader(log_files(folder)))

    def test_nothing_unless_asked_for(self, project, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        recommend(4, "svd", 3, project)
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("model", POLICIES)
    def test_the_line_is_the_answer(self, project, bundle, model, tmp_path):
        answer = recommend(4, model, 3, project, log=tmp_path / "logs")
        (line,) = self.logged(tmp_path / "logs")
        assert line.ranking.items == answer["item_id"].tolist()
        assert line.ranking.scores == pytest.approx(answer["score"].tolist(), abs=1e-6)
        assert (line.user, line.known, line.model, line.policy, line.k) == (4, True, model, model, 3)
        assert line.revision == bundle.manifest.revision
        assert line.milliseconds > 0

    def test_it_changes_no_answer(self, project, tmp_path):
        logged = recommend(4, root=project, log=str(tmp_path))
        pd.testing.assert_frame_equal(logged, recommend(4, root=project))

    def test_popularity_is_that_of_the_whole_log(self, project, bundle, tmp_path):
        answer = recommend(4, "svd", 3, project, log=tmp_path)
        (line,) = self.logged(tmp_path)
        counts = bundle.histories.counts[answer["item_id"]]
        assert line.features["served_popularity"] == pytest.approx(np.log1p(counts).mean(), abs=1e-6)
        assert line.features["history_events"] == 12

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
