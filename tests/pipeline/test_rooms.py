"""The rooms of src/: which may import which, what they are called, and that an import changes nothing else."""

import ast
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.pipeline.imports import SOURCE, imported
from tests.project.project import ROOT

GROUND = (
    *("columns", "errors", "seeds", "threads", "estimate", "ndcg", "text_table", "terminal", "outputs", "files"),
    *("params", "measured", "arms", "parts", "engine"),
)
CASCADE = (
    ("log",),
    ("retrieval",),
    ("features",),
    ("ranking",),
    ("policies",),
    ("explain", "request_log"),
    ("bundle",),
    ("serving",),
)
"""From the log to the list: a room imports the ground floor and the rooms of the lines above its own."""
ALONE = ("datasets", "evaluation")
"""They import the ground floor and nothing else."""
PROGRAMS = ("stage", "__main__", "__init__")
"""Only scripts and users import them; `__main__` may import any room."""
LABORATORY = {
    "ab_test": {"drift"},
    "cycle": {"revisions"},
    "check": {"ab_test", "drift", "feedback", "report"},
    "drift": set(),
    "feedback": set(),
    "live": {"cycle", "drift", "feedback", "report"},
    "scheduler": set(),
    "report": {"feedback"},
    "revisions": set(),
}
"""The rooms of the laboratory import any room of the recommender, and these of their own."""
FAMOUS = (
    "requests",
    "httpx",
    "flask",
    "fastapi",
    "numpy",
    "pandas",
    "scipy",
    "sklearn",
    "lightgbm",
    "implicit",
    "attrs",
)
HEAVY = ("numpy", "pandas", "scipy", "sklearn", "lightgbm", "pyarrow", "pydantic", "ruamel", "dvc")
TWINS = {"lists", "results", "summary"}
"""Names that two modules of today share: each needs a name of its own, and then this set goes."""
PACKAGES = ("recommender", "recommender_lab")
FILES = sorted(path for package in PACKAGES for path in (SOURCE / package).rglob("*.py"))


def room(path):
    """Return the package and the room of a file; a file outside of rooms is a room of its own."""
    package, name, *_ = path.relative_to(SOURCE).parts
    return package, name.removesuffix(".py")


def allowed():
    """Return the rooms that each room of the recommender may import."""
    may = {name: set(GROUND[:at]) for at, name in enumerate(GROUND)} | {name: set(GROUND) for name in ALONE}
    below = set(GROUND)
    for line in CASCADE:
        may |= {name: set(below) for name in line}
        below |= set(line)
    may["serving"] |= {"evaluation"}  # operators see intervals
    return may | {"stage": set(GROUND), "__init__": set(), "__main__": {*may, *below}}


def arrows(path):
    """Return the rooms that a file imports, without its own and without the packages around them."""
    return {room(target) for target in imported(path) if room(target)[1] != "__init__"} - {room(path)}


def external(path):
    """Return the names of the modules outside of this project that a file imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    return {name for name in names if name.partition(".")[0] not in PACKAGES}


ARITHMETIC = [("NPY_DISABLE_CPU_FEATURES", "X86_V4 AVX512_ICL AVX512_SPR"), ("OPENBLAS_CORETYPE", "Haswell")]


def after(statement):
    """Return the new modules and the changed environment variables of a fresh process after one statement."""
    code = (
        "import json, os, sys; old = dict(os.environ); "
        f"{statement}; "
        "new = dict(os.environ); "
        "print(json.dumps([sorted(sys.modules), sorted(set(old.items()) ^ set(new.items()))]))"
    )
    variables = {name: value for name, value in os.environ.items() if (name, value) not in ARITHMETIC}
    variables |= {"PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": "1"}
    found = subprocess.run([sys.executable, "-c", code], env=variables, check=True, capture_output=True, text=True)
    return json.loads(found.stdout)


class TestArrows:
    def test_every_room_has_a_place(self):
        """A new room needs a line in the tables of this file: which rooms may it import?"""
        places = {*GROUND, *ALONE, *PROGRAMS, *(name for line in CASCADE for name in line)}
        assert {name for package, name in map(room, FILES) if package == "recommender"} == places
        assert {name for package, name in map(room, FILES) if package != "recommender"} == {*LABORATORY, "__init__"}

    def test_the_recommender_imports_nothing_of_the_laboratory(self):
        files = [path for path in FILES if room(path)[0] == "recommender"]
        assert not [str(path) for path in files if "recommender_lab" in {package for package, _ in arrows(path)}]

    def test_arrows_point_down_only(self):
        may = allowed()
        wrong = [
            f"{path.relative_to(SOURCE)} imports {package}.{name}"
            for path in FILES
            for package, name in sorted(arrows(path))
            if room(path)[0] == "recommender" and name not in may[room(path)[1]]
        ]
        assert not wrong

    def test_the_rooms_of_the_laboratory_do_not_know_each_other(self):
        wrong = [
            f"{path.relative_to(SOURCE)} imports {package}.{name}"
            for path in FILES
            for package, name in sorted(arrows(path))
            if room(path)[0] == package == "recommender_lab" and name not in LABORATORY[room(path)[1]]
        ]
        assert not wrong

    def test_only_scripts_import_the_runner_of_stages(self):
        assert not [str(path) for path in FILES if ("recommender", "stage") in arrows(path)]

    def test_only_ranking_knows_lightgbm(self):
        users = {room(path) for path in FILES if any(name.startswith("lightgbm") for name in external(path))}
        assert users == {("recommender", "ranking")}

    def test_sources_and_features_know_no_paths(self):
        files = [path for path in FILES if room(path)[1] in {"retrieval", "features"}]
        names = {"os", "os.path", "io", "pathlib", "shutil", "tempfile", "glob"}
        wrong = {str(path): external(path) & names for path in files if external(path) & names}
        wrong |= {str(path): "recommender.files" for path in files if ("recommender", "files") in arrows(path)}
        assert files
        assert not wrong

    def test_arrows_are_found_and_those_that_point_up_are_not_allowed(self):
        assert ("recommender", "ranking") in arrows(SOURCE / "recommender/policies.py")
        assert {"ranking", "log", "files"} < allowed()["policies"]
        assert not {"bundle", "policies", "evaluation", "datasets"} & allowed()["ranking"]


class TestNames:
    def test_no_module_has_the_name_of_a_module_of_python_or_of_a_famous_package(self):
        taken = sys.stdlib_module_names | set(FAMOUS)
        names = {path: path.parent.name if path.stem == "__init__" else path.stem for path in FILES}
        assert not [str(path) for path, name in names.items() if name in taken - {"__main__"}]

    def test_no_two_modules_share_a_name(self):
        names = [path.stem for path in FILES if path.stem not in {"__init__", "__main__", "settings"}]
        twins = {name for name, count in Counter(names).items() if count > 1} - TWINS
        assert not [str(path.relative_to(SOURCE)) for path in FILES if path.stem in twins]


class TestImport:
    def test_importing_the_package_loads_nothing_heavy_and_changes_no_environment_variable(self):
        modules, variables = after("import recommender")
        assert not set(modules) & set(HEAVY)
        assert not variables

    def test_the_policies_load_what_fits_models_only_where_it_is_used(self):
        modules, _ = after("import recommender.bundle.artifacts")
        assert not set(modules) & {"lightgbm", "scipy.stats", "sklearn"}

    def test_nothing_but_the_runner_of_stages_changes_environment_variables(self):
        texts = {str(path.relative_to(SOURCE)): path.read_text(encoding="utf-8") for path in FILES}
        assert {name for name, text in texts.items() if "os.environ" in text} == {"recommender/stage.py"}

    def test_the_runner_of_stages_chooses_the_arithmetic_before_numpy_is_loaded(self):
        """numpy and OpenBLAS read them once, when they are loaded; on a processor of another kind they are not set."""
        modules, variables = after("import platform; platform.machine = lambda: 'x86_64'; import recommender.stage")
        assert [*map(tuple, variables)] == ARITHMETIC
        assert not {"numpy", "scipy"} & set(modules)

    def test_what_the_user_chose_does_not_change_the_results(self):
        chosen = "os.environ['OPENBLAS_CORETYPE'] = 'Prescott'; os.environ['NPY_DISABLE_CPU_FEATURES'] = ''"
        _, variables = after(
            f"{chosen}; import platform; platform.machine = lambda: 'x86_64'; import recommender.stage"
        )
        assert [*map(tuple, variables)] == ARITHMETIC

    def test_every_script_imports_the_runner_before_any_package(self):
        wrong = []
        for script in sorted((ROOT / "stages").glob("*.py")):
            imports = [
                node
                for node in ast.parse(script.read_text(encoding="utf-8")).body
                if isinstance(node, (ast.Import, ast.ImportFrom))
            ]
            names = [node.module if isinstance(node, ast.ImportFrom) else node.names[0].name for node in imports]
            first = next(name for name in names if name.partition(".")[0] not in sys.stdlib_module_names)
            wrong += [script.name] if first != "recommender.stage" else []
        assert not wrong


def test_every_module_is_used():
    """By a stage, by a command, by `recommend` or by Dagster: any other module is dead."""
    commands = [path for path in FILES if path.stem in ("__main__", "definitions")]
    waiting, used = [*(ROOT / "stages").glob("*.py"), *commands, SOURCE / "recommender/bundle/recommending.py"], set()
    while waiting:
        path = waiting.pop()
        if path not in used:
            used.add(path)
            waiting += imported(path)
    assert not [str(Path(path).relative_to(SOURCE)) for path in FILES if path not in used]
