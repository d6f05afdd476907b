import json
import shutil

import numpy as np
import pytest

from recommender.bundle.artifacts import EVENTS, FACTORS, ITEMS, RECIPE, REQUESTS, SEQUENCE, TREES, Artifacts
from recommender.bundle.settings import PublishParams
from recommender.columns import POLICIES
from recommender.errors import DataError, ParameterError
from recommender.files import read_arrays, write_arrays
from recommender.params import load
from recommender.parts import read_events
from recommender.policies import recommend_all
from tests.logs import delete, file_of, save_events

NEEDS = {
    "random": (*EVENTS, REQUESTS, "params.yaml"),
    "popularity": (*EVENTS, REQUESTS, "params.yaml"),
    "svd": (*EVENTS, REQUESTS, "params.yaml", FACTORS),
    "two_stage": (*EVENTS, REQUESTS, "params.yaml", ITEMS, FACTORS, SEQUENCE, TREES, RECIPE),
}
BROKEN = [(name, path) for name, paths in NEEDS.items() for path in paths]


@pytest.fixture
def own_project(project, tmp_path):
    """A copy of the fitted project that a test may break."""
    return shutil.copytree(project, tmp_path / "own")


def build(root, name):
    return Artifacts(root).open(name).policy


@pytest.mark.parametrize(("name", "path"), BROKEN)
class TestBrokenFile:
    def test_missing(self, own_project, name, path):
        delete(own_project / path)
        with pytest.raises((DataError, ParameterError), match=path):
            build(own_project, name)

    @pytest.mark.parametrize("content", [b"", b"\xff\x00 nothing of the kind"])
    def test_not_whole(self, own_project, name, path, content):
        file_of(own_project / path).write_bytes(content)
        with pytest.raises((DataError, ParameterError), match=path):
            build(own_project, name)


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_opens_only_what_it_needs(own_project, name):
    for path in {file for files in NEEDS.values() for file in files} - set(NEEDS[name]):
        delete(own_project / path)
    build(own_project, name)


@pytest.mark.parametrize("path", [FACTORS, SEQUENCE])
class TestOtherItems:
    def test_a_model_of_other_items_is_refused(self, own_project, path):
        arrays = read_arrays(own_project / path)
        write_arrays(own_project / path, arrays | {"item_ids": arrays["item_ids"] + 1})
        with pytest.raises(DataError, match=f"{path}: fitted on other items .* run `dvc repro`"):
            build(own_project, "two_stage")

    def test_a_file_of_something_else_is_refused(self, own_project, path):
        write_arrays(own_project / path, {"x": np.arange(3)})
        with pytest.raises(DataError, match=path):
            build(own_project, "two_stage")


def test_a_ranker_of_other_features_is_refused(own_project):
    recipe = json.loads((own_project / RECIPE).read_text())
    (own_project / RECIPE).write_text(json.dumps(recipe | {"names": recipe["names"][1:]}))
    with pytest.raises(DataError, match=f"{TREES}: has {len(recipe['names'])} features, .* run `dvc repro`"):
        build(own_project, "two_stage")


@pytest.mark.parametrize("damage", ["trees removed", "one bit", "cut", "of another run"])
def test_trees_that_are_not_those_of_the_recipe_never_reach_lightgbm(own_project, damage, monkeypatch):
    """LightGBM ends the whole process on some damaged trees."""
    path, content = own_project / TREES, (own_project / TREES).read_bytes()
    first, end = content.index(b"Tree=0"), content.index(b"end of trees")
    damaged = {
        "trees removed": content[:first] + content[end:],
        "one bit": content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
        "cut": content[: len(content) // 2],
        "of another run": content + b"\n",
    }
    path.write_bytes(damaged[damage])
    monkeypatch.setattr("recommender.bundle.models.from_text", lambda *_: pytest.fail("LightGBM saw the file"))
    with pytest.raises(
        DataError, match=f"{TREES}: not the trees that its recipe was written with .* delete it, then run"
    ):
        build(own_project, "two_stage")


def test_a_recipe_of_another_version_is_refused(own_project):
    recipe = json.loads((own_project / RECIPE).read_text())
    (own_project / RECIPE).write_text(json.dumps({key: recipe[key] for key in ("names", "features")}))
    with pytest.raises(DataError, match=f"{RECIPE}: not a recipe of this version; delete it, then run `dvc repro`"):
        build(own_project, "two_stage")


def test_a_source_that_serves_instead_of_the_ranker(own_project):
    path = own_project / RECIPE
    recipe = json.loads(path.read_text())
    path.write_text(json.dumps(recipe | {"served_by": "popularity"}))
    found = Artifacts(own_project)
    lists = [
        recommend_all(found.policy(name), found.histories, found.open(name).requests, 5) for name in POLICIES[1::2]
    ]
    assert lists[0]["item_id"].tolist() == lists[1]["item_id"].tolist()
    path.write_text(json.dumps(recipe | {"served_by": "nobody"}))
    with pytest.raises(DataError, match="served_by: 'nobody' is none of the ranker's sources"):
        build(own_project, "two_stage")


class TestRequests:
    def test_test_users_know_all_events_before_the_test(self, artifacts):
        requests = artifacts.open("svd").requests
        assert requests.user.tolist() == list(range(30))
        assert set(requests.position) == {11}

    def test_only_two_stage_looks_at_the_time_of_the_request(self, artifacts, project):
        asked = read_events(project / REQUESTS)["timestamp"].astype("int64").to_numpy()
        last = artifacts.histories.time[artifacts.histories.indptr[1:] - 1]
        assert (artifacts.open("two_stage").requests.time == asked).all()
        assert all((artifacts.open(name).requests.time == last).all() for name in POLICIES[:-1])


def test_titles(artifacts):
    assert artifacts.titles[7] == "Title of 7"


def test_a_request_is_asked_when_the_requests_say_and_else_after_the_last_event(project, artifacts, tmp_path):
    table = read_events(project / "data/split/requests.parquet")
    assert artifacts.asked.tolist() == table["timestamp"].astype("int64").tolist()
    root = shutil.copytree(project, tmp_path / "own")
    save_events(table[1:], root / "data/split/requests.parquet")
    histories = artifacts.histories
    assert Artifacts(root).asked.tolist() == [histories.time[histories.indptr[1] - 1], *artifacts.asked[1:]]


def test_a_revision_is_of_the_bytes_that_a_policy_answers_from(project, artifacts, tmp_path):
    root = shutil.copytree(project, tmp_path / "own")
    assert (
        Artifacts(root).open("two_stage").revision
        == artifacts.open("two_stage").revision
        != artifacts.open("svd").revision
    )
    with open(root / "models/ranker.json", "a", encoding="utf-8") as file:
        file.write("\n")
    assert Artifacts(root).open("two_stage").revision != artifacts.open("two_stage").revision
    assert Artifacts(root).open("svd").revision == artifacts.open("svd").revision


def test_another_rule_after_ranking_is_another_revision(project, artifacts):
    rules = load(PublishParams, project / "params.yaml").rerank
    revisions = [
        artifacts.open("two_stage", rules.model_copy(update={"diversity": to})).revision for to in (0.1, 0.1, 0.2)
    ]
    assert revisions[0] == revisions[1]
    assert len({*revisions, artifacts.open("two_stage").revision}) == 3
