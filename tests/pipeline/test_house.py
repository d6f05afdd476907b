"""The house's rules about size and words, for every file of the project."""

import ast

import pytest

from tests.project.project import ROOT

SOURCES = sorted((ROOT / "src").rglob("*.py"))
SCRIPTS = sorted((ROOT / "stages").glob("*.py"))
BENCHMARKS = sorted((ROOT / "benchmarks").rglob("*.py"))
EVERY = [*SOURCES, *SCRIPTS, *BENCHMARKS, *sorted((ROOT / "tests").rglob("*.py"))]
names = [str(path.relative_to(ROOT)) for path in EVERY]


def public_functions(tree):
    """Yield the functions with a public name, also those inside other functions, but nothing of a private class."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node
        if not (isinstance(node, ast.ClassDef) and node.name.startswith("_")):
            yield from public_functions(node)


def untyped(function):
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    bare = [argument.arg for argument in given if argument.annotation is None and argument.arg not in {"self", "cls"}]
    return bare + ["the return"] * (function.returns is None)


@pytest.mark.parametrize("path", EVERY, ids=names)
def test_no_file_is_long(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_stage_scripts_are_thin(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 60


@pytest.mark.parametrize("path", [*SOURCES, *BENCHMARKS], ids=lambda path: str(path.relative_to(ROOT)))
def test_every_public_function_is_documented_and_typed(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    functions = list(public_functions(tree))
    assert not [function.name for function in functions if not ast.get_docstring(function)]
    assert not {function.name: untyped(function) for function in functions if untyped(function)}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_nothing_unpickles(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert not imports & {"pickle", "joblib", "dill", "cloudpickle", "shelve"}
    assert "allow_pickle=True" not in path.read_text(encoding="utf-8")
