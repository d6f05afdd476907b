"""The stages as dvc.yaml declares them, and a miniature project to run them in."""

import contextlib
import hashlib
import importlib
import shlex
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from types import ModuleType

import yaml

from tests.project.make_log import make_log

ROOT = Path(__file__).parents[2]
OWN = ROOT / "params.yaml"
CODE = ("src/", "stages/")
PIPELINE = (
    *("download", "prepare", "split", "train_svd", "train_sequence", "build_ranking", "train_ranker"),
    *("recommend_random", "recommend_popularity", "recommend_svd", "recommend_two_stage"),
)
"""The stages from the download to the recommendations."""


@dataclass(frozen=True)
class Stage:
    """One stage of dvc.yaml."""

    name: str
    desc: str
    cmd: str
    deps: tuple[str, ...]
    params: tuple[str, ...]
    outs: tuple[str, ...]

    @property
    def script(self) -> str:
        return next(word for word in shlex.split(self.cmd) if word.endswith(".py"))

    @property
    def argv(self) -> list[str]:
        return self.cmd.partition(self.script)[2].split()

    @property
    def module(self) -> ModuleType:
        return importlib.import_module(self.script.removesuffix(".py").replace("/", "."))

    @property
    def code(self) -> set[str]:
        return {dep for dep in self.deps if dep.startswith(CODE)}

    @property
    def data(self) -> list[str]:
        return [dep for dep in self.deps if not dep.startswith(CODE)]


@cache
def stages() -> dict[str, Stage]:
    """Return the stages of dvc.yaml, each after those whose outputs it reads."""
    declared = read_yaml(ROOT / "dvc.yaml")["stages"]
    found = {name: _stage(name, values) for name, values in declared.items()}
    maker = {out: stage.name for stage in found.values() for out in stage.outs}
    before = {name: [maker[dep] for dep in stage.data if dep in maker] for name, stage in found.items()}
    return {name: found[name] for name in TopologicalSorter(before).static_order()}


def _stage(name: str, values: dict) -> Stage:
    outs = [*values.get("outs", ()), *values.get("metrics", ()), *values.get("plots", ())]
    paths = tuple(out if isinstance(out, str) else next(iter(out)) for out in outs)
    deps, params = (tuple(values.get(key, ())) for key in ("deps", "params"))
    return Stage(name, values.get("desc", ""), values["cmd"], deps, params, paths)


def leaves(values: dict, prefix: str = "") -> dict[str, object]:
    """Return nested values by their dotted keys."""
    found = {}
    for key, value in values.items():
        found |= leaves(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return found


def read_params(path: Path = OWN) -> dict:
    return read_yaml(path)


def read_yaml(path: Path) -> dict:
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)


def make_project(folder: Path, changes: dict[str, object] | None = None, text_ids: bool = False) -> Path:
    """Make the miniature project: its log, its params.yaml the templates of its plots, and a service that
    has received nothing; without code."""
    shutil.copytree(ROOT / ".dvc/plots", folder / ".dvc/plots")
    make_log(folder / "data/local", text_ids)
    (folder / "data/collected").mkdir(parents=True)
    (folder / "data/collected/erased.json").write_text('{"users": []}\n', encoding="utf-8")
    shutil.copy(OWN, folder / "params.yaml")
    set_params(folder, leaves(read_params(ROOT / "tests/project/params.yaml")) | (changes or {}))
    return folder


def changed_params(folder: Path, changes: dict[str, object]) -> dict:
    """Return a project's parameters with other values for some leaves."""
    values = read_params(folder / "params.yaml")
    for key, value in changes.items():
        *sections, name = key.split(".")
        section = values
        for part in sections:
            section = section[part]
        section[name] = value
    return values


def set_params(folder: Path, changes: dict[str, object]) -> None:
    """Change leaves of a project's params.yaml."""
    text = yaml.safe_dump(changed_params(folder, changes), sort_keys=False)
    (folder / "params.yaml").write_text(text, encoding="utf-8")


def copy_code(folder: Path) -> None:
    """Put the project's code and pipeline into a miniature project."""
    for name in ("src", "stages"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    for name in ("dvc.yaml", ".dvcignore"):
        shutil.copy(ROOT / name, folder)


def run_stages(folder: Path, names: Collection[str] | None = None) -> dict[str, int]:
    """Call main() of each stage, or of the named ones, in order until one fails; return the exit codes."""
    codes = {}
    with contextlib.chdir(folder):
        for stage in stages().values():
            if names is None or stage.name in names:
                codes[stage.name] = stage.module.main(stage.argv)
                if codes[stage.name]:
                    break
    return codes


def files_of(folder: Path, path: str) -> list[Path]:
    """Return the file, or the files of the folder, of a declared path."""
    place = folder / path
    return sorted(found for found in place.rglob("*") if found.is_file()) if place.is_dir() else [place]


def hashes(folder: Path, names: list[str] | None = None) -> dict[str, str]:
    """Hash every output of the stages by its path; one that is not there has no hash."""
    chosen = [stage for stage in stages().values() if names is None or stage.name in names]
    paths = [file for stage in chosen for out in stage.outs for file in files_of(folder, out) if file.exists()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
