"""Reads params.yaml; an unknown key or a bad value is an error that names it."""

import difflib
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from recommender.errors import ParameterError
from recommender.sections import Params

PARAMS_FILE = Path("params.yaml")
# PyYAML raises the others for 1998-13-45, for tags such as `!!bool maybe`, and for thousands of open brackets.
_NOT_YAML = (yaml.YAMLError, ValueError, KeyError, AttributeError, RecursionError)


class _UniqueKeys(yaml.SafeLoader):
    """PyYAML keeps the last of two equal keys in silence; here they are an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping, refusing a key that stands twice."""
        keys = [key.value for key, _ in node.value]
        for key, _ in node.value:
            if keys.count(key.value) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} stands twice", key.start_mark)
        return super().construct_mapping(node, deep)


def load(path: Path = PARAMS_FILE) -> Params:
    """Read and check params.yaml.

    Args:
        path: the YAML file.

    Returns:
        Every section, typed.

    Raises:
        ParameterError: the file is missing, is not YAML, or a key is unknown, missing, of the wrong type or out of
            range; the message names each such key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ParameterError(f"{path}: cannot be read ({error.strerror}); run from the project's folder") from error
    except UnicodeDecodeError as error:
        raise ParameterError(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8") from error
    try:
        values = yaml.load(text, _UniqueKeys)
    except _NOT_YAML as error:
        raise ParameterError(f"{path}: not valid YAML: {_flat(str(error))}; mend that line") from error
    if not isinstance(values, dict):
        raise ParameterError(
            f"{path}: found {type(values).__name__}, expected one section per stage (key: value lines)"
        )
    try:
        return Params.model_validate(values)
    except ValidationError as error:
        lines = [_explain(dict(found)) for found in error.errors()]
        raise ParameterError(f"{path}: " + "; ".join(lines)) from error


def _flat(text: str) -> str:
    return " ".join(text.split())


def _explain(error: dict[str, Any]) -> str:
    """Say one of pydantic's findings in the words of a person who edits YAML."""
    where = ".".join(str(part) for part in error["loc"]) or "parameters"
    if error["type"] == "extra_forbidden":
        known = _known_keys(error["loc"][:-1])
        near = difflib.get_close_matches(str(error["loc"][-1]), known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known keys: {', '.join(known)}"
        return f"{where}: unknown parameter; {hint}"
    if error["type"] == "missing":
        return f"{where}: missing; add it (see params.yaml of the repository for its meaning)"
    message = str(error["msg"]).removeprefix("Value error, ")
    found = error["input"]
    shown = "" if isinstance(found, dict) else f", found {found!r}"
    return f"{where}: {message[0].lower()}{message[1:]}{shown}"


def _known_keys(path: tuple[Any, ...]) -> list[str]:
    """Return the keys that a section has, following `path` from the root."""
    section: type[BaseModel] = Params
    for part in path:
        annotation = section.model_fields[str(part)].annotation
        section = annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else Params
    return list(section.model_fields)
