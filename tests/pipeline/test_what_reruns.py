"""What DVC runs again after a change: each parameter and each module against expectations written by hand."""

from fnmatch import fnmatch

import pytest

from tests.pipeline.imports import closure
from tests.project.project import CODE, OWN, ROOT, files_of, leaves, read_params, set_params, stages

STAGES = stages()
RECOMMEND = {"recommend_random", "recommend_popularity", "recommend_svd", "recommend_two_stage"}
BUILD = "build_ranking"
RETRAIN = {"replay", "feedback_loop"}
# The first pattern that fits a leaf of params.yaml tells which stages a change of it touches directly.
EXPECTED = {
    "base.seed": {
        "prepare",
        "train_svd",
        "train_sequence",
        BUILD,
        "train_ranker",
        "evaluate",
        "report",
        *RECOMMEND,
        *RETRAIN,
    },
    "dataset.name": {"download", "prepare"},
    "dataset.path": {"download"},
    "dataset.items_path": {"download"},
    "dataset.*": {"prepare"},
    "download.*": {"download"},
    "prepare.*": {"prepare"},
    "split.method": {"split", BUILD},
    "split.ties": {"split", "train_sequence", BUILD, *RETRAIN},
    "split.tie_seed": {"split", *RETRAIN},
    "split.*": {"split"},
    "train_svd.recall_at": {"train_svd"},
    "train_svd.*": {"train_svd", BUILD, *RETRAIN},
    "sequence.*": {"train_sequence", BUILD, *RETRAIN},
    "candidates.*": {BUILD, *RETRAIN},
    "features.*": {BUILD, *RETRAIN},
    "build_ranking.label": {BUILD, "train_ranker", *RETRAIN},
    "build_ranking.*": {BUILD, *RETRAIN},
    "train_ranker.*": {"train_ranker", *RETRAIN},
    "replay.*": {"replay"},
    "feedback_loop.*": {"feedback_loop"},
    "rerank.*": {"recommend_two_stage"},
    "recommend.*": RECOMMEND,
    "evaluate.*": {"evaluate"},
    "ab_test.*": {"ab_test"},
    "monitor.*": {"monitor"},
    "report.*": {"report"},
}
KEYS = list(leaves(read_params(OWN)))
MODULES = sorted(
    str(path.relative_to(ROOT)) for name in ("src/recommender", "stages") for path in (ROOT / name).rglob("*.py")
)


def pattern_of(key):
    return next((pattern for pattern in EXPECTED if fnmatch(key, pattern)), None)


@pytest.fixture(scope="module")
def after_each_parameter(versioned):
    """The stages that DVC reports after a change of each leaf alone."""
    answers = versioned.ask(params=[{key: "changed"} for key in KEYS])["params"]
    return {key: set(answer) for key, answer in zip(KEYS, answers, strict=True)}


@pytest.fixture(scope="module")
def after_files(versioned):
    """What DVC reports for no edit, for an edit of every module at once, and for those of a few modules alone."""
    ranking = [f"src/recommender/ranking/{name}.py" for name in ("ranker", "training")]
    alone = ["src/recommender/splitting.py", *ranking, "stages/recommend.py"]
    edits = [{}, *({name: edited(name) for name in names} for names in (MODULES, *([name] for name in alone)))]
    nothing, every, *single = versioned.ask(edits=edits)["edits"]
    return {"nothing": nothing, "every": every} | dict(zip(alone, single, strict=True))


def edited(module):
    return (ROOT / module).read_text(encoding="utf-8") + "\n# A comment changes the bytes and nothing else.\n"


def test_nothing_is_changed_after_a_run(after_files):
    assert after_files["nothing"] == {}


def test_every_expectation_is_about_a_parameter_and_every_parameter_has_one():
    assert {pattern_of(key) for key in KEYS} == set(EXPECTED)


@pytest.mark.parametrize("key", KEYS)
def test_a_parameter(key, after_each_parameter):
    assert after_each_parameter[key] == EXPECTED[pattern_of(key)]


def test_each_module_alone_touches_the_stages_that_import_it(after_files):
    importers = {name: closure(ROOT / stage.script) for name, stage in STAGES.items()}
    reported = {name: {path for path in found if path.startswith(CODE)} for name, found in after_files["every"].items()}
    assert reported == importers


ASKED = ("recommending.py", "evaluation/compare/__main__.py", "monitoring/__main__.py")


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_used_by_a_stage_or_by_those_who_ask(module, after_files):
    """Serving and printing are no stages; whatever else no stage imports is dead."""
    asked = set().union(*(closure(ROOT / "src/recommender" / name) for name in ASKED))
    used = {path for found in after_files["every"].values() for path in found}
    assert module in used | asked or module.endswith("__main__.py") or module == "src/recommender/evaluation/summary.py"


ALONE = {
    "src/recommender/splitting.py": {"split", *RETRAIN},
    "src/recommender/ranking/ranker.py": RECOMMEND | {"train_ranker", *RETRAIN},
    "src/recommender/ranking/training.py": {"train_ranker", *RETRAIN},
    "stages/recommend.py": RECOMMEND,
}


@pytest.mark.parametrize("module", ALONE)
def test_a_module_edited_alone(module, after_files):
    assert after_files[module] == {name: {module: "modified"} for name in ALONE[module]}


class TestRepro:
    """What really runs, with everything downstream: each test leaves the project finished."""

    def test_nothing_runs_when_nothing_changed(self, versioned):
        assert versioned.repro() == set()

    def test_a_change_of_the_ranker_alone(self, versioned):
        before = self.models(versioned)
        set_params(versioned.folder, {"train_ranker.num_leaves": 4, "train_ranker.learning_rate": 0.1})
        assert versioned.repro() == {
            "train_ranker",
            "recommend_two_stage",
            "evaluate",
            "ab_test",
            "monitor",
            "report",
            *RETRAIN,
        }
        assert {path for path, content in self.models(versioned).items() if content != before[path]} == {
            "models/ranker.txt",
            "models/feedback/ranker.txt",
        }

    def models(self, versioned):
        paths = [path for name in ("models", "data") for path in files_of(versioned.folder, name)]
        kept = [path for path in paths if not {"recommendations", "request_logs", "evaluation"} & set(path.parts)]
        return {str(path.relative_to(versioned.folder)): path.read_bytes() for path in kept}

    def test_a_comment_in_a_module_runs_its_stages_and_nothing_after_them(self, versioned):
        for module in ("src/recommender/splitting.py", "src/recommender/evaluation/plots.py"):
            (versioned.folder / module).write_text(edited(module), encoding="utf-8")
        assert versioned.repro() == {"split", "evaluate", *RETRAIN}
