"""Two kills of each kind; `python -m tests.serving.kills` does more of them."""

import pytest

from tests.serving.kills import MORE, REDIS, WORKER, measure
from tests.serving.redis_server import MISSING


@pytest.mark.parametrize(("store", "killed"), [("SQLite", WORKER), ("Redis", WORKER), ("Redis", REDIS)])
def test_no_kill_loses_or_doubles_an_acknowledged_event(project, tmp_path, store, killed):
    if store == "Redis" and MISSING:
        pytest.skip(MISSING)
    found = measure(project, tmp_path, store, killed, 2, 10)
    assert (found["cases"], found["lost"], found["doubled"]) == (2, 0, 0)
    assert found["acknowledged"] >= 2 * MORE
