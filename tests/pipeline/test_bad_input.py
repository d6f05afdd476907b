"""Bad input through the stages: one clear message and exit code 1, or a treatment that is documented and counted."""

import json
import logging
import subprocess

import pandas as pd
import pytest

from recommender.files import read_table
from recommender.measured import read_details
from tests.pipeline.conftest import PYTHON
from tests.project.project import PIPELINE, ROOT, files_of, make_project, run_stages, set_params, stages

LOG = "data/local/log.csv"
MEASURED = (*PIPELINE, "evaluate", "monitor", "ab_test")


@pytest.fixture
def folder(tmp_path):
    return make_project(tmp_path)


@pytest.fixture
def run(caplog):
    """Run stages in a folder until one fails; return that one and the errors, which are one line each."""

    def run_and_listen(folder, *names):
        caplog.clear()
        with caplog.at_level(logging.ERROR):
            codes = run_stages(folder, names or None)
        messages = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
        assert not [text for text in messages if "Traceback" in text or "\n" in text]
        assert not list(folder.rglob("*.tmp"))
        return next((name for name, code in codes.items() if code), None), messages

    return run_and_listen


def told(found, stage, words):
    """Return whether this stage failed with one message that has all these words."""
    failed, messages = found
    return failed == stage and len(messages) == 1 and all(word in messages[0] for word in words)


def details(folder, name):
    return read_details(folder / f"metrics/details/{name}.csv")


def metrics(folder, name):
    return json.loads((folder / f"metrics/{name}.json").read_text(encoding="utf-8"))


def edit_log(folder, change):
    path = folder / LOG
    change(pd.read_csv(path)).to_csv(path, index=False)


def cell(column, value, row=4):
    """Write one bad value into a row of the log."""

    def change(log):
        log = log.astype({column: object})
        log.loc[row, column] = value
        return log

    return change


LINE = "line 6"
BAD_LOGS = {
    "no rows": (lambda log: log.iloc[:0], ["interactions.csv (copy of dataset.path)", "no rows"]),
    "a missing column": (
        lambda log: log.drop(columns="timestamp"),
        ["'timestamp' is missing", "section dataset of params.yaml"],
    ),
    "one user": (lambda log: log.assign(user_id=1, item_id=range(len(log))), ["user"]),
    "one item": (lambda log: log.assign(item_id=1), ["item"]),
    "no user": (cell("user_id", ""), [LINE, "user_id"]),
    "no number as a rating": (cell("rating", "good"), [LINE, "rating", "good"]),
    "an infinite rating": (cell("rating", "inf"), [LINE, "rating", "inf"]),
    "a negative time": (cell("timestamp", -5), [LINE, "timestamp", "-5"]),
    "a time of the future": (cell("timestamp", 99_999_999_999), [LINE, "timestamp", "99999999999"]),
    "no time": (cell("timestamp", "yesterday"), [LINE, "timestamp", "yesterday"]),
}


def test_a_bad_log_is_refused_and_the_place_is_named(folder, run):
    good, wrong = (folder / LOG).read_bytes(), {}
    for name, (change, words) in BAD_LOGS.items():
        (folder / LOG).write_bytes(good)
        edit_log(folder, change)
        found = run(folder, "download", "prepare", "split")
        if not told(found, "prepare", words) or (folder / "data/prepared").exists():
            wrong[name] = found
    assert not wrong


BAD_PARAMS = {
    "train_svd.n_components": (1000, "train_svd", ["train_svd.n_components", "1000", "must be less than"]),
    "train_svd.values": ("ratings", "train_svd", ["train_svd.values", "'rating'", "found 'ratings'"]),
    "base.seed": ("many", "prepare", ["base.seed: expected a whole number, found 'many'"]),
    "prepare.user_fraction": (0.001, "prepare", ["prepare.user_fraction", "0.001"]),
    "recommend.k": (2000, "recommend_two_stage", ["recommend.k = 2000", "raise a source or lower recommend.k"]),
    "evaluate.ks": ([50], "evaluate", ["evaluate.ks", "50", "recommend.k = 10"]),
    "dataset.path": ("data/local/lost.csv", "download", ["data/local/lost.csv", "dataset.path"]),
    "dataset.rating_scale": ([1, 3], "prepare", ["rating", "line"]),
    "ab_test.arms.svd": (0.9, "ab_test", ["ab_test.arms: the shares must sum to 1, found 1.4"]),
    "ab_test.k": (7, "ab_test", ["ab_test.k: 7 is not among evaluate.ks = 5, 10"]),
    "ab_test.strata": (30, "ab_test", ["ab_test.arms.", "of 60 users", "stratum", "expected 2 or more"]),
    "build_ranking.min_history": (10_000, "build_ranking", ["build_ranking.min_history (10000)"]),
    "report.users": (0, "report", ["report.users", "expected 1 or more, found 0"]),
}


def test_a_bad_parameter_is_named_by_the_stage_that_reads_it(copy_of_finished, run):
    folder, wrong = copy_of_finished, {}
    good = (folder / "params.yaml").read_bytes()
    for key, (value, stage, words) in BAD_PARAMS.items():
        (folder / "params.yaml").write_bytes(good)
        set_params(folder, {key: value})
        found = run(folder, stage)
        if not told(found, stage, words):
            wrong[key] = found
    assert not wrong


def test_a_bad_parameter_is_nothing_to_the_stages_that_do_not_read_it(folder, run):
    set_params(folder, {"report.users": 0, "train_ranker.num_leaves": 1, "ab_test.arms.svd": 0.9})
    assert run(folder, "download", "prepare", "split", "train_svd", "recommend_svd") == (None, [])


def test_an_unknown_parameter_is_named_by_every_stage(folder, run):
    set_params(folder, {"split.mehtod": "global_time", "train_svd.n_factors": 8})
    words = ["split.mehtod: unknown parameter; did you mean method?", "train_svd.n_factors: unknown parameter"]
    found = {name: run(folder, name) for name in stages()}
    assert not {name: answer for name, answer in found.items() if not told(answer, name, words)}


def test_yaml_that_does_not_parse_is_named_by_every_stage(folder, run):
    (folder / "params.yaml").write_text("base: {seed: 42\nsplit: [", encoding="utf-8")
    found = {name: run(folder, name) for name in stages()}
    assert not {name: answer for name, answer in found.items() if not told(answer, name, ["not valid YAML"])}


def test_a_replay_that_starts_too_early_names_its_parameter(folder, run):
    set_params(folder, {"replay.warm_up": 1, "train_svd.n_components": 30})
    failed, messages = run(folder, "download", "prepare", "replay")
    assert failed == "replay"
    assert "train_svd.n_components" in messages[0]
    assert messages[0].endswith("or raise replay.warm_up")


def test_a_missing_input_is_named_by_every_stage(folder, run):
    (folder / LOG).unlink()
    wrong = {}
    for name in stages():
        failed, messages = run(folder, name)
        if failed != name or not any(missing in messages[0].lower() for missing in ("no such file", "no parts")):
            wrong[name] = messages
    assert not wrong


def test_dates_that_leave_a_part_empty(folder, run):
    set_params(folder, {"split.method": "global_time", "split.valid_from": 0.98, "split.test_from": 0.9999})
    edit_log(folder, lambda log: log.assign(timestamp=log["timestamp"].clip(upper=log["timestamp"].quantile(0.5))))
    failed, messages = run(folder, "download", "prepare", "split")
    assert failed == "split"
    assert "split.valid_from" in messages[0]
    assert not files_of(folder, "data/split")


class TestTreatments:
    def test_a_ranker_that_learns_nothing_is_told_and_does_not_serve(self, folder, run):
        set_params(folder, {"train_ranker.learning_rate": 1e-300})
        assert run(folder, *MEASURED) == (None, [])
        found = metrics(folder, "train_ranker")
        assert (found["learned"], found["served_by_source"]) == (0, 1)
        assert found["validation"]["best_source_ndcg@10"] > found["validation"]["ndcg@10"]

    def test_lists_longer_than_the_catalogue_are_shorter_and_counted(self, folder, run):
        set_params(folder, {"recommend.k": 100, "candidates.svd": 100})
        assert run(folder, *MEASURED) == (None, [])
        for policy in ("random", "popularity", "svd", "two_stage"):
            found = details(folder, f"recommend_{policy}")
            assert 50 < found["shortest_list"] <= found["mean_list"] < 80
            assert len(read_table(folder / f"data/recommendations/{policy}.parquet")) == round(60 * found["mean_list"])

    def test_short_users_duplicates_and_repeats_are_counted(self, folder, run):
        alone = [(500, 1, 3, 884_000_000), (501, 2, 3, 884_000_000), (501, 3, 3, 884_000_009), (502, 1, 3, 884_000_000)]
        twice = [*alone[:1], (500, 1, 5, 884_500_000)]
        columns = ["user_id", "item_id", "rating", "timestamp"]
        edit_log(folder, lambda log: pd.concat([log, pd.DataFrame([*alone, *twice], columns=columns)]))
        assert run(folder, *MEASURED) == (None, [])
        prepared, split = details(folder, "prepare"), details(folder, "split")
        assert (prepared["users_with_one_event"], prepared["duplicate_rows_dropped"], prepared["repeats_dropped"]) == (
            2,
            1,
            1,
        )
        assert split["not_held_out"] == {"users_too_short": 3}
        assert details(folder, "recommend_two_stage")["users"] == 60

    def test_all_events_in_one_second(self, folder, run):
        edit_log(folder, lambda log: log.assign(timestamp=884_000_000))
        assert run(folder, *MEASURED) == (None, [])
        assert details(folder, "prepare")["share_of_users_with_tied_last_event"] == 1
        assert metrics(folder, "evaluate")["svd"].keys() >= {"ndcg@10"}

    def test_users_who_met_every_item_have_no_list_and_are_counted(self, folder, run):
        walks = [(user, item, user, 884_000_000 + item) for user in range(5) for item in range(1, 5)]
        edit_log(folder, lambda log: pd.DataFrame(walks, columns=log.columns))
        set_params(folder, {"train_svd.n_components": 1})
        run(folder, "download", "prepare", "split", "train_svd", "recommend_svd", "recommend_popularity")
        for policy in ("svd", "popularity"):
            found = details(folder, f"recommend_{policy}")
            assert (found["users"], found["users_without_list"], found["shortest_list"]) == (5, 5, 0)

    def test_a_log_without_ratings_and_without_a_table_of_items(self, folder, run):
        edit_log(folder, lambda log: log.drop(columns="rating"))
        set_params(folder, {"dataset.columns.rating": None, "dataset.items_path": None})
        assert run(folder) == (None, [])
        assert metrics(folder, "evaluate")["two_stage"]["ndcg@10"] > 0.2


def test_the_messages_reach_the_terminal(folder, environment):
    """In a process of its own: exit code 1 and one line on stderr, whatever the logging of the tests hides."""
    set_params(folder, {"split.mehtod": "global_time"})
    variables = environment | {"PYTHONPATH": str(ROOT / "src")}
    command = [*PYTHON, ROOT / "stages/split.py"]
    result = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "error: params.yaml: split.mehtod: unknown parameter; did you mean method?\n"
