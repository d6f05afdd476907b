"""What is wrong with dvc.lock: conflict markers of Git, or an end that was cut off when DVC was killed."""

import re
from typing import Any

import yaml

from recommender.errors import DataError

_OURS = "git checkout --ours dvc.lock && dvc repro && git add -A && git commit"
_LAST = "git checkout dvc.lock && dvc repro"
_KINDS = {"path": str, "hash": str, "md5": str | None, "size": int, "nfiles": int}


def check(text: str) -> None:
    """Refuse a dvc.lock with which every command of DVC fails.

    Args:
        text: all of the file.

    Raises:
        DataError: names the repair.
    """
    if re.search(r"^(<{7}|={7}|>{7})( |$)", text, re.MULTILINE):
        raise DataError(f"dvc.lock: two versions of it were merged; take one and let DVC correct it: {_OURS}")
    try:
        whole = _whole(yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except yaml.YAMLError:
        whole = False
    if not whole:
        raise DataError(f"dvc.lock: not a complete file, as a kill of DVC may leave it; run: {_LAST}")


def _whole(lock: Any) -> bool:
    """Return whether the file has the form that DVC requires; a stage that was cut off entirely runs again."""
    stages = lock.get("stages", {}) if isinstance(lock, dict) and lock.get("schema") == "2.0" else None
    return isinstance(stages, dict) and all(map(_whole_stage, stages.values()))


def _whole_stage(stage: Any) -> bool:
    if not isinstance(stage, dict) or not stage.get("cmd"):
        return False
    files = [stage.get(name, []) for name in ("deps", "outs")]
    values = stage.get("params", {})
    return (
        all(isinstance(entries, list) and all(map(_whole_file, entries)) for entries in files)
        and isinstance(values, dict)
        and all(isinstance(keys, dict) for keys in values.values())
    )


def _whole_file(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and "path" in entry
        and all(isinstance(value, _KINDS.get(name, object)) for name, value in entry.items())
        and len(entry.get("md5") or "none") > 2
    )
