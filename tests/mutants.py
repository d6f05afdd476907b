"""Mutation tests: `make mutants` changes the code in small ways and counts the changes that make a test fail.

What is changed and which tests run is in pyproject.toml, [tool.mutmut]. `mutmut results` lists the changes that no test
noticed and `mutmut show NAME` shows one of them.
"""

import subprocess
import sys
from collections import Counter


def main(packages: list[str]) -> None:
    """Run mutmut on packages, such as `recommender.log`, and print the share of killed mutants of each."""
    subprocess.run(["mutmut", "run", *(f"{package}.*" for package in packages)], check=True)
    command = ["mutmut", "results", "--all", "true"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8").stdout
    sys.stdout.write(shares(listed, packages))


def shares(listed: str, packages: list[str]) -> str:
    """Return a line per package: mutants, how many a test noticed, their share, and the others by status.

    Raises:
        SystemExit: A package has no mutants.
    """
    statuses = [line.strip().rsplit(": ", 1) for line in listed.splitlines() if ": " in line]
    lines = []
    for package in packages:
        found = Counter(status for name, status in statuses if name.startswith(f"{package}."))
        if not found:
            raise SystemExit(f"{package} has no mutants: add it to [tool.mutmut] only_mutate in pyproject.toml")
        total, killed = found.total(), sum(found.pop(status, 0) for status in ("killed", "timeout"))
        others = ", ".join(f"{count} {status}" for status, count in sorted(found.items()))
        lines.append(f"{package:<28}{killed:>6} of {total:>5} killed {killed / total:>6.1%}   {others}".rstrip() + "\n")
    return "".join(lines)


if __name__ == "__main__":
    main(sys.argv[1:])
