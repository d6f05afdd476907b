"""The circle, with a stand-in for `dvc repro` that puts another bundle and another evaluated run in their places."""

import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from recommender.bundle.live import FOLDER, Bundle
from recommender.bundle.manifest import revision_of, to_json
from recommender.bundle.releases import serving
from recommender.files import read_table, write_table
from recommender.request_log.lines import encode
from recommender.request_log.writer import RequestLog
from recommender.serving.store import StoredEvent
from recommender_lab.cycle import __main__ as cycle
from recommender_lab.drift.reader import LogReader, log_files
from tests.logs import save_events
from tests.recommender_lab.drift.made import line

USERS = 400


@pytest.fixture
def turn(project, tmp_path, monkeypatch, capsys):
    """Turn the circle; `seed` tells the bundles apart, and `share` of the users have a hit at rank 1."""
    root = shutil.copytree(project, tmp_path / "own")
    monkeypatch.chdir(root)

    def repro(seed, share, code, item):
        hits = (np.arange(USERS) < USERS * share).astype(float)
        frame = pd.DataFrame({"user_id": np.arange(USERS), "policy": "two_stage", "hit@10": hits, "ndcg@10": hits})
        write_table(frame, cycle.NEW.per_user)
        tested = pd.DataFrame({"user_id": np.arange(USERS), "item_id": item, "timestamp": 0})
        save_events(tested, cycle.NEW.test)
        manifest = Bundle(root / FOLDER).manifest
        revision = revision_of(manifest.parts, manifest.recipe, manifest.rerank, seed)
        changed = manifest.model_copy(update={"seed": seed, "revision": revision})
        (root / FOLDER / "manifest.json").write_bytes(to_json(changed))
        return SimpleNamespace(returncode=code)

    def run(*arguments, seed=1, share=0.5, code=0, item=1):
        monkeypatch.setattr(cycle.subprocess, "run", lambda *_, **__: repro(seed, share, code, item))
        return cycle.main(arguments), *capsys.readouterr()

    return run


def test_the_first_bundle_is_released_and_a_better_one_takes_its_place(turn, tmp_path):
    releases = tmp_path / "own/releases"
    code, out, _ = turn()
    first = serving(releases)
    assert (code, out) == (0, f"{first} is in use\n")
    assert turn() == (0, f"{first} is in use already: nothing changed\n", "")
    code, out, _ = turn(seed=2, share=0.9)
    assert code == 0
    assert out.endswith(f"{serving(releases)} is in use instead of {first}\n")


def test_a_worse_run_is_not_released_unless_it_is_forced(turn, tmp_path):
    releases = tmp_path / "own/releases"
    turn()
    first = serving(releases)
    code, out, _ = turn(seed=2, share=0.2)
    assert (code, serving(releases)) == (3, first)
    assert out.endswith(f"the new run is worse: {first} stays in use; --force releases it anyway\n")
    assert turn("--force", seed=2, share=0.2)[0] == 0
    assert serving(releases) != first


def test_runs_with_other_test_events_are_not_compared(turn):
    turn()
    code, out, _ = turn(seed=2, share=0.0, item=2)
    assert code == 0
    assert out.startswith("the runs have no test events in common: not compared\n")


def test_a_run_that_fails_changes_nothing(turn, tmp_path):
    assert turn(code=1) == (1, "", "error: dvc repro failed; the bundle in use has not changed\n")
    assert serving(tmp_path / "own/releases") is None


def test_roll_back_and_list(turn, tmp_path):
    releases = tmp_path / "own/releases"
    turn()
    first = serving(releases)
    turn(seed=2)
    assert turn("--roll-back", first) == (0, f"{first} is in use\n", "")
    lines = turn("--list")[1].splitlines()
    assert len(lines) == 2
    assert [line for line in lines if line.endswith("in use")] == [line for line in lines if line.startswith(first)]
    assert turn("--roll-back", "abc")[0] == 1


def test_events_are_collected_before_the_run(turn, store, place, tmp_path):
    store.append([StoredEvent("one", 4, 10, "click", None, 10**15)])
    code, out, _ = turn("--store", str(place))
    assert code == 0
    assert out.startswith("collected 1 events, 0 skips left out, 0 users erased in all\n")
    parts = list((tmp_path / "own/data/collected").glob("events-*.parquet"))
    assert read_table(parts[0])["user_id"].tolist() == [4]


def test_lines_of_erased_users_leave_the_request_log(turn, store, place, tmp_path):
    log = RequestLog(tmp_path / "own/logs")
    for user in (4, 5):
        log.append(encode(line(user=user)))
    store.erase(4)
    collect = ("--step", "collect", "--store", str(place))
    assert turn(*collect)[1].splitlines() == [
        "collected 0 events, 0 skips left out, 1 users erased in all",
        "removed 1 lines of erased users from the request log",
    ]
    assert [found.user for found in LogReader(log_files(tmp_path / "own/logs"))] == [5]
    assert len(turn(*collect)[1].splitlines()) == 1


def test_the_steps_one_by_one_do_what_the_cycle_does(turn, store, place, tmp_path):
    store.append([StoredEvent("one", 4, 10, "click", None, 10**15)])
    collect = ("--step", "collect", "--store", str(place))
    assert turn(*collect, "--until", "2001-09-09")[1].startswith("collected 0 events")  # it is of 01:46:40 on that day
    assert turn(*collect, "--until", "2001-09-10")[1].startswith("collected 1 events")
    assert not (tmp_path / "own/releases").exists()
    assert turn("--step", "run", code=1)[0] == 1
    assert turn("--step", "run") == (0, "", "")
    code, out, _ = turn("--step", "release")
    assert (code, out) == (0, f"{serving(tmp_path / 'own/releases')} is in use\n")
