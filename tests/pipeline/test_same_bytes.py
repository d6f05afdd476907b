"""Byte for byte: threads, hash seed, locale, time zone and folder change nothing."""

import json
import subprocess

import pytest

from tests.pipeline.conftest import PYTHON
from tests.project.project import ROOT, copy_code, hashes, make_project, stages

RUN_ALL = """
import importlib, json, sys
for module, arguments in json.load(sys.stdin):
    assert importlib.import_module(module).main(arguments) == 0, module
"""
SURROUNDINGS = {
    "one": {"threads": "1", "PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "UTC"},
    "two in a deeper/folder é": {"threads": "2", "PYTHONHASHSEED": "2", "LC_ALL": "C.UTF-8", "TZ": "Asia/Kathmandu"},
}
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ARROW_DEFAULT_THREADS")
CONFIGURATIONS = {
    "own": {},
    "global_time": {"split.method": "global_time", "train_svd.values": "log_count", "build_ranking.past_requests": 2},
}


def run_in(folder, environment, threads, **surroundings):
    copy_code(folder)
    calls = [(stage.module.__name__, stage.argv) for stage in stages().values()]
    variables = (
        environment | surroundings | dict.fromkeys(THREADS, threads) | {"PYTHONPATH": f"{folder / 'src'}:{folder}"}
    )
    subprocess.run([*PYTHON, "-c", RUN_ALL], cwd=folder, env=variables, input=json.dumps(calls), text=True, check=True)
    return hashes(folder)


@pytest.fixture(scope="module", params=CONFIGURATIONS)
def runs(request, tmp_path_factory, environment):
    """The hashes of all outputs in each of the surroundings."""
    root = tmp_path_factory.mktemp(request.param)
    changes, text_ids = CONFIGURATIONS[request.param], request.param == "global_time"
    folders = {name: make_project(root / name, changes, text_ids) for name in SURROUNDINGS}
    return [run_in(folders[name], environment, **around) for name, around in SURROUNDINGS.items()]


def test_the_surroundings_change_nothing(runs):
    left, right = runs
    assert len(left) > len(stages())
    assert {path for path in left | right if left.get(path) != right.get(path)} == set()


def test_no_output_names_a_host_a_folder_or_a_clock(finished):
    paths = [
        path for name in ("models", "metrics", "data/ranking", "data/split") for path in (finished / name).rglob("*.*")
    ]
    told = [path for path in paths if any(word in path.read_bytes() for word in (b"/tmp/", str(ROOT).encode()))]
    assert paths
    assert not told
