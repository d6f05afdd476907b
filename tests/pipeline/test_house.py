"""The rules about size and form for every file of the project; each test names all files that break its rule."""

import ast
from functools import cache

from tests.project.project import ROOT

SOURCES = sorted((ROOT / "src").rglob("*.py"))
SCRIPTS = sorted((ROOT / "stages").glob("*.py"))
BENCHMARKS = sorted((ROOT / "benchmarks").rglob("*.py"))
EVERY = [*SOURCES, *SCRIPTS, *BENCHMARKS, *sorted((ROOT / "tests").rglob("*.py"))]


@cache
def text_of(path):
    return path.read_text(encoding="utf-8")


@cache
def tree_of(path):
    return ast.parse(text_of(path))


def short(path):
    return str(path.relative_to(ROOT))


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


def test_no_file_is_long():
    lengths = {short(path): len(text_of(path).splitlines()) for path in EVERY}
    assert not {name: length for name, length in lengths.items() if length > 300}


def test_no_function_is_long():
    lengths = {
        f"{short(path)}: {node.name}": node.end_lineno - node.lineno + 1
        for path in [*SOURCES, *SCRIPTS]
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef)
    }
    assert not {name: length for name, length in lengths.items() if length > 50}


def test_stage_scripts_are_thin():
    lengths = {short(path): sum(bool(line.strip()) for line in text_of(path).splitlines()) for path in SCRIPTS}
    assert not {name: length for name, length in lengths.items() if length > 60}


def test_every_public_function_is_documented_and_typed():
    wrong = [f"{short(path)}: no docstring" for path in [*SOURCES, *BENCHMARKS] if not ast.get_docstring(tree_of(path))]
    for path in [*SOURCES, *BENCHMARKS]:
        for function in public_functions(tree_of(path)):
            missing = untyped(function) + ["the docstring"] * (not ast.get_docstring(function))
            wrong += [f"{short(path)}: {function.name} lacks {name}" for name in missing]
    assert not wrong


def test_nothing_unpickles():
    unsafe, wrong = {"pickle", "joblib", "dill", "cloudpickle", "shelve"}, []
    for path in SOURCES:
        nodes = list(ast.walk(tree_of(path)))
        names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
        names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
        found = {name.partition(".")[0] for name in names} & unsafe
        wrong += [f"{short(path)}: {name}" for name in sorted(found)]
        wrong += [short(path)] if "allow_pickle=True" in text_of(path) else []
    assert not wrong
