"""The command, on a project under git and DVC whose one stage copies its per-user values from files that git tracks."""

import contextlib
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from recommender.files import write_table
from recommender_lab.revisions.__main__ import main
from tests.recommender_lab.revisions.frames import frame

USERS = 200
VALUES, TEST = "data/evaluation/per_user.parquet", "data/split/test.parquet"
COPY = f"""
stages:
  evaluate:
    cmd: mkdir -p data/evaluation {TEST} && cp ${{values}}.parquet {VALUES} && cp ${{test}}.parquet {TEST}
    deps: ["${{values}}.parquet", "${{test}}.parquet"]
    outs: [{VALUES}, {TEST}]
"""
IDENTITY = {f"GIT_{who}_{what}": "someone@localhost" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def run(folder, *command):
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)


def dvc(folder, *arguments):
    run(folder, sys.executable, "-W", "ignore", "-m", "dvc", *arguments)


def save(folder, message):
    run(folder, "git", "add", "-A")
    run(folder, "git", "commit", "-qm", message)


def params(folder, values, test="first"):
    (folder / "params.yaml").write_text(f"values: {values}\ntest: {test}\n", encoding="utf-8")


def tables():
    random = np.random.default_rng(0)
    base = {"hit@5": random.random(USERS), "novelty@5": random.random(USERS), "hit@10": random.random(USERS)}
    better = base | {"hit@5": base["hit@5"] + 0.2}
    held_out = pd.DataFrame({"user_id": range(USERS), "item_id": 1})
    return {
        "base": frame(base),
        "better": frame(better),
        "others": frame(base, users=range(1000, 1000 + USERS)),
        "half": frame({name: values[: USERS // 2] for name, values in base.items()}),
        "first": held_out,
        "second": held_out.assign(item_id=[2] * 7 + [1] * (USERS - 7)),
    }


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory):
    """Whose git and DVC these are, and where DVC keeps what is its own."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in IDENTITY.items():
            patch.setenv(name, value)
        patch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path_factory.mktemp("site_cache")))
        patch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        yield


@pytest.fixture(scope="module")
def project(tmp_path_factory, surroundings):
    """Revision `start` without values, `base`, and on top the experiment `better`; the workspace is `base`."""
    folder = tmp_path_factory.mktemp("project")
    run(folder, "git", "init", "-q", "-b", "main")
    dvc(folder, "init", "-q")
    for name, table in tables().items():
        write_table(table, folder / f"{name}.parquet")
    params(folder, "base")
    (folder / ".gitignore").write_text("/data\n", encoding="utf-8")
    save(folder, "start")
    run(folder, "git", "tag", "start")
    (folder / "dvc.yaml").write_text(COPY, encoding="utf-8")
    for name in ("better", "others", "half", "base"):
        params(folder, name)
        dvc(folder, "repro", "-q")
        save(folder, name)
        run(folder, "git", "tag", name)
    dvc(folder, "exp", "run", "-q", "-n", "brave-try", "-S", "values=better")
    run(folder, "git", "checkout", "-q", "--", ".")
    dvc(folder, "checkout", "-q")
    return folder


@pytest.fixture
def compare(project, capfd):
    """Run the command in the project; return its exit code, lines and messages."""

    def run_there(*arguments, folder=project):
        with contextlib.chdir(folder):
            code = main([*arguments, "--resamples", "400"])
        output = capfd.readouterr()
        return code, output.out.splitlines(), output.err

    return run_there


def verdicts(lines):
    return {line.split()[1]: line.rpartition("  ")[2] for line in lines[3:]}


def test_an_experiment_against_the_workspace(compare):
    code, lines, _ = compare("brave-try", "--k", "5")
    assert code == 0
    assert lines[0] == "200 users paired (200 of brave-try and 200 of workspace)"
    assert lines[2].split()[:4] == ["policy", "metric", "brave-try", "workspace"]
    assert verdicts(lines) == {"hit@5": "worse", "novelty@5": "the same for every user"}


def test_two_revisions_in_the_order_given(compare):
    code, lines, _ = compare("base", "brave-try", "--k", "5", "--fail-if-worse")
    assert (code, verdicts(lines)["hit@5"]) == (0, "better")


def test_it_fails_if_asked_to_when_something_is_worse(compare):
    code, lines, message = compare("better", "base", "--k", "5", "--fail-if-worse")
    assert code == 3
    assert verdicts(lines)["hit@5"] == "worse"
    assert "worse: svd hit@5\n" in message


def test_by_default_lists_of_ten_are_compared(compare):
    _, lines, _ = compare("better")
    assert verdicts(lines) == {"hit@10": "the same for every user"}


def test_shared_users_are_paired_and_counted(compare):
    _, lines, _ = compare("half", "base")
    assert lines[0] == "100 users paired (100 of half and 200 of base)"


def test_the_same_question_has_the_same_answer(compare):
    assert compare("better", "base", "--k", "5") == compare("better", "base", "--k", "5")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "error: nonsense: no such revision"),
        (["start"], f"error: {VALUES} of start: neither in the cache nor in a remote"),
        (["start"], "`git checkout start`, or `dvc exp apply start` for an experiment, then `dvc repro`"),
        ([""], "error: REV: expected a commit, branch, tag or experiment, found an empty text"),
        (["base", ""], "error: REV: expected a commit, branch, tag or experiment, found an empty text"),
        (["others"], "error: test users: the two revisions share none"),
        (["base", "--k", "7"], "error: --k: 7 was not measured in both revisions; choose one of 5, 10"),
        (["base", "--margin", "-1"], "error: --margin: expected 0 or more, found -1.0"),
    ],
)
def test_what_cannot_be_compared_is_one_message(compare, arguments, message):
    code, lines, told = compare(*arguments)
    assert (code, lines) == (1, [])
    assert message in told
    assert "Traceback" not in told


def test_too_few_resamples(project, capsys):
    with contextlib.chdir(project):
        assert main(["base", "--resamples", "10"]) == 1
    assert "--resamples: expected 100 or more, found 10" in capsys.readouterr().err


class TestElsewhere:
    @pytest.fixture
    def clone(self, project, tmp_path):
        run(tmp_path, "git", "clone", "-q", project, "clone")
        return tmp_path / "clone"

    def test_a_clone_without_a_cache_says_what_is_missing(self, compare, clone):
        code, _, message = compare("better", "base", folder=clone)
        assert code == 1
        assert f"{VALUES} of better: neither in the cache nor in a remote; add the remote" in message

    def test_a_clone_reads_from_the_remote(self, compare, clone, project, tmp_path):
        remote = tmp_path / "remote"
        shutil.copytree(project / ".dvc/cache", remote)
        dvc(clone, "remote", "add", "-d", "store", str(remote))
        code, lines, told = compare("better", "base", "--k", "5", folder=clone)
        assert told == ""
        assert (code, verdicts(lines)["hit@5"]) == (0, "worse")

    def test_another_held_out_event_is_told(self, compare, clone, project):
        shutil.copytree(project / ".dvc/cache", clone / ".dvc/cache")
        params(clone, "base", test="second")
        dvc(clone, "repro", "-q")
        _, lines, _ = compare("base", folder=clone)
        assert "; 7 of them have another held-out event" in lines[0]

    def test_a_folder_that_is_no_project(self, compare, tmp_path):
        code, _, message = compare("base", folder=tmp_path)
        assert code == 1
        assert message.startswith("error: ")
