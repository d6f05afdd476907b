import re
import shutil

import pytest

from recommender.bundle.recommending import recommend
from recommender.files import write_json
from recommender.request_log.lines import encode
from recommender_lab.drift.__main__ import main
from tests.recommender_lab.drift.made import line, write_lines


@pytest.fixture
def root(project, tmp_path):
    """The miniature project with a live log of 200 requests of as many users that drift nowhere."""
    root = shutil.copytree(project, tmp_path / "own")
    write_lines(root / "logs/requests.jsonl", calm(200))
    return root


def calm(n, start=0, users=1000, **changes):
    values = {"milliseconds": 5.0, "features": {}} | changes
    return [line(24 * 60 * (start + at) + at * 30, user=(start + at) % users, **values) for at in range(n)]


@pytest.fixture
def run(root, capsys):
    def run_and_read(*arguments):
        code = main([*map(str, arguments), "--root", str(root)])
        return code, *capsys.readouterr()

    return run_and_read


class TestCheck:
    def test_no_alert(self, run):
        code, out, err = run("check")
        assert (code, err) == (0, "")
        assert out.splitlines()[0] == "two_stage: 60 requests against 140 earlier ones"
        assert out.endswith("\nno alert\n")

    def test_one_request_of_each_user_is_compared_and_the_latency_of_all(self, run, root):
        write_lines(root / "logs/requests.jsonl", [*calm(200), *calm(20, 200, 20, milliseconds=900.0)])
        code, out, _ = run("check")
        assert code == 3
        sizes = re.match(r"two_stage: (\d+) requests against (\d+) earlier ones, one of each user among 220\n", out)
        assert sum(map(int, sizes.groups())) == 200
        assert out.endswith("\nALERT: two_stage.latency\n")

    def test_an_alert_is_named_and_is_the_exit_code(self, run, root):
        write_lines(root / "logs/requests.jsonl", [*calm(140), *calm(60, 140, known=False)])
        code, out, _ = run("check")
        assert code == 3
        assert out.endswith("\nALERT: two_stage.unknown_users\n")

    def test_scores_that_moved(self, run, root):
        moved = calm(60, 140, ranking={"items": [7, 9], "scores": [1.4, 0.5]})
        write_lines(root / "logs/requests.jsonl", [*calm(140), *moved])
        assert run("check")[1].endswith("\nALERT: two_stage.features.top_score, two_stage.features.mean_score\n")

    def test_slow_answers(self, run):
        code, out, _ = run("check", "--latency-ms", "4.9")
        assert code == 3
        assert "! latency p50 5.0 ms, p95 5.0 ms, p99 5.0 ms" in [" ".join(line.split()) for line in out.splitlines()]
        assert out.endswith("\nALERT: two_stage.latency\n")

    @pytest.mark.parametrize("value", ["nan", "0", "-5"])
    def test_a_limit_that_no_answer_can_break_or_keep(self, run, value):
        message = f"error: --latency-ms: expected a number above 0, found {value}\n"
        assert run("check", "--latency-ms", value) == (1, "", message)

    def test_against_another_log(self, run, root):
        other = write_lines(root / "other.jsonl", calm(60, 200, known=False))
        assert run("check", "--reference", other)[0] == 0
        assert run("check", "--log", other, "--reference", root / "logs")[1].endswith("two_stage.unknown_users\n")

    def test_logs_of_other_policies(self, run, root):
        other = write_lines(root / "other.jsonl", [line(model="svd")])
        code, _, err = run("check", "--reference", other)
        assert code == 1
        assert err.endswith("other.jsonl: has requests to svd, but " + str(root / "logs") + " to two_stage\n")

    def test_too_few_requests(self, run, root):
        write_lines(root / "logs/requests.jsonl", calm(20))
        code, out, err = run("check")
        assert (code, out) == (1, "")
        assert "6 requests against 14 earlier ones: too few" in err
        assert err.endswith("monitor.min_requests is 50 for either window\n")

    def test_torn_lines_are_told(self, run, root):
        with open(root / "logs/requests.jsonl", "ab") as file:
            file.write(encode(line())[:99])
        assert run("check")[1].endswith("\nno alert\nskipped 1 incomplete line(s)\n")


class TestInspect:
    def test_a_live_call(self, run, root, capsys):
        recommend(4, k=3, root=root, log=root / "live")
        code, out, _ = run("inspect", "--user", 4, "--log", root / "live")
        served = recommend(4, k=3, root=root)
        assert code == 0
        assert all(f"{row.item_id} {row.title}" in out for row in served.itertuples())
        assert "popularity " in out

    @pytest.mark.parametrize("last", [0, -1])
    def test_no_request_at_all_is_not_what_anybody_asks_for(self, run, last):
        code, _, err = run("inspect", "--user", 7, "--last", last)
        assert (code, err) == (1, f"error: --last: expected 1 or more, found {last}\n")

    def test_the_last_requests_of_a_user(self, run, root):
        write_lines(root / "logs/requests.jsonl", calm(200, users=30))
        assert run("inspect", "--user", 7, "--log", root / "logs", "--last", 3)[1].count("user 7, two_stage") == 3

    def test_nobody(self, run, root):
        code, out, err = run("inspect", "--user", "nobody", "--log", root / "logs")
        assert (code, out) == (1, "")
        assert "no request of user 'nobody' among 200; a sample may have left it out" in err


class TestScores:
    def test_of_a_live_log(self, run, root):
        code, out, _ = run("scores", "--log", root / "logs")
        assert code == 0
        assert out.startswith("two_stage: 200 requests, 400 served items\n")

    def test_a_model_that_nobody_asked_for(self, run, root):
        assert run("scores", "--log", root / "logs", "--model", "svd")[2].endswith(
            "no request to 'svd'; leave out --model to see what there is\n"
        )


@pytest.mark.parametrize("command", [["scores"], ["check"], ["inspect", "--user", "4"]])
class TestBadLogs:
    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("nowhere", None, "no such file or folder; expected a request log\n"),
            ("a.jsonl", b"", "no line; expected a request log with at least one request\n"),
            ("a.jsonl", b"hello\n", "line 1: not JSON, found 'hello'; expected a line of a request log\n"),
        ],
    )
    def test_one_message(self, run, root, command, name, content, message):
        if content is not None:
            (root / name).write_bytes(content)
        code, out, err = run(*command, "--log", root / name)
        assert (code, out) == (1, "")
        assert err.startswith("error: ")
        assert err.endswith(message)
        assert err.count("\n") == 1

    def test_a_project_that_has_not_run(self, command, tmp_path, capsys):
        write_json(tmp_path / "unrelated.json", {})
        assert main([*command, "--root", str(tmp_path)]) == 1
        assert capsys.readouterr().err.startswith("error: ")


def test_help(capsys):
    for command in ([], ["inspect"], ["scores"], ["check"]):
        with pytest.raises(SystemExit) as end:
            main([*command, "--help"])
        assert end.value.code == 0
    assert "exit code 3 on an alert" in capsys.readouterr().out
