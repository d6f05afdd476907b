import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from recommender.errors import DataError
from recommender.request_log.lines import Offer, encode
from recommender.request_log.writer import RequestLog
from recommender_lab.drift.reader import LogReader, log_files
from tests.recommender_lab.drift.made import line

WRITER = Path(__file__).with_name("writer.py")
SOURCE = Path(__file__).parents[2] / "src"


def start(folder, name, count, max_bytes, items):
    """Start a process that writes lines with so many candidates."""
    offer = Offer(items=list(range(items)), scores=[0.5] * items)
    command = [sys.executable, "-W", "ignore", WRITER, folder, name, str(count), str(max_bytes)]
    process = subprocess.Popen(
        command, env=os.environ | {"PYTHONPATH": str(SOURCE)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    process.stdin.write(encode(line(request_id="NAME", candidates={"svd": offer})))
    process.stdin.close()
    return process


def finish(process):
    """Wait for its end and return the numbers that it said."""
    with process.stdout:
        said = process.stdout.read().split()
    process.wait()
    return said


def read(folder):
    reader = LogReader(log_files(folder))
    return Counter(found.request_id for found in reader), reader.torn


def test_a_line_is_there_at_once(tmp_path):
    RequestLog(tmp_path / "deep/logs").append(encode(line()))
    assert (tmp_path / "deep/logs/requests.jsonl").read_bytes() == encode(line())


def test_a_torn_tail_is_left_behind_and_counted(tmp_path):
    log = RequestLog(tmp_path)
    for part in (encode(line(0)), encode(line(1))[:100]):
        with open(tmp_path / "requests.jsonl", "ab") as file:
            file.write(part)
    assert read(tmp_path) == ({"r0": 1}, 1)
    log.append(encode(line(2)))
    log.append(encode(line(3)))
    assert read(tmp_path) == ({"r0": 1, "r2": 1, "r3": 1}, 1)


class TestRotation:
    def test_files_are_numbered_in_the_order_of_their_lines(self, tmp_path):
        size = len(encode(line(0)))
        for at in range(7):
            RequestLog(tmp_path, 2 * size).append(encode(line(at)))
        names = ["requests-000001.jsonl", "requests-000002.jsonl", "requests-000003.jsonl", "requests.jsonl"]
        assert [path.name for path in log_files(tmp_path)] == names
        assert [found.request_id for found in LogReader(log_files(tmp_path))] == [f"r{at}" for at in range(7)]
        assert all((tmp_path / name).stat().st_size <= 2 * size for name in names)

    def test_a_line_longer_than_a_file_has_its_own(self, tmp_path):
        for at in range(3):
            RequestLog(tmp_path, 10).append(encode(line(at)))
        assert [path.read_bytes() for path in log_files(tmp_path)] == [encode(line(at)) for at in range(3)]

    def test_a_full_file_that_is_gone_leaves_the_numbers_rising(self, tmp_path):
        for at in range(3):
            RequestLog(tmp_path, 10).append(encode(line(at)))
        (tmp_path / "requests-000001.jsonl").unlink()
        RequestLog(tmp_path, 10).append(encode(line(3)))
        assert [path.name for path in log_files(tmp_path)][:2] == ["requests-000002.jsonl", "requests-000003.jsonl"]


class TestForget:
    def users(self, folder):
        return [found.user for found in LogReader(log_files(folder))]

    def test_lines_are_removed_from_every_file_and_the_log_goes_on(self, tmp_path):
        log = RequestLog(tmp_path, 3 * len(encode(line(user=4))))
        for user in (4, 5, 4, 6, 4):
            log.append(encode(line(user=user)))
        assert log.forget({4, 7}) == 3
        assert self.users(tmp_path) == [5, 6]
        log.append(encode(line(user=8)))
        assert self.users(tmp_path) == [5, 6, 8]

    def test_files_without_such_a_line_stay_as_they_are(self, tmp_path):
        log = RequestLog(tmp_path, 10)
        for user in (4, 5, 6):
            log.append(encode(line(user=user)))
        before = {path: (path.stat().st_ino, path.read_bytes()) for path in log_files(tmp_path)[1:]}
        assert log.forget({4}) == 1
        assert {path: (path.stat().st_ino, path.read_bytes()) for path in log_files(tmp_path)[1:]} == before

    @pytest.mark.parametrize("user", [-12, "4", 'a "quoted" \\ one', "🙂 new"])
    def test_ids_of_any_kind(self, tmp_path, user):
        log = RequestLog(tmp_path)
        for one in (4, user, f"{user}1"):
            log.append(encode(line(user=one, context={"user": str(user)})))
        assert log.forget({user}) == 1
        assert self.users(tmp_path) == [4, f"{user}1"]

    def test_a_part_that_a_kill_left_goes_too_and_what_is_no_line_stays(self, tmp_path):
        whole = encode(line(user=4))
        part = whole[: whole.index(b'"user":4') + 20] + b"\n"
        strange = b'{"user":"\\q"}\n'
        (tmp_path / "requests-000001.jsonl").write_bytes(part + strange + encode(line(user=5)))
        assert RequestLog(tmp_path).forget({4}) == 1
        assert (tmp_path / "requests-000001.jsonl").read_bytes() == strange + encode(line(user=5))

    def test_a_kill_leaves_whole_files_and_the_next_call_continues(self, tmp_path, monkeypatch):
        log = RequestLog(tmp_path, 2 * len(encode(line(user=4))))
        for user in (4, 5, 4, 6):
            log.append(encode(line(user=user)))

        def killed(*_):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", killed)
            with pytest.raises(KeyboardInterrupt):
                log.forget({4})
        assert self.users(tmp_path) == [4, 5, 4, 6]
        assert log.forget({4}) == 2
        assert self.users(tmp_path) == [5, 6]

    def test_without_a_log_or_a_user_nothing_is_made(self, tmp_path):
        assert RequestLog(tmp_path / "logs").forget({4}) == RequestLog(tmp_path / "logs").forget(()) == 0
        assert not (tmp_path / "logs").exists()

    def test_no_line_of_another_user_is_lost_while_others_write(self, tmp_path):
        log, size = RequestLog(tmp_path, 10 * len(encode(line(user=4)))), 600
        with ThreadPoolExecutor(4) as pool:
            written = [pool.submit(log.append, encode(line(at, user=at % 3))) for at in range(size)]
            while not all(one.done() for one in written):
                log.forget({1})
        log.forget({1})
        assert read(tmp_path) == ({f"r{at}": 1 for at in range(size) if at % 3 != 1}, 0)


class TestManyWriters:
    def test_processes_lose_nothing_while_files_rotate(self, tmp_path):
        """Four processes write 1,000 lines each into files that hold about 150."""
        size = len(encode(line(candidates={"svd": Offer(items=list(range(200)), scores=[0.5] * 200)})))
        writers = [start(tmp_path, str(name), 1000, 150 * size, 200) for name in range(4)]
        assert [len(finish(writer)) for writer in writers] == [1000] * 4
        found, torn = read(tmp_path)
        assert found == {f"{name}:{number}": 1 for name in range(4) for number in range(1000)}
        assert torn == 0
        assert len(log_files(tmp_path)) > 20

    def test_what_was_written_before_a_kill_is_read_whole(self, tmp_path):
        """Lines of 160 kB, so that most kills come within a write or while others wait for it."""
        said = {}
        for round_ in range(3):
            writers = {
                f"{round_}-{name}": start(tmp_path, f"{round_}-{name}", 0, 3_000_000, 20_000) for name in range(3)
            }
            for writer in writers.values():
                assert [writer.stdout.readline() for _ in range(8)][-1] == b"7\n"
            for writer in writers.values():
                writer.kill()
            said |= {name: 8 + len(finish(writer)) for name, writer in writers.items()}
        last = start(tmp_path, "last", 3, 3_000_000, 20_000)
        assert len(finish(last)) == 3
        found, torn = read(tmp_path)
        told = {f"{name}:{number}" for name, count in (said | {"last": 3}).items() for number in range(count)}
        assert told <= set(found)
        assert set(found.values()) == {1}
        assert len(found) - len(told) + torn <= 9  # each killed writer may have had one more line under way

    def test_threads_share_a_log(self, tmp_path):
        log = RequestLog(tmp_path, 5000)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda at: log.append(encode(line(at))), range(400)))
        assert read(tmp_path) == ({f"r{at}": 1 for at in range(400)}, 0)


class TestNoPlace:
    def test_a_file_in_the_place_of_the_folder(self, tmp_path):
        (tmp_path / "logs").touch()
        with pytest.raises(DataError, match=r"logs: the request log cannot be written \(File exists\); correct that"):
            RequestLog(tmp_path / "logs").append(encode(line()))

    def test_a_full_disk_leaves_whole_lines_only(self, tmp_path, monkeypatch):
        RequestLog(tmp_path).append(encode(line(0)))
        whole = os.write
        monkeypatch.setattr(os, "write", lambda file, content: whole(file, content[:50]))
        with pytest.raises(DataError, match="no space left for a whole line"):
            RequestLog(tmp_path).append(encode(line(1)))
        assert (tmp_path / "requests.jsonl").read_bytes() == encode(line(0))
