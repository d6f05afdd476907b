"""One cycle: collect what the service received, run the pipeline, compare, release.

Each step can be killed and done again: `python -m recommender_lab.cycle` continues where it stopped.
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from recommender.bundle.arguments import moment_of
from recommender.bundle.live import FOLDER
from recommender.bundle.manifest import read_manifest
from recommender.bundle.releases import RELEASES, release, revisions, serve, serving
from recommender.errors import RecommenderError
from recommender.request_log.writer import RequestLog
from recommender.serving.stores import is_url, open_store
from recommender.terminal import Parser, show
from recommender_lab.cycle.collect import collect, erased_users
from recommender_lab.cycle.comparison import Run, compare_runs, is_worse
from recommender_lab.revisions.table import render

COLLECTED = Path("data/collected")
NEW = Run(Path("data/evaluation/per_user.parquet"), Path("data/split/test.parquet"))
WORSE = 3
STEPS = ("collect", "run", "release")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one cycle, or put an earlier release in use.

    Returns:
        The exit code: 0; 1 after one message; 3 if the new run is worse and the old bundle stays in use.
    """
    formatter = argparse.RawDescriptionHelpFormatter
    parser = Parser(prog="python -m recommender_lab.cycle", description=__doc__, formatter_class=formatter)
    parser.add_argument("--store", default="data/live/events.sqlite", help="file or URL; default: %(default)s")
    parser.add_argument("--log", type=Path, default=Path("logs"), help="the request log; default: %(default)s")
    parser.add_argument("--releases", type=Path, default=Path(RELEASES), help="default: %(default)s")
    parser.add_argument("--until", metavar="TIME", help="collect no event from this time on, nor any received after it")
    parser.add_argument("--step", choices=STEPS, help="do this step only; default: all three")
    parser.add_argument("--roll-back", metavar="REVISION", help="put this release in use, and do nothing else")
    parser.add_argument("--list", action="store_true", help="list the releases, and do nothing else")
    parser.add_argument("--force", action="store_true", help="release the new bundle even if its run is worse")
    args = parser.parse_args(argv)
    try:
        if args.list:
            return show(_list(args.releases))
        if args.roll_back:
            serve(args.roll_back, args.releases)
            return show(f"{args.roll_back} is in use")
        return _cycle(args)
    except RecommenderError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1


def _cycle(args: argparse.Namespace) -> int:
    steps = {"collect": _collect, "run": _run, "release": _release}
    for name in [args.step] if args.step else STEPS:
        if code := steps[name](args):
            return code
    return 0


def _collect(args: argparse.Namespace) -> int:
    if not is_url(args.store) and not Path(args.store).exists():
        return 0
    until = None if args.until is None else moment_of(args.until, "--until")
    with closing(open_store(args.store)) as store:
        found = collect(store, COLLECTED, until)
    show(f"collected {found.events} events, {found.left_out} skips left out, {found.erased} users erased in all")
    if removed := RequestLog(args.log).forget(set(erased_users(COLLECTED))):
        show(f"removed {removed} lines of erased users from the request log")
    return 0


def _run(_: argparse.Namespace) -> int:
    if subprocess.run([sys.executable, "-m", "dvc", "repro", "publish"], check=False).returncode:
        sys.stderr.write("error: dvc repro failed; the bundle in use has not changed\n")
        return 1
    return 0


def _release(args: argparse.Namespace) -> int:
    releases, revision = args.releases, read_manifest(Path(FOLDER)).revision
    old = serving(releases)
    if old == revision:
        return show(f"{old} is in use already: nothing changed")
    if old is not None:
        rows = compare_runs(_run_of(old, releases), NEW)
        show(render(rows, old, "new") if rows else "the runs have no test events in common: not compared")
        if is_worse(rows) and not args.force:
            show(f"the new run is worse: {old} stays in use; --force releases it anyway")
            return WORSE
    releases.mkdir(parents=True, exist_ok=True)
    released = _run_of(revision, releases)
    shutil.copytree(NEW.test, released.test, dirs_exist_ok=True)
    shutil.copyfile(NEW.per_user, released.per_user)
    release(Path(FOLDER), releases)
    return show(f"{revision} is in use" + (f" instead of {old}" if old else ""))


def _run_of(revision: str, releases: Path) -> Run:
    return Run(releases / f"{revision}.parquet", releases / f"{revision}.test.parquet")


def _list(releases: Path) -> str:
    lines = []
    for name in revisions(releases):
        manifest = read_manifest(releases / name)
        mark = "in use" if name == serving(releases) else ""
        lines.append(f"{name}  {manifest.events} events until {manifest.known_until}  {mark}".rstrip())
    return "\n".join(lines) or f"{releases}: no release yet"


if __name__ == "__main__":
    raise SystemExit(main())
