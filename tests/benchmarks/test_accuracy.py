"""Measuring, adding up and showing; what runs the peers is in test_peers."""

import shutil
from xml.etree import ElementTree

import pandas as pd
import pytest

from benchmarks import accuracy, accuracy_report
from recommender.columns import POLICIES
from recommender.files import write_table
from recommender.outputs import as_a_set
from recommender.parts import write_events
from tests.project.project import ROOT

USERS, ITEMS = range(1, 41), range(1, 61)
COST = {
    "fit": {"wall_s": 1234.5, "cpu_s": 100.0},
    "recommend": {"wall_s": 2.0, "cpu_s": 1.0},
    "peak_bytes": 2**29,
}


def stage(name, cpu_s, peak):
    return {"name": name, "code": 0, "wall_s": 2 * cpu_s, "cpu_s": cpu_s, "peak_bytes": peak}


STAGES = [
    stage("train_svd", 1.0, 10),
    stage("train_sequence", 2.0, 30),
    stage("build_ranking", 4.0, 20),
    stage("train_ranker", 8.0, 5),
    *(stage(f"recommend {policy}", 0.5, 7) for policy in POLICIES),
]


def table(rows):
    return pd.DataFrame(rows, columns=["user_id", "item_id"])


def ranked(item_at):
    """One list per user; `item_at(user)` are its items in order."""
    rows = [(user, rank, item, 1.0 / rank) for user in USERS for rank, item in enumerate(item_at(user), 1)]
    return pd.DataFrame(rows, columns=["user_id", "rank", "item_id", "score"])


@pytest.fixture
def project(tmp_path):
    """Every user met all items but those of its own number (mod 40), and holds out the item of that number."""
    history = table([(user, item) for user in USERS for item in ITEMS if item % 40 != user % 40])
    parts = {"train": history, "valid": table([(1, 1)]), "test": table([(user, user) for user in USERS])}
    with as_a_set():
        for name, part in parts.items():
            write_events(part, tmp_path / f"data/split/{name}.parquet")
    write_table(pd.DataFrame({"item_id": ITEMS}), tmp_path / "data/prepared/items.parquet")
    return tmp_path


@pytest.fixture
def found(project):
    shown = {
        "two_stage": ranked(lambda user: [user]),
        "als": ranked(lambda user: [user % 40 + 1, user]),
        "random": ranked(lambda user: [user % 40 + 1]),
    }
    measured = accuracy.measure(project, shown, seed=0, resamples=200)
    peers = {"als": {"cost": COST, "settings": {"factors": 8}, "notes": {"epochs": 3.5}}}
    about = {"dataset": "movielens-100k", "ties": "hashed", "request_time": True}
    return about | measured | accuracy.costs(STAGES, peers)


def test_a_policy_costs_the_stages_that_it_needs():
    costs = accuracy.own_costs(STAGES)
    assert costs["two_stage"]["fit"] == {"wall_s": 30.0, "cpu_s": 15.0}
    assert costs["svd"]["fit"]["cpu_s"] == 1.0
    assert costs["popularity"]["fit"]["cpu_s"] == 0
    assert costs["two_stage"]["recommend"] == {"wall_s": 1.0, "cpu_s": 0.5}
    assert [costs[policy]["peak_bytes"] for policy in ("two_stage", "svd", "random")] == [30, 10, 7]


def test_the_whole_pipeline_is_compared_with_the_fit_of_sasrec():
    peer = {"cost": COST, "settings": {}, "notes": {}}
    assert accuracy.costs(STAGES, {"sasrec": peer})["pipeline_over_sasrec_cpu"] == pytest.approx(17.0 / 100.0)
    assert "pipeline_over_sasrec_cpu" not in accuracy.costs(STAGES, {"als": peer})


def test_a_training_cut_by_its_budget_is_marked_and_not_compared_with():
    notes = {"epochs": 2.5, "cut": True}
    peer = {"cost": COST, "settings": {}, "notes": notes}
    assert "pipeline_over_sasrec_cpu" not in accuracy.costs(STAGES, {"sasrec": peer})
    assert accuracy_report.title({"notes": {"sasrec": notes}}, "sasrec").endswith(", 2.5 epochs (cut by the budget)")


def test_other_settings_are_kept_under_another_name():
    assert accuracy.settings_key([{"a": 1, "b": 2}]) == accuracy.settings_key([{"b": 2, "a": 1}])
    assert accuracy.settings_key([{"a": 1}]) != accuracy.settings_key([{"a": 2}])


def test_all_lists_are_measured_on_the_same_users(found):
    assert (found["users"], found["items"]) == (40, 60)
    assert found["metrics"]["two_stage"]["ndcg@10"] == {"value": 1.0, "low": pytest.approx(40 / 43.8415), "high": 1.0}
    assert found["metrics"]["als"]["hit@10"]["value"] == 1.0
    assert found["metrics"]["als"]["ndcg@10"]["value"] == pytest.approx(0.63093, abs=1e-5)
    assert found["metrics"]["random"]["hit@10"]["value"] == 0.0


def test_two_stage_is_paired_with_every_other_system(found):
    assert set(found["two_stage_against"]) == {"als", "random"}
    gap = found["two_stage_against"]["als"]["ndcg@10"]
    assert gap["difference"] == pytest.approx(1 - 0.63093, abs=1e-5)
    assert gap["ratio"] == pytest.approx(1 / 0.63093, abs=1e-4)
    assert gap["p_value"] < 0.01


def test_the_table_has_the_best_system_first(found):
    lines = accuracy_report.markdown(found).splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    assert [row[0] for row in rows[2:]] == ["`two_stage`", "ALS (implicit), 3.5 epochs", "`random`"]
    assert rows[2][1:4] == ["1.000 [0.912, 1.000]", "1.000 [0.912, 1.000]", "-"]
    assert rows[3][3].startswith("1.58 x, +0.369 [")
    assert rows[3][4:] == ["1,234.5 (100.0)", "2.0 (1.0)", "0.50"]
    assert rows[4][3].startswith("+1.000 [")
    assert "MovieLens 100K" in lines[0]
    assert "40 test users, 60 items" in lines[0]


def test_the_ratio_of_cpu_seconds_ends_the_table(found):
    metrics = {**found["metrics"], "sasrec": found["metrics"]["als"]}
    costs = {**found["costs"], "sasrec": COST}
    whole = found | {"costs": costs, "metrics": metrics, "pipeline_over_sasrec_cpu": 0.17}
    assert (
        accuracy_report.markdown(whole)
        .splitlines()[-1]
        .endswith("fit of SASRec took 100, without the choice of its settings. The ratio is 0.17.")
    )


def test_the_picture_is_svg_with_a_dot_per_system_further_right_for_more(found):
    drawn = ElementTree.fromstring(accuracy_report.picture(found))
    texts = [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"two_stage", "random", "ALS (implicit), 3.5 epochs"} <= set(texts)
    moved = (mark.get("transform", "") for mark in drawn.iter() if mark.get("aria-roledescription") == "point")
    across = [float(move.partition("(")[2].partition(",")[0]) for move in moved]
    assert len(across) == 3
    assert across == sorted(across, reverse=True)


def test_a_section_shows_each_edition(found):
    larger = {"dataset": "movielens-1m"}
    text = accuracy_report.section([found, found | larger | {"ties": "file_order"}, found | larger])
    pictures = ("accuracy_movielens-100k.svg", "accuracy_movielens-1m.svg", "accuracy_movielens-1m_hashed.svg")
    assert text.index(pictures[0]) < text.index("MovieLens 1M") < text.index(pictures[1]) < text.index(pictures[2])


def test_a_folder_in_which_the_pipeline_ran_is_taken_as_it_is(tmp_path):
    done = tmp_path / "project/data/evaluation/per_user.parquet"
    done.parent.mkdir(parents=True)
    done.touch()
    made = accuracy.run_ours(tmp_path, "movielens-100k", None, "hashed")
    assert made.project == tmp_path / "project"
    assert list(tmp_path.iterdir()) == [tmp_path / "project"]


def test_a_folder_of_another_edition_is_refused_before_any_peer_runs(tmp_path, capsys):
    done = tmp_path / "project/data/evaluation/per_user.parquet"
    done.parent.mkdir(parents=True)
    done.touch()
    shutil.copy(ROOT / "params.yaml", tmp_path / "project")
    with pytest.raises(SystemExit) as ended:
        accuracy.main(["movielens-1m", "--folder", str(tmp_path)])
    assert ended.value.code == 2
    assert "--folder: holds movielens-100k, hashed; wanted movielens-1m, file_order" in capsys.readouterr().err
