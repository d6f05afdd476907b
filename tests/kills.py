"""`python -m tests.kills` kills dvc in the miniature project again and again, each time at a random moment.

After each kill: has the stage ended with dvc, is every file under its own name a whole one, and does the next
`dvc repro` end with the same bytes? Writes benchmarks/results/promises_kills.json, which docs/developing.md shows.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from recommender.errors import DataError
from recommender.files import write_json
from recommender_lab.check import lock_file
from tests.project.project import ROOT, copy_code, hashes, make_project, read_yaml, stages

RESULTS = ROOT / "benchmarks/results/promises_kills.json"
TARGETS = ("split",)
RUN = ("download", "prepare", *TARGETS)
SHELLS = [path for path in ("/bin/sh", "/bin/bash", "/usr/bin/fish") if os.path.exists(path)]
DVC = [sys.executable, "-m", "dvc"]
LONGEST_S = 20.0
"""A stage that has not ended after this time lives on."""


class Project:
    """The miniature project under git and dvc, with the result of a run that nobody killed."""

    def __init__(self, folder):
        self.folder = make_project(folder / "project")
        copy_code(self.folder)
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = os.environ | {"PATH": path, "DVC_SITE_CACHE_DIR": str(folder / "site")}
        self.call("git", "init", "--quiet")
        self.call(*DVC, "init", "--quiet", "--force")
        started = time.monotonic()
        self.call(*DVC, "repro", *TARGETS)
        self.seconds = time.monotonic() - started
        self.lock = self.read_lock()
        self.whole = hashes(self.folder, RUN)
        self.call("git", "add", "dvc.lock")

    def call(self, *command):
        subprocess.run(command, cwd=self.folder, env=self.environment, check=True, capture_output=True)

    def read_lock(self):
        """Return what dvc.lock says; dvc writes stages that do not depend on each other in any order."""
        return read_yaml(self.folder / "dvc.lock")

    def forget(self):
        """Remove all results, and what dvc remembers of earlier runs."""
        (self.folder / "dvc.lock").unlink(missing_ok=True)
        shutil.rmtree(self.folder / ".dvc/cache", ignore_errors=True)
        for name in RUN:
            for out in stages()[name].outs:
                place = self.folder / out
                shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)

    def killed(self, seconds, shell):
        """Start `dvc repro`, kill it, and return how many of its processes live on."""
        options = {"cwd": self.folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen([*DVC, "repro", *TARGETS], env=self.environment | {"SHELL": shell}, **options) as process:
            time.sleep(seconds)
            started = psutil.Process(process.pid).children(recursive=True)
            process.kill()
        _, alive = psutil.wait_procs(started, timeout=LONGEST_S)
        for one in alive:
            one.kill()
        return len(alive)

    def heal(self):
        """Do what the message of `make repro` says about a torn dvc.lock; return whether it was torn."""
        try:
            lock_file.check((self.folder / "dvc.lock").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return False
        except DataError:
            self.call("git", "checkout", "dvc.lock")
            return True
        return False


def one_case(project, chance, number):
    """Return 1 for each promise that was broken, and whether dvc.lock was torn."""
    project.forget()
    survivors = project.killed(chance.uniform(0, project.seconds), SHELLS[number % len(SHELLS)])
    there = {path: digest for path, digest in hashes(project.folder, RUN).items() if not path.endswith(".tmp")}
    torn = project.heal()
    try:
        project.call(*DVC, "repro", *TARGETS)
        same = project.read_lock() == project.lock
    except subprocess.CalledProcessError as error:
        sys.stderr.write(error.stderr.decode())
        same = False
    return {
        "ends": int(survivors > 0),
        "whole": int(not there.items() <= project.whole.items()),
        "same": int(not same or hashes(project.folder, RUN) != project.whole),
        "torn": int(torn),
    }


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=20, help="how many kills (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=10, help="start no further case after (default: %(default)s)")
    arguments = parser.parse_args(argv)
    started, chance, found = time.monotonic(), random.Random(0), []
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder))
        while len(found) < arguments.cases and time.monotonic() - started < 60 * arguments.minutes:
            found.append(one_case(project, chance, len(found)))
            sys.stdout.write(f"{len(found)}: {found[-1]}\n")
            sys.stdout.flush()
    broken = {name: sum(case[name] for case in found) for name in ("ends", "whole", "same", "torn")}
    write_json(RESULTS, {"kills": {"cases": len(found), **broken}})
    return int(any(broken[name] for name in ("ends", "whole", "same")))


if __name__ == "__main__":
    raise SystemExit(main())
