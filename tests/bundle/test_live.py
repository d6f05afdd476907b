"""A bundle: whole or refused, and the same answers as for the whole log."""

import json
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.bundle.fold_in import Event, Query
from recommender.bundle.live import FOLDER, Bundle
from recommender.bundle.manifest import revision_of, to_json
from recommender.columns import POLICIES
from recommender.errors import DataError, ParameterError
from recommender.log.histories import Histories
from recommender.log.views import Requests
from recommender.parts import read_events
from recommender.policies import recommend_all

PARTS = ("histories.npz", "items.parquet", "svd.npz", "sequence.npz", "ranker.txt")
MINUTE = 60_000_000


@pytest.fixture
def copy(project, tmp_path):
    return shutil.copytree(project / FOLDER, tmp_path / "live")


class TestManifest:
    def test_what_it_says(self, bundle, project):
        parts = [read_events(project / f"data/split/{name}.parquet") for name in ("train", "valid", "test")]
        manifest = bundle.manifest
        assert manifest.events == sum(map(len, parts)) == len(bundle.histories.item)
        assert (manifest.users, manifest.items) == (30, 24)
        assert manifest.known_until == parts[2]["timestamp"].max().strftime("%Y-%m-%dT%H:%M:%SZ")
        assert manifest.evaluated == {"two_stage": {"ndcg@5": 0.5}}
        assert set(manifest.parts) == set(PARTS)
        assert manifest.versions.keys() == {"lightgbm", "numpy", "scipy"}

    def test_as_many_trees_as_the_evaluated_run(self, bundle, artifacts):
        assert bundle.ranker.n_trees == artifacts.ranker.n_trees
        assert bundle.recipe.names == artifacts.recipe.names

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"format": 0}, "found format 0, expected 2"),
            ({"seed": 1}, "its content is not that of revision"),
            ({"parts": {}}, "its content is not that of revision"),
            ({"recipe": {}}, "not a manifest of this version"),
        ],
    )
    def test_another_one_is_refused(self, copy, change, message):
        path = copy / "manifest.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | change))
        with pytest.raises(DataError, match=rf"{message}.*`dvc repro publish`"):
            Bundle(copy).load()

    def test_one_from_before_there_was_a_source_is_read(self, copy):
        path, made = copy / "manifest.json", Bundle(copy).manifest
        del made.recipe.candidates.__dict__["neural"]
        made.recipe.candidates.model_fields_set.remove("neural")
        revision = revision_of(made.parts, made.recipe, made.rerank, made.seed)
        path.write_bytes(to_json(made.model_copy(update={"revision": revision})))
        assert '"neural"' not in path.read_text()
        again = Bundle(copy)
        again.load()
        assert again.manifest.revision == revision != made.revision
        assert again.recipe.candidates.neural == 0


@pytest.mark.parametrize("part", PARTS)
class TestParts:
    def test_one_flipped_bit_is_refused(self, copy, part):
        content = bytearray((copy / part).read_bytes())
        content[len(content) // 2] ^= 1
        (copy / part).write_bytes(content)
        with pytest.raises(DataError, match=rf"{part}: not the part of revision .*`dvc checkout models/live`"):
            Bundle(copy).load()

    def test_a_missing_one_is_refused(self, copy, part):
        (copy / part).unlink()
        with pytest.raises(DataError, match=f"{part}: no such file"):
            Bundle(copy).load()

    def test_one_of_another_bundle_is_refused(self, copy, part, text_project):
        shutil.copy(text_project / FOLDER / part, copy / part)
        if (copy / part).read_bytes() != (text_project / FOLDER / part).read_bytes():
            pytest.fail("not copied")
        if part != "ranker.txt":  # the trees do not depend on ids
            with pytest.raises(DataError, match=f"{part}: not the part of revision"):
                Bundle(copy).load()


def batch(bundle, name, histories, user, now, k=24):
    """Answer from the whole log, as the stages do."""
    end = int(histories.indptr[user + 1])
    moment = now if bundle.uses_request_time(name) else int(histories.time[end - 1])
    requests = Requests(np.array([user]), histories.lengths[[user]], np.array([moment]))
    lists = recommend_all(bundle.policy(name), histories, requests, k)
    return lists["item_id"].tolist(), lists["score"].tolist()


def live(bundle, name, query, k=24):
    answer = bundle.answer(name, bundle.view(name, [query]), k)
    return bundle.histories.items[answer.top.item].tolist(), np.round(answer.top.score, 6).tolist()


def with_events(histories, user, events):
    """The whole log with more events at the end of one user's history."""
    at, n = int(histories.indptr[user + 1]), len(events)
    return Histories(
        users=histories.users,
        items=histories.items,
        indptr=histories.indptr + n * (np.arange(histories.n_users + 1) > user),
        item=np.insert(histories.item, [at] * n, [event.item for event in events]),
        time=np.insert(histories.time, [at] * n, [event.time for event in events]),
        rating=np.insert(histories.rating, [at] * n, np.array([event.rating for event in events], np.float32)),
    )


@pytest.mark.parametrize("name", POLICIES)
class TestTheSameAsForTheWholeLog:
    @given(user=st.integers(0, 29), later=st.integers(0, 10**12))
    def test_without_new_events(self, bundle, name, user, later):
        now = bundle.known_until + later
        assert live(bundle, name, Query(user, (), now)) == batch(bundle, name, bundle.histories, user, now)

    @given(user=st.integers(0, 29), data=st.data())
    def test_with_new_events_in_any_order(self, bundle, name, user, data):
        histories = bundle.histories
        met = set(histories.item[histories.indptr[user] : histories.indptr[user + 1]].tolist())
        new = data.draw(st.lists(st.sampled_from(sorted(set(range(24)) - met)), unique=True, min_size=1))
        events = [Event(item, bundle.known_until + at * MINUTE, 1 + at % 5) for at, item in enumerate(new)]
        now = events[-1].time
        expected = batch(bundle, name, with_events(histories, user, events), user, now)
        shuffled = data.draw(st.permutations(events))
        assert live(bundle, name, Query(user, shuffled, now)) == expected

    def test_in_a_batch_as_alone(self, bundle, name):
        queries = [Query(user, (), bundle.known_until) for user in (3, 29, 0)]
        together = bundle.answer(name, bundle.view(name, queries), 5)
        for at, query in enumerate(queries):
            rows = together.top.request == at
            assert together.top.item[rows].tolist() == live(bundle, name, query, 5)[0]

    def test_events_after_the_moment_are_not_seen(self, bundle, name):
        histories, first = bundle.histories, int(bundle.histories.indptr[4])
        now = int(histories.time[first + 5])
        view = bundle.view(name, [Query(4, [Event(0, now + 1)], now)])
        assert view.requests.position.tolist() == [6]
        assert view.histories.item.tolist() == histories.item[first : first + 6].tolist()


class TestNewEvents:
    def test_repeats_and_unknown_items_are_left_out(self, bundle):
        met = int(bundle.histories.item[bundle.histories.indptr[4]])
        fresh = next(item for item in range(24) if item not in bundle.histories.item[bundle.histories.user == 4])
        later = bundle.known_until + 1
        events = [Event(item, later) for item in (met, fresh, fresh, 777)]
        view = bundle.view("svd", [Query(4, events, later)])
        assert view.histories.item.tolist()[-1] == fresh
        assert len(view.histories.item) == bundle.histories.lengths[4] + 1

    def test_without_a_rating_the_mean_counts(self, bundle):
        view = bundle.view("svd", [Query(999, [Event(3, 5), Event(4, 6, 2.0)], 6)])
        assert view.histories.rating.tolist() == pytest.approx([bundle.histories.rating.mean(), 2.0])

    def test_a_late_event_takes_its_place_by_time(self, bundle):
        view = bundle.view("svd", [Query(999, [Event(3, 7), Event(4, 6)], 9)])
        assert view.histories.item.tolist() == [4, 3]


class TestExcludedItems:
    def test_by_id_genre_and_candidates(self, bundle):
        odd = set(range(1, 24, 2))
        assert set(np.flatnonzero(bundle.excluded_items(exclude=[3, 777]))) == {3}
        assert set(np.flatnonzero(~bundle.excluded_items(genres=["a"]))) == odd
        assert set(np.flatnonzero(~bundle.excluded_items(candidates=[1, 2, 777]))) == {1, 2}
        assert set(np.flatnonzero(~bundle.excluded_items([1], ["a"], [1, 2, 3]))) == {3}

    def test_an_unknown_genre(self, bundle):
        with pytest.raises(ParameterError, match="genres: no genre 'c'; known: a, b"):
            bundle.excluded_items(genres=["c"])
