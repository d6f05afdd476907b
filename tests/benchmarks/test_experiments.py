import subprocess

import pytest

from benchmarks import experiments
from recommender.errors import DataError

STATUS = """Task     Name        Created    Status
b3fa755  one         12:32 PM   Queued
c3fa755  two         12:32 PM   Running
d3fa755  three       Nov 03, 2026  Failed
e3fa755  four        12:32 PM   Success

Worker status: 1 active, 0 idle
"""
WANTED = {"one": ["a.b=1"], "two": ["a.b=2", "a.c=3"], "three": ["a.b=4"]}


class Queue:
    """A queue in memory: an experiment that is lined up has a result once the queue has been worked off."""

    def __init__(self, finished, waiting, failing):
        self.results, self.waiting, self.failing, self.calls = set(finished), list(waiting), failing, []

    def dvc(self, *arguments):
        if arguments == ("queue", "status"):
            lines = "".join(f"b3fa755 {name} 12:32 PM Queued\n" for name in self.waiting)
            return subprocess.CompletedProcess(arguments, 0, lines)
        self.calls.append(arguments)
        if "--queue" in arguments:
            self.waiting.append(arguments[arguments.index("--name") + 1])
        return None

    def work(self, names):
        assert set(self.waiting) == set(names)
        self.results |= set(self.waiting) - set(self.failing)


@pytest.fixture
def queue(monkeypatch):
    def make(finished=(), waiting=(), failing=()):
        made = Queue(finished, waiting, failing)
        monkeypatch.setattr(experiments, "_dvc", made.dvc)
        monkeypatch.setattr(experiments, "_work", made.work)
        monkeypatch.setattr(experiments, "finished", lambda: made.results)
        return made

    return make


def test_the_queue_is_read_from_what_dvc_prints():
    assert experiments.waiting(STATUS) == {"one", "two"}
    assert experiments.waiting("No experiment tasks in the queue.\n\nWorker status: 0 active, 0 idle\n") == set()


def test_each_experiment_is_lined_up_with_its_parameters(queue):
    made = queue()
    experiments.run_all(WANTED)
    start = ("exp", "run", "evaluate", "--queue", "--name")
    assert made.calls[1] == (*start, "two", "-S", "a.b=2", "-S", "a.c=3")
    assert made.results == set(WANTED)


def test_what_is_done_or_lined_up_is_not_lined_up_again(queue):
    made = queue(finished=["one"], waiting=["two"])
    experiments.run_all(WANTED)
    assert [call[5] for call in made.calls] == ["three"]


def test_nothing_starts_when_all_is_done(queue):
    made = queue(finished=WANTED)
    made.work = None
    experiments.run_all(WANTED)
    assert made.calls == []


def test_a_failure_is_named_and_the_next_call_runs_only_that(queue):
    made = queue(failing=["two"])
    with pytest.raises(DataError, match="experiments that failed: two; see `dvc queue logs two`"):
        experiments.run_all(WANTED)
    made.calls, made.waiting, made.failing = [], [], ()
    experiments.run_all(WANTED)
    assert [call[5] for call in made.calls] == ["two"]


def test_only_own_experiments_are_removed(queue):
    made = queue(finished=["one", "of-somebody-else"])
    experiments.remove(["one", "two"])
    assert made.calls == [("exp", "remove", "one")]


class TestWork:
    """DVC answers from a script: what `queue status` prints, call after call."""

    @pytest.fixture
    def started(self, monkeypatch):
        def make(*statuses):
            answers, calls = iter(statuses), []

            def dvc(*arguments):
                if arguments == ("queue", "status"):
                    return subprocess.CompletedProcess(arguments, 0, next(answers))
                return calls.append(arguments)

            monkeypatch.setattr(experiments, "_dvc", dvc)
            monkeypatch.setattr(experiments, "POLL_S", 0)
            return calls

        return make

    QUEUED = "a1 one 12:32 PM Queued\na2 two 12:32 PM Queued\n"
    HALF = "a1 one 12:32 PM Success\na2 two 12:32 PM Running\n"
    DONE = "a1 one 12:32 PM Success\na2 two 12:32 PM Failed\n"
    NONE, ONE = "\nWorker status: 0 active, 0 idle\n", "\nWorker status: 1 active, 0 idle\n"
    START = ("queue", "start", "--jobs", "1")

    def test_one_worker_is_started_and_waited_for(self, started):
        calls = started(self.QUEUED + self.NONE, self.QUEUED + self.ONE, self.HALF + self.ONE, self.DONE + self.ONE)
        experiments._work(["one", "two"])
        assert calls == [self.START]

    def test_a_worker_that_is_there_is_used(self, started):
        calls = started(self.HALF + self.ONE, self.DONE + self.NONE)
        experiments._work(["one", "two"])
        assert calls == []

    def test_a_worker_that_died_is_replaced(self, started):
        calls = started(self.QUEUED + self.NONE, self.HALF + self.NONE, self.DONE + self.NONE)
        experiments._work(["one", "two"])
        assert calls == [self.START] * 2

    def test_a_queue_that_does_not_move_is_given_up(self, started):
        calls = started(*[self.HALF + self.NONE] * 9)
        with pytest.raises(DataError, match="two: the queue does not move"):
            experiments._work(["one", "two"])
        assert calls == [self.START] * experiments.STARTS


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text("a: 1\n")
    (tmp_path / "dvc.lock").write_text("stages: {}\n")
    commit = ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "one"]
    for command in (["init", "--quiet"], ["add", "."], commit):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


class TestState:
    def test_it_follows_the_lock(self, repository, monkeypatch):
        monkeypatch.setattr(experiments, "_dvc", lambda *_: subprocess.CompletedProcess([], 0, "{}"))
        monkeypatch.setattr(experiments, "COMMITTED", ("params.yaml",))
        before = experiments.state()
        assert experiments.state() == before
        (repository / "dvc.lock").write_text("stages: {other: 1}\n")
        assert experiments.state() != before

    def test_uncommitted_changes_are_refused(self, repository):
        (repository / "params.yaml").write_text("a: 2\n")
        with pytest.raises(DataError, match="not as committed"):
            experiments.state()

    def test_results_that_are_behind_are_refused(self, repository, monkeypatch):
        monkeypatch.setattr(experiments, "_dvc", lambda *_: subprocess.CompletedProcess([], 0, '{"evaluate": []}'))
        with pytest.raises(DataError, match="run `dvc repro`"):
            experiments.state()

    def test_what_dvc_says_is_passed_on(self, repository):
        with pytest.raises(DataError, match=r"dvc status .*not inside of a DVC repository"):
            experiments.state()

    def test_experiments_are_found_whatever_they_started_from(self, repository):
        head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
        for name in ("refs/exps/0d/75d9/mine", "refs/exps/ab/cdef/other", "refs/heads/branch"):
            subprocess.run(["git", "update-ref", name, head], check=True)
        assert experiments.finished() == {"mine", "other"}
