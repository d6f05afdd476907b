"""The table of promises: how each is tested, on how many cases, and how often it was broken."""

import json

from tests.docs.tables import Read

ROWS = {
    "ends": "a stage ends with DVC",
    "whole": "every file under its own name is a whole one",
    "same": "the next `dvc repro` ends with the same bytes, and with the same entries in `dvc.lock`",
}


def promises_block(read: Read) -> str:
    """Return the promises that `python -m tests.kills` tests."""
    found = json.loads(read("benchmarks/results/promises_kills.json"))["kills"]
    lines = ["| promise | tested by | cases | failures |", "| --- | --- | ---: | ---: |"]
    lines += [
        f"| {promise} | kills of `dvc repro` at random moments | {found['cases']} | {found[name]} |"
        for name, promise in ROWS.items()
    ]
    return "\n".join(lines) + "\n"
