"""The command, in processes of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest

from recommender.arms import arm_of
from recommender.serving.__main__ import _listening, main
from recommender.serving.stores import open_store
from tests.project.project import ROOT
from tests.serving.client import Client, event

HEAD = b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


@contextmanager
def running(root, store, *options):
    """Run the command on a free port; give a client and the process."""
    command = [sys.executable, "-m", "recommender.serving", "--root", root, "--store", store, "--port", "0", *options]
    variables = os.environ | {"PYTHONPATH": str(ROOT / "src"), "TOKEN_OF_TESTS": "secret"}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=variables)
    try:
        line = process.stderr.readline()
        client = Client(int(re.match(r"serving on http://127.0.0.1:(\d+) ", line)[1]))
        yield client, process
    finally:
        process.kill()
        process.communicate()


def ids(place):
    store = open_store(place)
    found = [found.event_id for _, found in store.since(0)]
    store.close()
    return found


def test_a_kill_loses_nothing_that_was_acknowledged(project, place):
    """In the midst of writing; what was not acknowledged may be there or not, once."""
    acknowledged = []
    with running(project, place) as (client, process):
        for number in range(5):
            client.tell(event(number, 4, 1))
            acknowledged.append(f"event {number}")
        with socket.create_connection(("127.0.0.1", client.port)) as half_way:
            body = json.dumps(event("last", 4, 1)).encode()
            head = (
                "POST /v1/events HTTP/1.1",
                "Host: x",
                "Content-Type: application/json",
                f"Content-Length: {len(body)}",
            )
            half_way.sendall("\r\n".join((*head, "", "")).encode() + body)
            process.send_signal(signal.SIGKILL)
            process.wait()
    found = ids(place)
    assert len(found) == len(set(found))
    assert set(acknowledged) <= set(found) <= {*acknowledged, "event last"}


def test_a_stop_is_graceful_and_what_was_kept_is_known_after_it(project, tmp_path):
    path = tmp_path / "events.sqlite"
    with running(project, path, "--log", tmp_path / "logs") as (client, process):
        first = client.items(user=4)[0]
        client.tell(event("a", 4, first))
        process.terminate()
        assert process.wait(30) == 0
        lines = [json.loads(line) for line in process.stderr]
    assert [line["route"] for line in lines] == ["/v1/recommendations", "/v1/events"]
    assert ids(path) == ["event a"]
    assert len((tmp_path / "logs/requests.jsonl").read_bytes().splitlines()) == 1
    with running(project, path, "--token-env", "TOKEN_OF_TESTS") as (client, _):
        assert client.send("GET", "/v1/popular")[0] == 401
        token = {"Authorization": "Bearer secret"}
        _, _, content = client.send("POST", "/v1/recommendations", {"user": 4, "k": 24}, token)
        assert first not in [item["item_id"] for item in json.loads(content)["items"]]


def test_workers_see_each_others_events_and_agree_on_arms(project, tmp_path):
    with running(project, tmp_path / "events.sqlite", "--workers", "2", "--experiment") as (client, process):
        arm = arm_of(4, {"popularity": 0.2, "svd": 0.4, "two_stage": 0.4}, "1")
        assert {client.ask(user=4)["arm"] for _ in range(8)} == {arm}
        for number in range(6):
            item = client.items(user=4, k=24)[0]
            client.tell(event(number, 4, item))
            for _ in range(4):  # whichever worker takes the connection
                assert item not in client.items(user=4, k=24)
        process.kill()
        assert process.stderr.read()  # to its end: the workers are gone with the process that started them


def test_an_answer_does_not_wait_for_the_callers_receipt():
    """asyncio sets TCP_NODELAY only where the protocol is named."""
    with _listening("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP


class TestOneClearLine:
    def error(self, capsys, *options):
        assert main([*map(str, options)]) == 1
        (line,) = capsys.readouterr().err.splitlines()
        return line

    def test_without_a_bundle(self, capsys, tmp_path):
        line = self.error(capsys, "--root", tmp_path, "--port", 0)
        assert re.fullmatch(r"error: .*models/live/manifest.json: no such file; run `dvc repro` .*", line)

    def test_a_damaged_bundle(self, capsys, own):
        (own / "models/live/svd.npz").write_bytes(b"")
        for workers in (1, 2):
            line = self.error(capsys, "--root", own, "--port", 0, "--workers", workers)
            assert "svd.npz: not the part of revision" in line

    @pytest.mark.parametrize("port", ["taken", 70_000])
    def test_a_port_that_cannot_be_had(self, capsys, project, tmp_path, port):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            number = taken.getsockname()[1] if port == "taken" else port
            line = self.error(capsys, "--root", project, "--store", tmp_path / "events.sqlite", "--port", number)
        assert re.fullmatch(rf"error: 127.0.0.1:{number}: cannot be listened on \(.*\); choose another --port", line)

    def test_a_token_that_is_not_there(self, capsys, project):
        line = self.error(capsys, "--root", project, "--token-env", "NO_SUCH_VARIABLE")
        assert line == "error: --token-env: the variable NO_SUCH_VARIABLE is not set; set it to the token"

    def test_an_experiment_without_parameters(self, capsys, tmp_path):
        line = self.error(capsys, "--root", tmp_path, "--experiment")
        assert line.endswith("params.yaml: cannot be read (No such file or directory); run from the project's folder")

    @pytest.mark.parametrize("rate", ["0", "-1", "nan", "inf"])
    def test_a_rate_that_cannot_be_meant(self, capsys, project, rate):
        line = self.error(capsys, "--root", project, f"--rate={rate}")
        assert line == f"error: --rate: found {float(rate):g}, expected 0.001 to 1000000 requests per second"

    @pytest.mark.parametrize("name", ["workers", "waiting"])
    def test_none(self, capsys, project, name):
        line = self.error(capsys, "--root", project, f"--{name}", 0)
        assert line == f"error: --{name}: found 0, expected at least 1"

    def test_days_ahead_that_cannot_be_meant(self, capsys, project):
        line = self.error(capsys, "--root", project, "--ahead-days=-1")
        assert line == "error: --ahead-days: found -1, expected 0 to 3650"

    def test_a_store_that_is_none(self, capsys, project, tmp_path):
        (tmp_path / "text").write_text("no database, but some text")
        line = self.error(capsys, "--root", project, "--port", 0, "--store", tmp_path / "text")
        assert "text: the event store cannot be used" in line
