"""The table of promises: how each is tested, on how many cases, and how often it was broken."""

import json

from tests.docs.tables import Read

RESULTS = "benchmarks/results"
KILLS = {
    "ends": "a stage ends with DVC",
    "whole": "every file under its own name is complete",
    "same": "the next `dvc repro` ends with the same bytes, and with the same entries in `dvc.lock`",
}
HOSTILE = "the service: an invalid request gets no stack trace, and no status of 500 or more except 503"
FUZZ = "{name}: a damaged file is refused with a documented error, or every row of it is read or counted as dropped"


def promises_block(read: Read) -> str:
    """Return the promises that `make promises` tests."""
    kills = json.loads(read(f"{RESULTS}/promises_kills.json"))["kills"]
    readers = json.loads(read(f"{RESULTS}/fuzz.json"))["readers"]
    rows = [
        (promise, "kills of `dvc repro` at random moments", kills["cases"], kills[name])
        for name, promise in KILLS.items()
    ]
    rows += [
        (FUZZ.format(name=name), "files damaged at random", found["cases"], found["failed"])
        for name, found in readers.items()
    ]
    hostile = json.loads(read(f"{RESULTS}/hostile.json"))
    rows.append((HOSTILE, "requests made from its OpenAPI description", hostile["cases"], hostile["failures"]))
    lines = ["| promise | tested by | cases | failures |", "| --- | --- | ---: | ---: |"]
    return (
        "\n".join([*lines, *(f"| {what} | {how} | {cases:,} | {failed} |" for what, how, cases, failed in rows)]) + "\n"
    )
