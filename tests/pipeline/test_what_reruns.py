"""What DVC runs again after a change: of each parameter, of each room and of the data before a stage."""

from fnmatch import fnmatch

import pytest

from tests.pipeline.imports import SOURCE, room_of
from tests.pipeline.reruns import reruns, reruns_table
from tests.project.project import CODE, OWN, ROOT, files_of, leaves, read_params, set_params, stages

STAGES = stages()
RECOMMEND = {"recommend_random", "recommend_popularity", "recommend_svd", "recommend_two_stage"}
BUILD = "build_ranking"
RETRAIN = {"replay", "feedback_loop"}
SEEDED = {"prepare", "train_svd", "train_sequence", BUILD, "train_ranker", "evaluate", "publish", "report"}
ENGINE = {"split", "train_svd", "train_sequence", BUILD, *RECOMMEND, "evaluate", "publish"}
EXPECTED = {
    "base.seed": {*SEEDED, *RECOMMEND, *RETRAIN},
    "base.again_after_days": {"prepare", "train_svd", BUILD, *RECOMMEND, "evaluate", "publish", "replay"},
    "engine.workers": {*ENGINE, "train_ranker"},
    "engine.*": ENGINE,
    "dataset.name": {"download", "prepare"},
    "dataset.path": {"download"},
    "dataset.items_path": {"download"},
    "dataset.users_path": {"download"},
    "dataset.*": {"prepare"},
    "download.*": {"download"},
    "prepare.*": {"prepare"},
    "split.method": {"split", BUILD, "publish"},
    "split.ties": {"split", "train_sequence", BUILD, "publish", *RETRAIN},
    "split.tie_seed": {"split", "publish", *RETRAIN},
    "split.*": {"split"},
    "train_svd.recall_at": {"train_svd"},
    "train_svd.index_recall": {"train_svd", "publish"},
    "train_svd.*": {"train_svd", BUILD, "publish", *RETRAIN},
    "sequence.*": {"train_sequence", BUILD, "publish", *RETRAIN},
    "candidates.neural": {"train_sequence", BUILD, "publish", *RETRAIN},
    "candidates.*": {BUILD, *RETRAIN},
    "neural.*": {"train_sequence", BUILD, "publish", *RETRAIN},
    "features.*": {BUILD, "publish", *RETRAIN},
    "build_ranking.label": {BUILD, "train_ranker", "publish", *RETRAIN},
    "build_ranking.max_valid_requests": {BUILD, "publish", *RETRAIN},
    "build_ranking.*": {BUILD, *RETRAIN},
    "train_ranker.max_rounds": {"train_ranker", *RETRAIN},
    "train_ranker.early_stopping_rounds": {"train_ranker", *RETRAIN},
    "train_ranker.*": {"train_ranker", "publish", *RETRAIN},
    "replay.*": {"replay"},
    "feedback_loop.*": {"feedback_loop"},
    "rerank.*": {"recommend_two_stage", "publish"},
    "recommend.k": {*RECOMMEND, "evaluate"},
    "recommend.*": RECOMMEND,
    "evaluate.*": {"evaluate"},
    "ab_test.*": {"ab_test"},
    "monitor.*": {"monitor"},
    "report.*": {"report"},
}
"""The stages that a change of a parameter touches directly; the first pattern that fits a key counts."""
KEYS = list(leaves(read_params(OWN)))
ALONE = ("report.users", "split.ties")
"""These parameters are also changed one by one."""
MODULES = sorted(str(path.relative_to(ROOT)) for name in ("src", "stages") for path in (ROOT / name).rglob("*.py"))
ROOMS = ("ranking", "explain")
"""A file of these rooms is also edited alone."""


def expected(key):
    pattern = next((pattern for pattern in EXPECTED if fnmatch(key, pattern)), None)
    return EXPECTED.get(pattern, set())


def edited(path):
    return (ROOT / path).read_text(encoding="utf-8") + "\n# A comment changes the bytes and nothing else.\n"


def one_file(room):
    return next(path for path in MODULES if path.startswith(f"src/recommender/{room}/") and "__init__" not in path)


@pytest.fixture(scope="module")
def answers(versioned):
    """What DVC reports for each edit: of nothing, of all modules, of one room each, of all parameters, of one each."""
    for folder in versioned.folder.glob("src/*/*/"):
        (folder / "__pycache__").mkdir(exist_ok=True)
        (folder / "__pycache__/left_by_python.pyc").write_bytes(b"byte code")
    files = {"nothing": [], "every module": MODULES} | {room: [one_file(room)] for room in ROOMS}
    params = {"every parameter": KEYS} | {key: [key] for key in ALONE}
    found = versioned.ask(
        edits=[{path: edited(path) for path in paths} for paths in files.values()],
        params=[dict.fromkeys(keys, "changed") for keys in params.values()],
    )
    return dict(zip([*files, *params], found, strict=True))


def test_nothing_is_changed_after_a_run_whatever_byte_code_python_left(answers):
    assert answers["nothing"] == {}


class TestParameters:
    def test_dvc_compares_the_declared_keys(self, answers):
        found = {name: set(changes["params.yaml"]) for name, changes in answers["every parameter"].items()}
        assert found == {name: set(stage.params) for name, stage in STAGES.items()}

    def test_each_parameter_touches_the_expected_stages(self):
        found = {key: {name for name, stage in STAGES.items() if declares(stage, key)} for key in KEYS}
        assert {key: names for key, names in found.items() if names != expected(key)} == {}

    def test_every_expectation_is_about_a_parameter(self):
        first = {next((pattern for pattern in EXPECTED if fnmatch(key, pattern)), None) for key in KEYS}
        assert first == set(EXPECTED)

    def test_dvc_reports_the_expected_stages_for_one_parameter(self, answers):
        assert {key: set(answers[key]) for key in ALONE} == {key: expected(key) for key in ALONE}

    def test_a_key_of_the_report_touches_the_report_alone(self):
        assert {name for key in KEYS if key.startswith("report.") for name in expected(key)} == {"report"}


def declares(stage, key):
    return any(key == name or key.startswith(f"{name}.") for name in stage.params)


class TestRooms:
    def test_dvc_reports_the_rooms_that_each_stage_imports(self, answers):
        found = {
            name: {path for path in changed if path.startswith(CODE)}
            for name, changed in answers["every module"].items()
        }
        assert found == {name: stage.code for name, stage in STAGES.items()}

    def test_a_comment_in_one_room_reruns_the_stages_of_its_row(self, answers):
        touched = {room: sorted(answers[room]) for room in ROOMS}
        assert touched == {room: sorted(reruns()[room_of(one_file(room))]) for room in ROOMS}

    def test_the_laboratory_reruns_nothing_of_the_pipeline(self):
        laboratory = {"ab_test", "monitor", "replay", "feedback_loop", "report"}
        found = {room: set(names) - laboratory for room, names in reruns().items() if "recommender_lab" in room}
        assert found
        assert not {room: names for room, names in found.items() if names}

    def test_the_ranking_reruns_nothing_before_it(self):
        early = {"download", "prepare", "split", "train_svd", "train_sequence"}
        late = ("features", "ranking", "policies.py", "bundle", "request_log", "explain", "evaluation")
        found = {room: early & set(reruns()[f"src/recommender/{room}"]) for room in late}
        assert not {room: names for room, names in found.items() if names}

    def test_the_table_has_a_row_for_each_room(self):
        table = reruns_table()
        assert table.startswith("| a comment in | reruns |\n|---|---|\n")
        for path in SOURCE.glob("*/*/__init__.py"):
            assert f"| `{path.parent.relative_to(SOURCE)}` | " in table
        assert "| `recommender/datasets` | download, prepare |" in table
        assert "| `recommender/explain` | none |" in table


def test_repro_runs_what_changed_and_what_follows_from_it(versioned, answers):
    """A comment in `datasets` runs two stages, and nothing after them; other trees train no other model."""
    before = kept(versioned)
    comment = "src/recommender/datasets/prepared.py"
    (versioned.folder / comment).write_text(edited(comment), encoding="utf-8")
    set_params(versioned.folder, {"train_ranker.num_leaves": 4, "train_ranker.learning_rate": 0.1})
    ran = versioned.repro("evaluate")
    assert ran == {"download", "prepare", "train_ranker", "recommend_two_stage", "evaluate"}
    assert {path for path, content in kept(versioned).items() if content != before[path]} == {
        "models/ranker.json",
        "models/ranker.txt",
    }


def kept(project):
    paths = [path for name in ("models", "data") for path in files_of(project.folder, name)]
    kept = [path for path in paths if not {"recommendations", "request_logs", "evaluation"} & set(path.parts)]
    return {str(path.relative_to(project.folder)): path.read_bytes() for path in kept}
