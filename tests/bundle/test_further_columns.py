"""Further columns, from the prepared tables to the bundle's answers; all users but the last have a row."""

import shutil

import numpy as np
import pandas as pd
import pytest

from recommender.bundle.artifacts import Artifacts
from recommender.bundle.fold_in import Event, Query
from recommender.bundle.live import FOLDER, Bundle
from recommender.features.assemble import assemble
from recommender.features.context import Context
from recommender.log.views import Requests, View
from recommender.policies import recommend_all
from recommender.retrieval.candidates import find_candidates
from tests.logs import checkerboard
from tests.project.project import hashes, run_stages
from tests.projects import STAGES, items_of, lay_out, make_project, renamed
from tests.shared_folder import once

ON = {"features.user_columns": True, "features.item_columns": True}
OF_USER = ("user_number_age", "user_distance_age", "user_text_club", "user_lift_club")
OF_ITEM = ("item_number_price", "item_difference_price", "item_text_brand", "item_match_brand")


def users_of(events):
    ids = np.sort(events["user_id"].unique())[:-1]
    clubs = pd.array(["even" if at % 2 == 0 else "odd" for at in range(len(ids))], "str")
    return pd.DataFrame({"user_id": ids, "age": 20.0 + np.arange(len(ids)), "club": clubs})


def items_with_columns(events):
    items = items_of(events)
    codes = np.arange(len(items))
    brands = pd.array([f"brand {at % 3}" if at else None for at in codes], "str")
    return items.assign(price=np.where(codes == 1, np.nan, codes / 2), brand=brands)


def tables(events):
    return {"users": users_of(events), "items": items_with_columns(events)}


@pytest.fixture(scope="module", params=["integers", "text"])
def project(request, tmp_path_factory):
    events = checkerboard() if request.param == "integers" else renamed(checkerboard())
    make = lambda folder: make_project(folder, events, **tables(events), changes=ON)  # noqa: E731
    return once(tmp_path_factory, f"further_columns_{request.param}", make)


@pytest.fixture(scope="module")
def bundle(project):
    return Bundle(project / FOLDER)


def features(bundle, view):
    """Return the features of the candidates of requests by name, and the rows of each request."""
    known = bundle.knowledge
    found = find_candidates(view, known.sources, known.sizes, known.catalogue, stack=known.stack)
    names, matrix = assemble(Context(view, known, bundle.item_table, found), bundle.recipe.features)
    assert names == bundle.recipe.names
    return dict(zip(names, matrix.T, strict=True)), found.request


def test_the_ranker_has_them_and_the_recipe_says_what_they_mean(bundle):
    assert {*OF_USER, *OF_ITEM} <= set(bundle.recipe.names)
    assert bundle.recipe.user_columns == {"age": [], "club": ["even", "odd"]}
    assert bundle.recipe.item_columns == {"price": [], "brand": ["brand 0", "brand 1", "brand 2"]}


def test_a_served_request_has_the_features_of_the_whole_log(bundle):
    histories, now = bundle.histories, bundle.known_until
    users = np.arange(histories.n_users)
    whole, _ = features(bundle, View(histories, Requests(users, histories.lengths, np.full(len(users), now))))
    queries = [Query(user, (), now) for user in histories.users.tolist()]
    served, request = features(bundle, bundle.view("two_stage", queries))
    assert all(np.array_equal(whole[name], served[name], equal_nan=True) for name in whole)
    ages = served["user_number_age"][np.searchsorted(request, users)]
    assert ages.tolist() == pytest.approx([*range(20, 49), np.nan], nan_ok=True)
    assert set(served["item_number_price"].tolist()) > {0, 1, 11.5}


def test_a_list_is_the_same_alone_and_from_the_whole_log(bundle):
    histories, now = bundle.histories, bundle.known_until
    users = np.arange(histories.n_users)
    requests = Requests(users, histories.lengths, np.full(len(users), now))
    lists = recommend_all(bundle.policy("two_stage"), histories, requests, 5)
    for user, expected in lists.groupby("user_id"):
        answer = bundle.answer("two_stage", bundle.view("two_stage", [Query(user, (), now)]), 5)
        assert histories.items[answer.top.item].tolist() == expected["item_id"].tolist()
        assert np.round(answer.top.score, 6).tolist() == expected["score"].tolist()


@pytest.mark.parametrize("stranger", ["anonymous", 77, 0.5])
def test_of_an_unknown_user_nothing_is_known(bundle, stranger):
    """Neither of an id of another kind, for which the histories have a number that may be a user's."""
    item = bundle.histories.items[:1].tolist()[0]
    view = bundle.view("two_stage", [Query(stranger, [Event(item, bundle.known_until)], bundle.known_until)])
    found, request = features(bundle, view)
    assert len(request)
    assert all(np.isnan(found[name]).all() for name in OF_USER)
    assert bundle.answer("two_stage", view, 5).rank.tolist() == [1, 2, 3, 4, 5]


def test_reasons_can_be_given(bundle):
    view = bundle.view("two_stage", [Query(bundle.histories.users.tolist()[0], (), bundle.known_until)])
    answer = bundle.answer("two_stage", view, 5)
    assert all(bundle.explain(answer))


def test_the_evaluated_policy_knows_the_users_too(project, bundle):
    opened = Artifacts(project).open("two_stage")
    assert opened.histories.user_columns["age"].values.tolist() == pytest.approx(
        bundle.histories.user_columns["age"].values.tolist(), nan_ok=True
    )
    assert not Artifacts(project).open("svd").histories.user_columns


def test_the_evaluated_revision_depends_on_the_table_of_users(project, tmp_path):
    copy = shutil.copytree(project, tmp_path / "copy")
    before = {name: Artifacts(copy).open(name).revision for name in ("svd", "two_stage")}
    users = pd.read_parquet(copy / "data/prepared/users.parquet")
    users.assign(age=users["age"] + 1).to_parquet(copy / "data/prepared/users.parquet")
    after = {name: Artifacts(copy).open(name).revision for name in ("svd", "two_stage")}
    assert after["svd"] == before["svd"]
    assert after["two_stage"] != before["two_stage"]


def test_without_the_groups_further_columns_change_no_byte_of_lists_and_models(tmp_path):
    """But the bundle has the table of items as it is."""
    events = checkerboard()
    folders = [make_project(tmp_path / "with", events, **tables(events)), make_project(tmp_path / "no", events)]
    found, expected = (hashes(folder, STAGES) for folder in folders)
    assert {name for name in found if found[name] != expected[name]} == {
        f"{FOLDER}/items.parquet",
        f"{FOLDER}/manifest.json",
    }
    assert "columns" not in (folders[0] / "models/ranker.json").read_text()
    shutil.copy(folders[1] / "data/prepared/items.parquet", folders[0] / "data/prepared/items.parquet")
    assert Artifacts(folders[0]).open("two_stage").revision == Artifacts(folders[1]).open("two_stage").revision


@pytest.mark.parametrize("word", ["user", "item"])
def test_the_group_without_columns_is_refused(tmp_path, caplog, word):
    folder = lay_out(tmp_path, checkerboard(), changes={f"features.{word}_columns": True})
    assert run_stages(folder, STAGES)["build_ranking"] == 1
    assert f"features.{word}_columns: there is no table of {word}s with further columns" in caplog.messages[-1]
