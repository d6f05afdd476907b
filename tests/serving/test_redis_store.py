"""What holds for Redis alone, on a real server; test_store has the contract."""

import re
import sys
import threading
from dataclasses import replace

import pytest

from recommender.serving.options import Options
from recommender.serving.store import Erasure, StoreError
from recommender.serving.stores import open_store
from tests.serving.client import event, serving, until
from tests.serving.redis_server import MISSING, RedisServer
from tests.serving.test_main import running
from tests.serving.test_store import EVENT, events, ids

pytestmark = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))


@pytest.fixture
def server(tmp_path):
    """A server that may be killed."""
    server = RedisServer(tmp_path)
    yield server
    server.kill()


@pytest.fixture
def place(server):
    return server.url


def test_a_kill_loses_nothing_that_was_acknowledged(server, store):
    """In the midst of writing; what was not acknowledged may be there or not, once."""
    acknowledged = []

    def write():
        for number in range(1_000_000):
            try:
                store.append(events(number))
            except StoreError:
                return
            acknowledged.append(str(number))

    for life in range(3):
        acknowledged.clear()
        server.empty()
        writing = threading.Thread(target=write)
        writing.start()
        until(lambda: len(acknowledged) > 20)
        server.kill()
        writing.join()
        server.start()
        found = ids(store)
        assert found[: len(acknowledged)] == acknowledged, life
        assert len(found) - len(acknowledged) in {0, 1}
        assert store.last() == len(found)


def test_erased_and_numbers_survive_a_kill(server, store):
    store.append([*events(1), *events(2, user=5)])
    store.erase(4)
    server.kill()
    server.start()
    assert store.append([*events(3), *events(2, user=5)]) == ["erased", "repeated"]
    assert store.since(0) == [(2, events(2, user=5)[0]), (3, Erasure(4))]
    assert (store.erased(), store.last()) == ([4], 3)


def test_the_disk_keeps_no_trace_of_an_erased_user(server, store):
    """Once the server has written its file anew."""
    secret = "a-title-that-nobody-else-has"

    def traces():
        files = [path for path in server.folder.rglob("*") if path.is_file()]
        try:
            return [path.name for path in files if secret.encode() in path.read_bytes()]
        except FileNotFoundError:  # the server is at it
            return ["not known"]

    store.append([replace(EVENT, request_id=secret), replace(EVENT, event_id="b", user=5)])
    assert traces()
    store.erase(4)
    until(lambda: not traces())
    assert store.since(0)[0] == (2, replace(EVENT, event_id="b", user=5))


class TestOneClearLine:
    def message(self, place):
        with pytest.raises(StoreError) as error:
            open_store(place)
        assert "\n" not in str(error.value)
        return str(error.value)

    def test_settings_that_lose_events(self, tmp_path):
        server = RedisServer(tmp_path, "--appendonly", "no")
        try:
            found = self.message(server.url)
        finally:
            server.kill()
        assert found == (
            f"{server.url}: found appendonly no, appendfsync everysec, stream-node-max-entries 100, so acknowledged "
            "events could be lost or erased ones kept; start redis-server with --appendonly yes --appendfsync always "
            "--maxmemory-policy noeviction --stream-node-max-entries 1"
        )

    def test_no_server(self, server):
        server.kill()
        assert "the event store cannot be used (" in self.message(server.url)

    def test_a_password_is_not_shown(self, server):
        server.kill()
        found = self.message(f"redis://me:secret@127.0.0.1:{server.port}/0")
        assert re.match(rf"127.0.0.1:{server.port}/0: the event store cannot be used", found)
        assert "secret" not in found

    def test_without_the_package(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "redis", None)
        monkeypatch.delitem(sys.modules, "recommender.serving.redis_store", raising=False)
        assert self.message("redis://127.0.0.1:1/0").endswith("install it: pip install '.[redis]'")


class TestService:
    def test_it_answers_again_when_the_server_does(self, server, project):
        with serving(Options(project, server.url)) as client:
            first = client.items(user=4)[0]
            client.tell(event("a", 4, first))
            server.kill()
            for path, body in (("recommendations", {"user": 4}), ("events", event("b", 4, 1))):
                status, headers, content = client.send("POST", f"/v1/{path}", body)
                assert (status, headers["retry-after"]) == (503, "1")
                assert b"the event store cannot be used" in content
            assert client.send("GET", "/health/ready")[0] == 503
            server.start()
            assert first not in client.items(user=4, k=24)
            assert client.tell(event("a", 4, first), event("b", 4, 1))["repeated"] >= 1

    def test_workers_and_services_see_each_others_events(self, server, project):
        """Two services, as on two machines, one of them with two workers."""
        with running(project, server.url, "--workers", "2") as (one, _), serving(Options(project, server.url)) as two:
            for number in range(3):
                item = one.items(user=4, k=24)[0]
                one.tell(event(number, 4, item))
                for client in (one, one, one, two):
                    assert item not in client.items(user=4, k=24)
