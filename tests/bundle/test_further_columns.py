"""Further columns, from the prepared tables to the bundle's answers; all users but the last have a row."""

import shutil

import numpy as np
import pandas as pd
import pytest

from recommender.bundle.artifacts import Artifacts
from recommender.bundle.fold_in import Event, Query
from recommender.bundle.live import FOLDER, Bundle
from recommender.bundle.recommending import recommend
from recommender.features.assemble import assemble
from recommender.features.context import Context
from recommender.log.views import Requests, View
from recommender.policies import recommend_all
from recommender.retrieval.candidates import find_candidates
from recommender.serving.answering import answer_all
from recommender.serving.journal import Journal
from recommender.serving.schemas import Ask
from recommender.serving.swap import Release
from tests.logs import log
from tests.project.project import hashes, run_stages
from tests.projects import STAGES, items_of, lay_out, make_project, renamed
from tests.shared_folder import once

ON = {"features.user_columns": True, "features.item_columns": True, "features.request_columns": True}
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


OF_REQUEST = ("request_number_load", "request_distance_load", "request_text_device", "request_lift_device")


def plain_log():
    """30 users who each met ten of 24 items, in a random order."""
    chance = np.random.default_rng(0)
    items = [chance.permutation(24)[:10].tolist() for _ in range(30)]
    return log(*((user, item, 3, 3600 * at + user) for user in range(30) for at, item in enumerate(items[user])))


def with_devices(events):
    """Even items are met on a phone and odd ones on a tv, at a load that grows."""
    even = pd.factorize(events["item_id"], sort=True)[0] % 2 == 0
    return events.assign(load=np.arange(float(len(events))), device=pd.array(np.where(even, "phone", "tv"), "str"))


def tables(events):
    return {"users": users_of(events), "items": items_with_columns(events)}


@pytest.fixture(scope="module", params=["integers", "text"])
def project(request, tmp_path_factory):
    events = with_devices(plain_log() if request.param == "integers" else renamed(plain_log()))
    make = lambda folder: make_project(folder, events, **tables(events), changes=ON)  # noqa: E731
    return once(tmp_path_factory, f"further_columns_{request.param}", make)


@pytest.fixture(scope="module")
def bundle(project):
    return Bundle(project / FOLDER)


def features(bundle, view):
    """Return the features of the candidates of requests by name, and the rows of each request."""
    known = bundle.knowledge
    found = find_candidates(view, known.sources, known.sizes, known.catalogue(view), stack=known.stack)
    names, matrix = assemble(Context(view, known, bundle.item_table, found), bundle.recipe.features)
    assert names == bundle.recipe.names
    return dict(zip(names, matrix.T, strict=True)), found.request


def test_the_ranker_has_them_and_the_recipe_says_what_they_mean(bundle):
    assert {*OF_USER, *OF_ITEM, *OF_REQUEST} <= set(bundle.recipe.names)
    assert bundle.recipe.request_columns == {"device": ["phone", "tv"], "load": []}
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
    assert all(np.isnan(served[name]).all() for name in OF_REQUEST)


def test_what_is_said_of_a_request_is_used_as_in_the_past_requests(project, bundle):
    """As the evaluated models used it for the test requests: `phone` is code 0, `tv` code 1."""
    artifacts, now = Artifacts(project), bundle.known_until
    test = pd.read_parquet(project / "data/split/test.parquet")
    opened = artifacts.open("two_stage").requests
    assert opened.columns["load"].values.tolist() == test["load"].tolist()
    assert opened.columns["device"].values.tolist() == (test["device"] == "tv").tolist()
    user = bundle.histories.users.tolist()[0]
    said = [{"device": "tv", "load": "7"}, {"device": "watch"}, {}]
    served, request = features(bundle, bundle.view("two_stage", [Query(user, (), now, context) for context in said]))
    first = np.searchsorted(request, np.arange(3))
    assert served["request_text_device"][first].tolist() == pytest.approx([1, np.nan, np.nan], nan_ok=True)
    assert served["request_number_load"][first].tolist() == pytest.approx([7, np.nan, np.nan], nan_ok=True)
    assert np.isfinite(served["request_lift_device"][request == 0]).all()


def test_recommend_and_the_service_take_it(project, bundle, store):
    user, said = bundle.histories.users.tolist()[0], {"device": "phone", "load": "11"}
    answer = bundle.answer("two_stage", bundle.view("two_stage", [Query(user, (), bundle.known_until, said)]), 5)
    expected = bundle.histories.items[answer.top.item].tolist(), np.round(answer.top.score, 6).tolist()
    found = recommend(user, k=5, root=project, context={"device": "phone", "load": 11})
    assert (found["item_id"].tolist(), found["score"].tolist()) == expected
    asks = [Ask(user=user, k=5, context=context) for context in (said, {}, said)]
    first, without, again = answer_all(Release(bundle, Journal(store, bundle)), asks)
    assert ([item.item_id for item in first.items], [item.score for item in first.items]) == expected
    assert again.items == first.items != without.items


@pytest.mark.parametrize(("device", "odd"), [("phone", 0), ("tv", 1)])
def test_the_ranker_learns_from_it(bundle, device, odd):
    queries = [Query(user, (), bundle.known_until, {"device": device}) for user in bundle.histories.users.tolist()]
    found = bundle.answer("two_stage", bundle.view("two_stage", queries), 3)
    assert (found.top.item % 2 == odd).mean() > 0.9


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


def test_without_the_groups_further_columns_change_no_byte_of_the_models(tmp_path):
    """The parts of the log have them, and the bundle has the table of items as it is."""
    events = plain_log()
    whole = make_project(tmp_path / "with", with_devices(events), **tables(events))
    folders = [whole, make_project(tmp_path / "no", events)]
    found, expected = (hashes(folder, STAGES) for folder in folders)
    others = {name for name in found if found[name] != expected[name] and not name.startswith("data/split/")}
    assert others == {f"{FOLDER}/items.parquet", f"{FOLDER}/manifest.json"}
    assert "columns" not in (folders[0] / "models/ranker.json").read_text()


@pytest.mark.parametrize("word", ["user", "item", "request"])
def test_the_group_without_columns_is_refused(tmp_path, caplog, word):
    folder = lay_out(tmp_path, plain_log(), changes={f"features.{word}_columns": True})
    assert run_stages(folder, STAGES)["build_ranking"] == 1
    assert f"features.{word}_columns: there are no further columns of {word}s" in caplog.messages[-1]
