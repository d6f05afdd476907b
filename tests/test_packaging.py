"""What pyproject.toml, requirements.txt and the Makefile promise about packages and interpreters."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest

from tests.mutants import shares
from tests.project.project import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OURS = {"recommender", "recommender_lab", "stages", "tests", "benchmarks"}
MINORS = (11, 12, 13)


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements):
    return {canonical(re.match(r"[\w.-]+", line)[0]) for line in requirements}


def listed(path):
    """Return the names of the packages in a list of requirements."""
    return names(line for line in (ROOT / path).read_text(encoding="utf-8").splitlines() if line[:1] != "#")


def imported(*folders):
    """Return the top-level names that the files of some folders import, each with one of the files."""
    found = {}
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.level == 0:
                    modules = [node.module]
                for module in modules:
                    # Namespace packages such as ruamel have one distribution per name below them: here one is enough.
                    found.setdefault(module.partition(".")[0], str(path.relative_to(ROOT)))
    return {name: path for name, path in found.items() if name not in OURS | sys.stdlib_module_names}


def undeclared(found, declared):
    owners = {"faiss": ["faiss-cpu"]} | packages_distributions()  # where this extra is not installed
    return {
        name: path
        for name, path in found.items()
        if not {canonical(owner) for owner in owners.get(name, [name])} & declared
    }


def test_every_imported_package_is_declared():
    runtime = names(PROJECT["dependencies"])
    optional = PROJECT["optional-dependencies"]
    extras = names(optional["redis"] + optional["neural"] + optional["cluster"] + optional["nearest"])
    extras |= {"faiss"}  # what faiss-cpu installs
    # Scheduler and peers have environments of their own; lightfm-next and pm-implicit install lightfm and implicit.
    scheduler, peers = listed("src/recommender_lab/scheduler/requirements.txt"), listed("benchmarks/peers.txt")
    assert not undeclared(imported("src", "stages"), runtime | extras | scheduler)
    development = names(PROJECT["optional-dependencies"]["dev"]) | extras | peers
    known = runtime | development | {"lightfm", "implicit"}
    assert not undeclared(imported("tests", "benchmarks"), known | extras)


def test_an_import_that_is_not_declared_is_found():
    assert undeclared({"numpy": "src/a.py", "yaml": "src/b.py", "absent": "src/c.py"}, {"numpy", "pyyaml"}) == {
        "absent": "src/c.py"
    }


def test_every_declared_package_is_in_the_lock():
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    locked = {canonical(name) for name in re.findall(r"^([\w.-]+)==", lock, flags=re.MULTILINE)}
    assert not names(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]) - locked
    assert "index-url" not in lock
    assert "://" not in lock


def pinned(path):
    lock = (ROOT / path).read_text(encoding="utf-8")
    return {tuple(line.split(" \\")[:1]) for line in lock.splitlines() if re.match(r"[\w.-]+==", line)}


@pytest.mark.parametrize(
    ("extra", "packages"),
    [("cluster", {"dask", "distributed"}), ("nearest", {"faiss-cpu"}), ("neural", {"torch"})],
)
def test_an_extra_adds_packages_and_changes_no_version(extra, packages):
    whole, own = pinned(f"requirements-{extra}.txt"), pinned("requirements.txt")
    added = {canonical(re.match(r"[\w.-]+", line)[0]) for (line,) in whole - own}
    assert packages <= added
    assert not added & {canonical(re.match(r"[\w.-]+", line)[0]) for (line,) in own}


def test_make_and_pip_accept_the_same_versions_of_python():
    assert PROJECT["requires-python"] == f">=3.{MINORS[0]},<3.{MINORS[-1] + 1}"
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = re.search(r"^PYTHONS := (.*)$", makefile, flags=re.MULTILINE)[1].split()
    assert found == [f"python3.{minor}" for minor in reversed(MINORS)]
    assert sys.version_info[1] in MINORS


def test_share_of_killed_mutants_per_package():
    listed = "    pack.a.x_f__mutmut_1: killed\n    pack.a.x_f__mutmut_2: survived\n    pack.b.x_g__mutmut_1: timeout\n"
    assert shares(listed, ["pack"]).split() == ["pack", "2", "of", "3", "killed", "66.7%", "1", "survived"]


def test_what_computes_has_one_version_for_all_pythons():
    """Others would give other bytes, and the tests of one Python would say nothing about another."""
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    for name in ("numpy", "scipy", "scikit-learn", "lightgbm", "pandas", "pyarrow"):
        assert len(re.findall(rf"^{name}==\S+ \\$", lock, re.MULTILINE)) == 1, name
