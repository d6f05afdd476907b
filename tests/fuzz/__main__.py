"""Damage files for every reader in many ways: `python -m tests.fuzz --cases 20000`.

Prints a line per reader and writes benchmarks/results/fuzz.json. A failure is named by its reader and number, which
make the same file again: `python -m tests.fuzz --reader csv --number 17`.
"""

import argparse
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from recommender.errors import RecommenderError
from recommender.files import write_json
from tests.fuzz.damage import damaged, lines_damaged
from tests.fuzz.readers import READERS

RESULT = Path("benchmarks/results/fuzz.json")
LONGEST = 1500
"""Characters of a message; it may name every wrong key."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=200, help="damaged files per reader")
    parser.add_argument("--reader", choices=READERS, help="one reader only; nothing is written")
    parser.add_argument("--number", type=int, help="show one file and what comes of it")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if asked.number is not None:
            content, name = made(asked.reader, asked.number), asked.reader
            sys.stdout.write(f"{content!r}\n{one(name, asked.number, Path(folder))}\n")
            return 0
        found = {name: run(name, asked.cases, Path(folder)) for name in READERS if asked.reader in (None, name)}
    for name, result in found.items():
        sys.stdout.write(f"{name:<12} {result}\n")
    if asked.reader is None:
        write_json(RESULT, {"readers": found})
    return int(any(result["failures"] for result in found.values()))


def run(name: str, cases: int, folder: Path) -> dict[str, object]:
    """Return how many of the files were read and refused, and the first failures by kind."""
    counts: Counter[str] = Counter()
    failures: dict[str, int] = {}
    for number in range(cases):
        outcome = one(name, number, folder)
        counts[outcome if outcome in ("read", "refused") else "failed"] += 1
        if outcome not in ("read", "refused"):
            failures.setdefault(outcome, number)
    return {"cases": cases, "failures": failures} | {name: counts[name] for name in ("read", "refused", "failed")}


def made(name: str, number: int) -> bytes:
    """Return the damaged file of a number."""
    chance = random.Random(f"{name} {number}")
    how = lines_damaged if READERS[name].lines and number % 2 else damaged
    return how(READERS[name].good(), chance)


def one(name: str, number: int, folder: Path) -> str:
    """Return "read", "refused" by a documented error, or what went wrong."""
    try:
        READERS[name].check(folder, made(name, number))
    except RecommenderError as error:
        message = str(error)
        return "refused" if "\n" not in message and len(message) <= LONGEST else f"message {message[:60]!r}"
    except Exception as error:  # whatever else comes out is what is looked for
        return f"{type(error).__name__}: {' '.join(str(error).split())[:100]}"
    return "read"


if __name__ == "__main__":
    raise SystemExit(main())
