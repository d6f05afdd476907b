"""Reads params.yaml: each caller names the sections that it needs, and each room defines its own sections."""

import ast
import difflib
from copy import deepcopy
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import YAMLError

from recommender.errors import ParameterError

PARAMS_FILE = Path("params.yaml")
# The parser raises the others for 1998-13-45, for tags such as `!!bool maybe`, and for thousands of open brackets.
_NOT_YAML = (YAMLError, ValueError, KeyError, AttributeError, RecursionError)
_SHOWN = 200
_SOURCE = Path(__file__).parents[1]
_PACKAGES = ("recommender", "recommender_lab")

Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
Probability = Annotated[float, Field(ge=0, le=1)]
MOST = 2**31
"""Whole numbers stay below it: products of two of them fit into 64 bits."""


class Written(int):
    """A whole number of params.yaml that shows how it is written: as an id, `010` may stand for the text."""

    text: str

    def __repr__(self) -> str:
        """Return the text."""
        return self.text


class _Constructor(SafeConstructor):
    def construct_yaml_int(self, node: Any) -> Written:
        """Keep the text of a whole number."""
        number = Written(super().construct_yaml_int(node))
        number.text = str(node.value)
        return number


_Constructor.add_constructor("tag:yaml.org,2002:int", _Constructor.construct_yaml_int)


class Section(BaseModel):
    """A section of params.yaml: unknown keys, NaN and infinite numbers are refused, `"1e-05"` is read as a number."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_value(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse true and false for a number: pydantic would read true as 1."""
        values = value if isinstance(value, (list, tuple)) else [value]
        is_bool = cls.model_fields[str(info.field_name)].annotation is bool
        if not is_bool and any(isinstance(inner, bool) for inner in values):
            raise ValueError("expected neither true nor false")
        return value

    @field_validator("*", mode="after")
    @classmethod
    def _no_giant(cls, value: Any) -> Any:
        if isinstance(value, int) and value >= MOST:
            raise ValueError(f"expected less than {MOST}")
        return value


class Base(Section):
    """The section `base`: what every part of the project reads.

    Attributes:
        seed: from which every use of chance derives its own.
        again_after_days: days after an event after which its user may be recommended its item again; None for never,
            and then only the first event of a user with an item is kept.
    """

    seed: Annotated[int, Field(ge=0, lt=2**31)]
    again_after_days: Annotated[float, Field(ge=0, le=36_500)] | None


class Sections(BaseModel):
    """Some sections of params.yaml; a subclass has one attribute per section, named like it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


S = TypeVar("S", bound=Sections)
_EXPECTED = {
    "greater_than": "more than {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than": "less than {lt}",
    "less_than_equal": "{le} or less",
    "finite_number": "a finite number",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "date": "a date such as 1998-03-01",
    "datetime": "a time such as 1998-03-01T12:00:00Z",
    "string": "text",
    "string_too_short": "at least {min_length} character",
    "literal": "{expected}",
    "list": "a list such as [5, 10]",
    "tuple": "a list such as [1, 5]",
    "too_short": "a list with at least {min_length} value(s)",
    "too_long": "a list with at most {max_length} value(s)",
    "missing": "this key",
    "extra": "no such key",
    "dict": "keys with values",
    "model": "keys with values",
}
"""What pydantic's kinds of errors mean; `int` also stands for `int_type`, `int_parsing` and so on."""


def read(path: Path = PARAMS_FILE) -> dict[str, Any]:
    """Read params.yaml as DVC reads it (YAML 1.2) and check the names of its sections and keys.

    Args:
        path: the YAML file.

    Returns:
        The values of every section.

    Raises:
        ParameterError: the file is missing or is not YAML, or a section or key has an unknown name.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ParameterError(f"{path}: cannot be read ({error.strerror}); run from the project's folder") from error
    except UnicodeDecodeError as error:
        raise ParameterError(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8") from error
    try:
        values = deepcopy(_parsed(text))
    except _NOT_YAML as error:
        raise ParameterError(f"{path}: not valid YAML: {_problem(error)}; correct that line") from error
    if not isinstance(values, dict):
        raise ParameterError(f"{path}: found {_short(values)}, expected one section per stage (key: value lines)")
    if unknown := _unknown(values, known_names(), ""):
        raise ParameterError(f"{path}: " + "; ".join(unknown))
    return values


@lru_cache(maxsize=1)
def _parsed(text: str) -> Any:
    """Parse the text once: a stage reads it before, during and after its work."""
    yaml = YAML(typ="safe")
    yaml.Constructor = _Constructor
    return yaml.load(text)


def load(kind: type[S], path: Path = PARAMS_FILE) -> S:
    """Read and validate some sections of params.yaml; the others may hold any values.

    Args:
        kind: the sections.
        path: the YAML file.

    Raises:
        ParameterError: see `read`; or a key of these sections is missing, of the wrong type or out of range. The
            message names each such key.
    """
    values = read(path)
    try:
        return kind.model_validate({name: values[name] for name in kind.model_fields if name in values})
    except ValidationError as error:
        raise ParameterError(f"{path}: " + "; ".join(_explain(dict(found)) for found in error.errors())) from error


def value_of(values: dict[str, Any], key: str) -> Any:
    """Return a section, or one of its keys, of what `read` returned.

    Args:
        values: the values of every section.
        key: such as `split` or `split.ties`.
    """
    for name in key.split("."):
        values = values.get(name, {}) if isinstance(values, dict) else {}
    return values


def _problem(error: Exception) -> str:
    """Return the line and the problem that the parser found."""
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    text = " ".join(str(problem or error).split())
    return f"line {mark.line + 1}: {text}" if mark else text


def _unknown(values: dict[str, Any], known: dict[str, Any], above: str) -> list[str]:
    """Return a message for each name that is not known."""
    found = []
    for name, value in values.items():
        inner = known.get(name)
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(known)}"
            found.append(f"{above}{name}: unknown parameter; {hint}")
        elif inner and isinstance(value, dict):
            found += _unknown(value, inner, f"{above}{name}.")
    return found


def _explain(error: dict[str, Any]) -> str:
    """Return one of pydantic's findings in the words of params.yaml."""
    where = ".".join(str(part) for part in error["loc"]) or "parameters"
    if error["type"] == "missing":
        return f"{where}: missing; add it (see params.yaml of the repository for its meaning)"
    shown = "" if isinstance(error["input"], dict) else f", found {_short(error['input'])}"
    return f"{where}: {expectation(error)}{shown}"


def expectation(error: dict[str, Any]) -> str:
    """Say what a value should be, in the words of this project.

    Args:
        error: one of pydantic's findings.

    Returns:
        What a validator of ours said, or `expected` and the kind of value.
    """
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    kind = error["type"] if error["type"] in _EXPECTED else error["type"].partition("_")[0]
    bounds = error.get("ctx", {}).items()
    whole = {name: int(bound) if isinstance(bound, float) and bound.is_integer() else bound for name, bound in bounds}
    return f"expected {_EXPECTED.get(kind, 'another value').format(**whole)}"


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"


@cache
def known_names() -> dict[str, Any]:
    """Return every section with its keys, nested as in params.yaml; a key without further keys has an empty mapping.

    The text of each room's `settings.py` is read: to import the rooms would make every stage depend on all of them.
    """
    files = [path for package in _PACKAGES for path in sorted((_SOURCE / package).glob("*/settings.py"))]
    found: dict[str, Any] = {}
    for path in (_SOURCE / "recommender/params.py", *files):
        found |= names_in(path.read_text(encoding="utf-8"))
    return found


def names_in(text: str) -> dict[str, Any]:
    """Return the sections that a module defines.

    Args:
        text: of the module. A class that derives from `Section` is a section, `AbTest` being `ab_test`, unless an
            attribute of another one has it as its type: then it is the value of that key.
    """
    classes = {
        node.name: {
            line.target.id: ast.unparse(line.annotation)
            for line in node.body
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
        }
        for node in ast.parse(text).body
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "Section" for base in node.bases)
    }
    inner = {kind for keys in classes.values() for kind in keys.values()}

    def nested(name: str) -> dict[str, Any]:
        """Return the keys of a class."""
        return {key: nested(kind) if kind in classes else {} for key, kind in classes[name].items()}

    return {_snake(name): nested(name) for name in classes if name not in inner}


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
