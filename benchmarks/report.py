"""What every benchmark says beside its numbers, and how it says it: the machine, a table, a JSON file."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from recommender.text_table import text_table

RESULTS = Path(__file__).parent / "results"
_LIBRARIES = ("dvc", "lightgbm", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy")


def machine() -> dict[str, Any]:
    """Describe the machine, without its name or any path: what a reader needs to judge the numbers."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[0], 1),
        "libraries": {name: version(name) for name in _LIBRARIES},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def table(rows: Sequence[Mapping[str, str | float]]) -> str:
    """Render rows with the same keys as aligned text.

    Args:
        rows: at least one; text is put to the left, numbers to the right with a precision that fits their size.

    Returns:
        A header and one line per row.
    """
    cells = [list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]
    numeric = [place for place, value in enumerate(rows[0].values()) if not isinstance(value, str)]
    return text_table(cells, right=numeric)


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if isinstance(value, int) or abs(value) >= 100 else f"{value:.2f}"


def rounded(values: Any) -> Any:
    """Round every number in nested values to six decimals."""
    if isinstance(values, Mapping):
        return {key: rounded(value) for key, value in values.items()}
    if isinstance(values, list):
        return [rounded(value) for value in values]
    return round(values, 6) if isinstance(values, float) else values


def save(name: str, values: Mapping[str, Any], folder: Path = RESULTS) -> Path:
    """Write results and the machine as JSON.

    Args:
        name: of the file, without suffix.
        values: nested numbers and texts.
        folder: where to; made if it is not there.

    Returns:
        The file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    whole = {"machine": machine(), **values}
    path.write_text(json.dumps(rounded(whole), indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return path
