"""What dvc.yaml declares is what the scripts import, open, read and write: no more, no less."""

import pytest

from tests.pipeline.imports import closure
from tests.project.project import CODE, OWN, ROOT, leaves, read_params, stages

STAGES = stages()
KEYS = set(leaves(read_params()))
SCRATCH = "data/.rounds/"  # what a killed run left, gone after a whole one
each_stage = pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)


def difference(declared, needed, what):
    """Return the lines to add to dvc.yaml and to remove from it; nothing if it is exact."""
    missing, superfluous = sorted(set(needed) - set(declared)), sorted(set(declared) - set(needed))
    lines = [f"add to {what}: {name}" for name in missing] + [f"remove from {what}: {name}" for name in superfluous]
    return "\n".join(lines)


def below(key, declared):
    return any(key == name or key.startswith(f"{name}.") for name in declared)


def at(path, declared):
    return any(path == name or path.startswith(f"{name}/") for name in declared)


def script_declares(stage, monkeypatch):
    """Return the inputs and parameters that a script passes to `recommender.stage.run`, without its work."""
    passed = []
    monkeypatch.setattr(stage.module, "run", lambda _, inputs, keys: passed.extend((inputs, keys)) or 0)
    stage.module.main(stage.argv)
    return passed


@each_stage
def test_code_dependencies_are_the_modules_that_the_script_imports(stage):
    assert not difference(stage.code, closure(ROOT / stage.script), f"deps of {stage.name}")


@each_stage
def test_code_dependencies_are_the_modules_that_a_run_loads(stage, observed):
    for seen in observed.values():
        assert not difference(stage.code, seen[stage.name]["loaded"], f"deps of {stage.name}")


@each_stage
def test_data_dependencies_and_parameters_are_those_that_the_script_guards(stage, monkeypatch):
    inputs, keys = script_declares(stage, monkeypatch)
    assert not difference(stage.data, inputs, f"deps of {stage.name}")
    assert not difference(stage.params, keys, f"params of {stage.name}")


@each_stage
def test_parameters_that_are_read_are_declared(stage, observed):
    for seen in observed.values():
        undeclared = [key for key in seen[stage.name]["params"] if not below(key, stage.params)]
        assert not difference([], undeclared, f"params of {stage.name}")


@each_stage
def test_every_declared_parameter_is_read_under_some_configuration(stage, observed):
    declared = {key for key in KEYS if below(key, stage.params)}
    read = {key for seen in observed.values() for key in seen[stage.name]["params"]}
    assert not difference(declared, declared & read, f"params of {stage.name}")


@each_stage
def test_files_opened_are_dependencies(stage, observed):
    for seen in observed.values():
        data = [path for path in seen[stage.name]["opened"] if not path.startswith((*CODE, "params.yaml"))]
        assert not difference([], [path for path in data if not at(path, stage.deps)], f"deps of {stage.name}")


@each_stage
def test_every_data_dependency_is_opened(stage, observed):
    for seen in observed.values():
        opened = [name for name in stage.data if any(at(path, [name]) for path in seen[stage.name]["opened"])]
        assert not difference(stage.data, opened, f"deps of {stage.name}")


@each_stage
def test_files_written_are_the_outputs(stage, observed):
    for seen in observed.values():
        written = [path for path in seen[stage.name]["written"] if not path.startswith(SCRATCH)]
        folders = {name for name in stage.outs if any(path.startswith(f"{name}/") for path in written)}
        alone = {path for path in written if not at(path, folders)}
        assert not difference(stage.outs, folders | alone, f"outs of {stage.name}")


@each_stage
def test_nothing_is_begun_under_its_final_name(stage, observed):
    begun = observed["last_interaction"][stage.name]["begun"]
    assert begun
    assert all(path.endswith(".tmp") for path in begun)


def test_every_parameter_is_read_by_some_stage():
    used = {key for key in KEYS if any(below(key, stage.params) for stage in STAGES.values())}
    assert not difference(KEYS, used, "params.yaml")


def test_every_declared_parameter_is_in_params_yaml():
    names = KEYS | {key.rpartition(".")[0] for key in KEYS} | {key.partition(".")[0] for key in KEYS}
    assert {name for stage in STAGES.values() for name in stage.params} <= names


@each_stage
def test_every_stage_is_described(stage):
    assert stage.desc.endswith(".")
    assert stage.cmd == f"PYTHONPATH=src python {' '.join([stage.script, *stage.argv])}"


def test_every_leaf_of_params_yaml_has_a_comment_above_it_or_above_its_block():
    bare, commented = [], False
    for line in OWN.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if not text or text.startswith("#"):
            commented = text.startswith("#")
        elif not line.startswith(" "):
            commented = False
        elif not commented:
            bare.append(text)
    assert not bare


class TestTheTestsCanFail:
    def test_a_difference_says_what_to_add_and_what_to_remove(self):
        told = difference(["src/a.py", "src/b.py"], ["src/b.py", "src/c.py"], "deps of split")
        assert told == "add to deps of split: src/c.py\nremove from deps of split: src/a.py"

    def test_the_closure_follows_imports_inside_functions(self, tmp_path, monkeypatch):
        package = tmp_path / "src/p"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "a.py").write_text("def f():\n    from p import b\n")
        (package / "b.py").touch()
        script = tmp_path / "script.py"
        script.write_text("import p.a\n")
        monkeypatch.setattr("tests.pipeline.imports.ROOT", tmp_path)
        monkeypatch.setattr("tests.pipeline.imports.SOURCE", tmp_path / "src")
        assert closure(script) == {"script.py", "src/p/__init__.py", "src/p/a.py", "src/p/b.py"}

    def test_observing_sees_each_parameter_that_decides(self, observed):
        last, times = observed["last_interaction"]["split"]["params"], observed["global_time"]["split"]["params"]
        assert set(times) - set(last) == {"split.valid_from", "split.test_from"}

    def test_observing_sees_what_a_stage_opens(self, observed):
        opened = observed["last_interaction"]["split"]["opened"]
        assert set(opened) >= {"data/prepared/interactions.parquet", "params.yaml"}
