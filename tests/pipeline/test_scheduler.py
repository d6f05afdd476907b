"""The assets of a day, run by Dagster on the miniature project."""

import datetime as dt
import subprocess
import sys
import time
from contextlib import closing
from types import SimpleNamespace

import pytest

from recommender.bundle.live import FOLDER, Bundle
from recommender.bundle.releases import RELEASES, revisions, served
from recommender.files import read_table
from recommender.serving.store import EventStore, StoredEvent
from recommender_lab.scheduler.graph import stages_of
from tests.project.project import ROOT

DAGSTER = ROOT / ".venv-scheduler/bin/dagster"
DEFINITIONS = "recommender_lab.scheduler.definitions"
DAY = 24 * 60 * 60


def test_the_graph_has_the_stages_before_each_stage():
    assert stages_of('strict digraph {\n"a";\n"a" -> "b";\n"a" -> "c";\n"b" -> "c";\n}') == {
        "a": set(),
        "b": {"a"},
        "c": {"a", "b"},
    }


@pytest.fixture
def day_of(copy_in_git, environment):
    """Run the assets of a day."""
    if not DAGSTER.exists():
        pytest.skip("Dagster is not installed; make scheduler installs it")
    (copy_in_git / ".venv").symlink_to(sys.prefix)

    def run(day):
        variables = environment | {"PYTHONPATH": str(copy_in_git / "src")}
        home = copy_in_git / "logs/scheduler"
        home.mkdir(parents=True, exist_ok=True)
        command = [DAGSTER, "asset", "materialize", "--select", "*", "--partition", day, "-m", DEFINITIONS]
        options = {"cwd": copy_in_git, "env": variables | {"DAGSTER_HOME": str(home)}, "text": True}
        return subprocess.run(command, capture_output=True, check=False, **options)

    return SimpleNamespace(root=copy_in_git, run=run)


def test_each_day_is_trained_on_and_released_and_a_missed_day_can_be_made_up_for(day_of):
    root, midnight = day_of.root, int(time.time()) // DAY * DAY
    bundle = Bundle(root / FOLDER)
    (root / "data/live").mkdir(parents=True)
    noons = [midnight - days * DAY + DAY // 2 for days in (2, 1)]
    events = [
        StoredEvent(
            f"{number}", 10_000 + number, bundle.histories.items[number].item(), "click", None, noon * 1_000_000
        )
        for number, noon in enumerate(noons)
    ]
    with closing(EventStore(root / "data/live/events.sqlite")) as store:
        store.append(events)
    for number, noon in enumerate(noons, start=1):
        done = day_of.run(dt.datetime.fromtimestamp(noon, dt.UTC).date().isoformat())
        assert done.returncode == 0, done.stderr[-3000:]
        files = sorted((root / "data/collected").glob("events-*.parquet"))
        assert [len(read_table(path)) for path in files] == [1] * number
        assert Bundle(root / FOLDER).manifest.events == bundle.manifest.events + number
    assert Bundle(served(root)).manifest.revision in revisions(root / RELEASES)
