"""Run a command and append what it cost to a file: stands in for `python` in the copy of the project that is measured.

Only the standard library, so that it costs nothing itself; the kernel counts, so that nothing is missed or sampled.
"""

import json
import os
import sys
import time
from pathlib import Path

_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


def run(command: list[str]) -> dict[str, float]:
    """Run a command to its end.

    Returns:
        `code` (of exit), `wall_s`, `cpu_s` (of it and its children) and `peak_bytes` (of the largest process among
        them).
    """
    start = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "wall_s": time.perf_counter() - start,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_bytes": usage.ru_maxrss * _PEAK_UNIT,
    }


def main(argv: list[str]) -> int:
    """Run `argv[1:]` and append its name and cost as a line of JSON to the file `argv[0]`."""
    cost = run(argv[1:])
    name = " ".join(Path(part).stem for part in argv[2:] if part != "--policy")
    with open(argv[0], "a", encoding="utf-8") as file:
        file.write(json.dumps({"name": name} | cost) + "\n")
    return max(0, int(cost["code"])) if cost["code"] >= 0 else 128 - int(cost["code"])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
