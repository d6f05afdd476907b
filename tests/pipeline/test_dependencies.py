"""What dvc.yaml declares is what the scripts import, open, read and write: no more, no less.

Each test names all stages that break its rule, as lines to add to dvc.yaml or to remove from it.
"""

from tests.pipeline.conftest import TORCH
from tests.pipeline.imports import closure, room_of, rooms
from tests.project.project import CODE, OWN, ROOT, leaves, read_params, stages

STAGES = stages()
KEYS = set(leaves(read_params()))
NEED_TORCH = set() if TORCH else {key for key in KEYS if key.startswith("neural.")}
SCRATCH = "data/.rounds/"  # what a killed run left, gone after a whole one


def difference(declared, needed, what):
    """Return the lines to add to dvc.yaml and to remove from it; nothing if it is exact."""
    missing, superfluous = sorted(set(needed) - set(declared)), sorted(set(declared) - set(needed))
    lines = [f"add to {what}: {name}" for name in missing] + [f"remove from {what}: {name}" for name in superfluous]
    return "\n".join(lines)


def every(problems):
    """Return the problems of all stages as lines; `problems(stage)` returns those of one, or an empty text."""
    return "\n".join(found for stage in STAGES.values() if (found := problems(stage)))


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


def test_code_dependencies_are_the_rooms_that_the_script_imports():
    assert not every(lambda stage: difference(stage.code, rooms(ROOT / stage.script), f"deps of {stage.name}"))


def test_code_dependencies_are_the_rooms_that_a_run_loads(observed):
    def problems(stage):
        loaded = {path for seen in observed.values() for path in seen[stage.name]["loaded"] if path.startswith(CODE)}
        return difference(stage.code, {room_of(path) for path in loaded}, f"deps of {stage.name}")

    assert not every(problems)


def test_a_run_loads_only_what_the_script_imports(observed):
    """A room that is imported in a way that the text does not show would be missing in every list of rooms."""

    def problems(stage):
        loaded = {path for seen in observed.values() for path in seen[stage.name]["loaded"] if path.startswith(CODE)}
        return "\n".join(f"{stage.name}: loaded {path}" for path in sorted(loaded - closure(ROOT / stage.script)))

    assert not every(problems)


def test_data_dependencies_and_parameters_are_those_that_the_script_guards(monkeypatch):
    def problems(stage):
        inputs, keys = script_declares(stage, monkeypatch)
        data = difference(stage.data, inputs, f"deps of {stage.name}")
        return data + difference(stage.params, keys, f"params of {stage.name}")

    assert not every(problems)


def test_parameters_that_are_read_are_declared(observed):
    def problems(stage):
        read = {key for seen in observed.values() for key in seen[stage.name]["params"]}
        return difference([], [key for key in read if not below(key, stage.params)], f"params of {stage.name}")

    assert not every(problems)


def test_every_declared_parameter_is_read_under_some_configuration(observed):
    def problems(stage):
        declared = {key for key in KEYS - NEED_TORCH if below(key, stage.params)}
        read = {key for seen in observed.values() for key in seen[stage.name]["params"]}
        return difference(declared, declared & read, f"params of {stage.name}")

    assert not every(problems)


def test_files_opened_are_dependencies(observed):
    def problems(stage):
        opened = {path for seen in observed.values() for path in seen[stage.name]["opened"]}
        data = [path for path in opened if not path.startswith((*CODE, "params.yaml"))]
        return difference([], [path for path in data if not at(path, stage.deps)], f"deps of {stage.name}")

    assert not every(problems)


def test_every_data_dependency_is_opened(observed):
    def problems(stage):
        opened = [path for seen in observed.values() for path in seen[stage.name]["opened"]]
        found = [name for name in stage.data if any(at(path, [name]) for path in opened)]
        return difference(stage.data, found, f"deps of {stage.name}")

    assert not every(problems)


def test_files_written_are_the_outputs(observed):
    def problems(stage):
        found = ""
        for seen in observed.values():
            # What is written into a folder that has another name first appears with the folder.
            named = [path for path in seen[stage.name]["written"] if ".tmp/" not in path]
            written = [path for path in named if not path.startswith(SCRATCH)]
            folders = {name for name in stage.outs if any(path.startswith(f"{name}/") for path in written)}
            alone = {path for path in written if not at(path, folders)}
            found += difference(stage.outs, folders | alone, f"outs of {stage.name}")
        return found

    assert not every(problems)


def test_every_file_is_written_under_another_name_first(observed):
    def problems(stage):
        begun = observed["own"][stage.name]["begun"]
        direct = [path for path in begun if not path.endswith(".tmp")]
        return f"{stage.name}: written in place: {direct}" if direct or not begun else ""

    assert not every(problems)


def test_every_parameter_is_read_by_some_stage():
    used = {key for key in KEYS if any(below(key, stage.params) for stage in STAGES.values())}
    assert not difference(KEYS, used, "params.yaml")


def test_every_declared_parameter_is_in_params_yaml():
    names = KEYS | {key.rpartition(".")[0] for key in KEYS} | {key.partition(".")[0] for key in KEYS}
    assert {name for stage in STAGES.values() for name in stage.params} <= names


def test_every_stage_has_a_description_and_the_one_form_of_command():
    def problems(stage):
        cmd = f"exec env PYTHONPATH=src python {' '.join([stage.script, *stage.argv])}"
        return "" if stage.desc.endswith(".") and stage.cmd == cmd else f"{stage.name}: {stage.desc!r}, {stage.cmd!r}"

    assert not every(problems)


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
    def test_a_difference_names_what_to_add_and_what_to_remove(self):
        found = difference(["src/a.py", "src/b.py"], ["src/b.py", "src/c.py"], "deps of split")
        assert found == "add to deps of split: src/c.py\nremove from deps of split: src/a.py"

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

    def test_a_room_is_the_folder_of_its_files_and_other_files_are_listed_alone(self):
        assert room_of("src/recommender/log/views.py") == "src/recommender/log"
        assert room_of("src/recommender/retrieval/sources/popularity.py") == "src/recommender/retrieval"
        assert room_of("src/recommender/seeds.py") == "src/recommender/seeds.py"
        assert room_of("stages/split.py") == "stages/split.py"

    def test_observing_sees_each_parameter_that_decides(self, observed):
        last, times = observed["own"]["split"]["params"], observed["text_ids"]["split"]["params"]
        assert set(times) - set(last) == {"split.valid_from", "split.test_from"}

    def test_observing_sees_what_a_stage_opens(self, observed):
        opened = observed["own"]["split"]["opened"]
        assert set(opened) >= {"data/prepared/interactions.parquet/part-00000.parquet", "params.yaml"}
