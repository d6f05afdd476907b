"""The rooms that a script imports, followed through every import statement."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"


def rooms(script: Path) -> set[str]:
    """Return what a script depends on: itself, the rooms that it imports and single files of the ground floor."""
    return {room_of(path) for path in closure(script)}


def room_of(path: str) -> str:
    """Return the folder of a room for each of its files; any other file is returned as it is."""
    parts = Path(path).parts
    return "/".join(parts[:3]) if parts[0] == "src" and len(parts) > 3 else path


def closure(script: Path) -> set[str]:
    """Return the project's files that a script loads, itself included, relative to the project."""
    waiting, found = [script], set()
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += imported(path)
    return {str(path.relative_to(ROOT)) for path in found}


@cache
def imported(path: Path) -> list[Path]:
    """Return the files of the modules that one file imports, and of the packages around them.

    A package that lists its folder with `pkgutil.iter_modules(__path__)` imports every module in it.
    """
    text = path.read_text(encoding="utf-8")
    names = [name for node in ast.walk(ast.parse(text)) for name in _names(node)]
    if "iter_modules(__path__)" in text:
        package = ".".join(path.parent.relative_to(SOURCE).parts)
        names += [f"{package}.{module.stem}" for module in path.parent.glob("*.py")]
    parts = {".".join(name.split(".")[: end + 1]) for name in names for end in range(name.count(".") + 1)}
    return [file for name in sorted(parts) if (file := _file(name)) is not None]


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _file(name: str) -> Path | None:
    stem = SOURCE / name.replace(".", "/")
    places = (stem.with_suffix(".py"), stem / "__init__.py")
    return next((place for place in places if place.is_file()), None)
