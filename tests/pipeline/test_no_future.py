"""No future: what came after a request changes nothing of what was fitted for it, nor of its answer."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from recommender.columns import POLICIES
from recommender.features.context import item_table
from recommender.files import read_table
from recommender.log.histories import build_histories, lengths_without
from recommender.log.splitting import global_time, order_events
from recommender.params import load
from recommender.parts import read_events
from recommender.ranking.build import ask_the_past, validation_rows
from recommender.ranking.dataset import Targets, build_rows, next_events
from recommender.ranking.judging import mean_ndcg
from recommender.ranking.training import RankingTable, train
from recommender.retrieval.knowledge import fit_knowledge
from recommender_lab.check.sections import AllParams as Params
from tests.pipeline.conftest import CONFIGURATIONS
from tests.project.project import PIPELINE, hashes, make_project, run_stages

DATES = CONFIGURATIONS["dates"]
LATER = pd.Timestamp("1998-09-15", tz="UTC").timestamp()


def append_events(folder, users=range(1, 61), items=range(1, 81), start=LATER):
    """Append events to the log: of known and new users, with known and new items, all later than `start`."""
    path = folder / "data/local/log.csv"
    random = np.random.default_rng(1)
    rows = pd.DataFrame(
        {"user_id": random.choice([*users, 98, 99], 300), "item_id": random.choice([*items, 97, 98], 300)}
    )
    rows = rows.assign(rating=random.integers(1, 6, 300), timestamp=int(start) + random.integers(0, 10**6, 300))
    pd.concat([pd.read_csv(path), rows]).to_csv(path, index=False)


@pytest.fixture(scope="module")
def before_and_after(run_of, tmp_path_factory):
    """Two runs under fixed dates: one of the log, one of the log with later events."""
    later = make_project(tmp_path_factory.mktemp("after"), DATES)
    append_events(later)
    assert set(run_stages(later, PIPELINE).values()) == {0}
    return run_of("dates"), later


class TestGlobalTime:
    def test_models_and_the_ranking_dataset_are_the_same_bytes(self, before_and_after):
        before, after = (hashes(folder, PIPELINE) for folder in before_and_after)
        fitted = ("models/", "data/ranking/", "data/split/train", "data/split/valid")
        paths = [path for path in before if path.startswith(fitted)]
        assert len(paths) >= 9
        assert {path for path in paths if before[path] != after[path]} == set()
        assert len({one["data/prepared/interactions.parquet/part-00000.parquet"] for one in (before, after)}) == 2

    def test_old_users_get_the_same_recommendations(self, before_and_after):
        for policy in POLICIES:
            before, after = (
                read_table(folder / f"data/recommendations/{policy}.parquet") for folder in before_and_after
            )
            again = after[after["user_id"].isin(before["user_id"])].reset_index(drop=True)
            pd.testing.assert_frame_equal(again, before, check_exact=True)
            assert len(after) > len(before)

    def test_it_can_fail(self, before_and_after, tmp_path):
        """Events just before validation do change what is fitted."""
        folder = make_project(tmp_path, DATES)
        append_events(folder, start=LATER - 60 * 86_400)
        run_stages(folder, ["download", "prepare", "split", "train_svd"])
        assert hashes(folder, ["train_svd"]) != hashes(before_and_after[0], ["train_svd"])

    def test_no_model_is_given_an_event_at_or_after_its_requests(self, finished):
        events = order_events(read_events(finished / "data/prepared/interactions.parquet"), "hashed", 0)
        parts = global_time(events, DATES["split.valid_from"], DATES["split.test_from"])
        times = [parts.train["timestamp"], parts.valid["timestamp"], parts.test["timestamp"]]
        assert all(earlier.max() < later.min() for earlier, later in pairwise(times))


@pytest.fixture(scope="module")
def past(finished):
    """The past requests of the finished run and what was fitted for them."""
    params = load(Params, finished / "params.yaml")
    parts = [read_events(finished / f"data/split/{name}.parquet") for name in ("train", "valid")]
    histories = build_histories(parts)
    ends = lengths_without(histories, parts[1])
    known = histories.until(ends)
    (asked,) = ask_the_past(known, len(parts[1]), params)
    return SimpleNamespace(
        params=params,
        histories=histories,
        ends=ends,
        train=known,
        asked=asked,
        items=item_table(read_table(finished / "data/prepared/items.parquet"), histories.items),
        knowledge=fit_knowledge(known.until(asked.ends), params),
    )


def rows_of(past, histories, requests):
    """Return the rows of past requests, with the features that these histories give them."""
    targets = next_events(past.train, requests)
    return build_rows(histories, requests, targets, past.knowledge, past.items, past.params.features)


def rows_of_validation(past, histories):
    return validation_rows(histories, past.ends, past.knowledge, past.items, past.params)


def with_other_future(histories, first, seed=0):
    """Give each user other items and ratings from the position `first[u]` on, and ten events more."""
    random, parts = np.random.default_rng(seed), []
    for user in range(histories.n_users):
        own = slice(histories.indptr[user], histories.indptr[user + 1])
        item, rating, time = (values[own].copy() for values in (histories.item, histories.rating, histories.time))
        item[first[user] :] = random.permutation(histories.n_items)[: len(item) - first[user]]
        rating[first[user] :] = 6 - rating[first[user] :]
        more = np.arange(1, 11) * 1_000_000
        parts.append(
            (
                np.append(item, random.permutation(histories.n_items)[:10]),
                np.append(time, time[-1] + more),
                np.append(rating, np.ones(10)),
            )
        )
    item, time, rating = (np.concatenate(values) for values in zip(*parts, strict=True))
    indptr = histories.indptr + 10 * np.arange(len(histories.indptr))
    return type(histories)(histories.users, histories.items, indptr, item, time, rating.astype(np.float32))


class TestLastInteraction:
    def last_requests(self, past):
        """The last past request of each user, so that everything from it on is the future."""
        user = past.asked.requests.user
        return past.asked.requests[np.append(user[1:] != user[:-1], True)]

    def first_unknown(self, past, requests):
        first = past.train.lengths.copy()
        first[requests.user] = requests.position
        return first

    def test_another_future_leaves_the_features_of_a_past_request_as_they_are(self, past):
        requests = self.last_requests(past)
        other = with_other_future(past.train, self.first_unknown(past, requests))
        old, new = (rows_of(past, histories, requests) for histories in (past.train, other))
        assert old.features.tobytes() == new.features.tobytes()
        assert old.item.tobytes() == new.item.tobytes()
        assert old.names == new.names

    def test_events_appended_after_all_requests_leave_every_row_as_it_is(self, past):
        other = with_other_future(past.train, past.train.lengths)
        old, new = (rows_of(past, histories, past.asked.requests) for histories in (past.train, other))
        assert old.features.tobytes() == new.features.tobytes()
        assert old.label.tobytes() == new.label.tobytes()

    def test_the_test_event_leaves_both_datasets_as_they_are(self, past):
        """Everything is fitted to events before validation, whatever the histories hold after it."""
        other = with_other_future(past.histories, past.histories.lengths)
        old, new = (rows_of_validation(past, histories) for histories in (past.histories, other))
        assert old.features.tobytes() == new.features.tobytes()

    def test_it_can_fail(self, past):
        """The event right before a request does change its features."""
        requests = self.last_requests(past)
        other = with_other_future(past.train, self.first_unknown(past, requests) - 1)
        old, new = (rows_of(past, histories, requests) for histories in (past.train, other))
        assert old.features.tobytes() != new.features.tobytes()

    def test_what_is_fitted_to_ends_before_every_past_request(self, past):
        requests = past.asked.requests
        assert (past.asked.ends[requests.user] <= requests.position).all()


@pytest.fixture(scope="module")
def scores(past):
    """NDCG@10 on validation of a ranker of the true labels, of rankers of shuffled ones, and of random orders."""
    random, settings = np.random.default_rng(0), past.params.build_ranking.model_copy(update={"past_requests": 8})
    params = past.params.model_copy(update={"build_ranking": settings})
    (asked,) = ask_the_past(past.train, int(past.histories.lengths.sum() - past.ends.sum()), params)
    knowledge = fit_knowledge(past.train.until(asked.ends), params)
    valid, targets = table_of(rows_of_validation(past, past.histories)), next_events(past.train, asked.requests)

    def score(order):
        given = Targets(targets.request, targets.item[order], targets.liked[order])
        negatives = settings.negatives
        trained = build_rows(
            past.train, asked.requests, given, knowledge, past.items, params.features, negatives=negatives
        )
        ranker, _ = train(table_of(trained), valid, params.train_ranker, seeds=[0])
        return mean_ndcg(valid, ranker.boosters[0].predict(valid.features, num_iteration=-1))

    n = len(targets.item)
    return {
        "true": score(np.arange(n)),
        "shuffled": np.mean([score(random.permutation(n)) for _ in range(8)]),
        "random": np.mean([mean_ndcg(valid, random.random(len(valid.label))) for _ in range(20)]),
    }


class TestShuffledLabels:
    """The ranker has an edge because of which event followed which request, and loses it if that is shuffled."""

    def test_the_true_labels_are_clearly_better_than_a_random_order(self, scores):
        assert scores["true"] > 5 * scores["random"]

    def test_shuffled_labels_lose_most_of_the_edge(self, scores):
        """Where features say much, any order by them is good or bad by luck: hence a mean above a random order."""
        assert scores["shuffled"] - scores["random"] < 0.25 * (scores["true"] - scores["random"])


def table_of(rows):
    return RankingTable(rows.request, rows.label, rows.features, rows.time)
