"""Under load: swaps fail nothing and mix nothing; too much is refused at once."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from recommender.bundle.live import FOLDER
from recommender.serving.options import Options
from tests.serving.bundles import land, other_revision, revision
from tests.serving.client import serving, until


def answers_from(client, name):
    return client.service.release.revision == name


def have(answers, wanted):
    return len(answers) >= wanted


def test_swaps_under_load_fail_and_mix_nothing(own, tmp_path):
    """Each bundle excludes an item of its own, so an answer tells which one made it."""
    bundles = {}
    for unwanted in (3, 5):
        folder = other_revision(own / FOLDER, tmp_path / f"without {unwanted}", unwanted)
        bundles[revision(folder)] = (unwanted, folder)
    land(bundles[sorted(bundles)[0]][1], own / FOLDER)
    options, done, answers = Options(own, tmp_path / "events.sqlite", look_seconds=0.02), threading.Event(), []

    def ask(user):
        while not done.is_set():
            answers.append(client.send("POST", "/v1/recommendations", {"user": user, "k": 24, "policy": "svd"}))

    with serving(options) as client, ThreadPoolExecutor(6) as pool:
        asking = [pool.submit(ask, user) for user in range(0, 12, 2)]
        try:
            for name in [*sorted(bundles)[::-1], *sorted(bundles)[::-1]]:
                land(bundles[name][1], own / FOLDER)
                until(partial(answers_from, client, name))
                wanted = len(answers) + 12
                until(partial(have, answers, wanted))
        finally:
            done.set()
        for future in asking:
            future.result()
    assert {status for status, *_ in answers} == {200}
    found = [json.loads(content) for *_, content in answers]
    assert {one["revision"] for one in found} == set(bundles)
    for one in found:
        assert {3, 5} - {item["item_id"] for item in one["items"]} == {bundles[one["revision"]][0]}


def test_too_many_are_told_to_come_back(project, tmp_path, monkeypatch):
    """One request is being answered, two wait, all others are refused; then those three are answered."""
    let, begun = threading.Event(), threading.Event()
    options = Options(project, tmp_path / "events.sqlite", waiting=2, together=1)
    with serving(options) as client, ThreadPoolExecutor(3) as pool:
        work = client.service._answers._work

        def slow(batch):
            begun.set()
            let.wait()
            return work(batch)

        monkeypatch.setattr(client.service._answers, "_work", slow)
        try:
            asked = [pool.submit(client.send, "POST", "/v1/recommendations", {"user": 4})]
            begun.wait()
            asked += [pool.submit(client.send, "POST", "/v1/recommendations", {"user": 4}) for _ in range(2)]
            until(lambda: client.service._answers.depth == 2)
            for _ in range(3):
                status, headers, content = client.send("POST", "/v1/recommendations", {"user": 4})
                assert (status, headers["retry-after"]) == (503, "1")
                assert json.loads(content)["error"] == "recommendations: 2 are waiting; ask again later"
        finally:
            let.set()
        assert [future.result()[0] for future in asked] == [200, 200, 200]
        assert client.send("POST", "/v1/recommendations", {"user": 4})[0] == 200
