import runpy
import sys

import pytest

from recommender.__main__ import main

NOTE = (
    "note: user 'nobody' has no events (ids in this log are integers such as 0): "
    "the most popular items are recommended\n"
)


@pytest.fixture
def run(project, capsys):
    """Run the command line and return its exit code, its answer and its messages."""

    def run_and_read(*arguments):
        code = main([*arguments, "--root", str(project)])
        return code, *capsys.readouterr()

    return run_and_read


def test_a_table_with_titles(run):
    code, out, err = run("4", "--model", "svd", "-k", "3")
    assert (code, err) == (0, "")
    assert out.splitlines()[0].split() == ["rank", "item_id", "title", "score", "policy"]
    assert len(out.splitlines()) == 1 + 3
    assert "Title of" in out


def test_two_stage_and_ten_items_unless_told_otherwise(run):
    code, out, _ = run("4")
    assert code == 0
    assert [line.split()[-1] for line in out.splitlines()[1:]] == ["two_stage"] * 10


def test_an_unknown_user_is_a_note_beside_the_answer(run):
    code, out, err = run("nobody", "-k", "2")
    assert code == 0
    assert err == NOTE
    assert [line.split()[-1] for line in out.splitlines()[1:]] == ["popularity"] * 2


def test_the_same_unknown_user_is_told_every_time(run):
    assert run("nobody")[2] == run("nobody")[2] != ""


@pytest.mark.parametrize("k", ["0", "-3"])
def test_a_bad_k(run, k):
    assert run("4", "-k", k) == (1, "", f"error: k: found {k}, expected a whole number of at least 1\n")


def test_where_nothing_is_left_a_note_says_so(run):
    code, out, err = run("4", "--explain", "--exclude", *map(str, range(24)))
    assert (code, out, err) == (
        0,
        "",
        "note: nothing is left for user 4: every item is known to the user or excluded\n",
    )


def test_a_log(run, tmp_path):
    assert run("4", "-k", "2", "--log", str(tmp_path / "logs"))[0] == 0
    assert (tmp_path / "logs/requests.jsonl").read_bytes().count(b"\n") == 1


def test_an_unknown_model(run):
    code, out, err = run("4", "--model", "deep")
    assert (code, out) == (1, "")
    assert err == "error: model: 'deep' is unknown; choose one of random, popularity, svd, two_stage\n"


def test_a_k_that_is_no_number(run):
    with pytest.raises(SystemExit) as end:
        run("4", "-k", "many")
    assert end.value.code == 2


def test_reasons_below_the_table(run):
    code, out, err = run("4", "-k", "2", "--model", "popularity", "--explain")
    table, *reasons = out.split("\n\n")
    assert (code, err) == (0, "")
    assert table.splitlines() == run("4", "-k", "2", "--model", "popularity")[1].splitlines()
    assert [text.split(" ")[0] for text in reasons] == ["1.", "2."]
    assert all(": " in text and "\n   popular: " in text for text in reasons)


def test_reasons_beside_the_note_for_an_unknown_user(run):
    code, out, err = run("nobody", "-k", "1", "--explain")
    assert (code, err) == (
        0,
        NOTE,
    )
    assert "popular: " in out


def test_a_folder_without_a_run(tmp_path, capsys):
    assert main(["4", "--root", str(tmp_path)]) == 1
    message = capsys.readouterr().err
    assert message.startswith("error: ")
    assert message.endswith("no such file; run `dvc repro` to make it, or `dvc checkout` for the last one\n")
    assert message.count("\n") == 1


def test_help(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    assert "random, popularity, svd, two_stage" in capsys.readouterr().out


def test_as_a_module(project, capsys, monkeypatch):
    monkeypatch.delitem(sys.modules, "recommender.__main__")
    monkeypatch.setattr(sys, "argv", ["recommender", "4", "--model", "popularity", "-k", "2", "--root", str(project)])
    with pytest.raises(SystemExit) as end:
        runpy.run_module("recommender", run_name="__main__")
    assert end.value.code == 0
    assert len(capsys.readouterr().out.splitlines()) == 1 + 2
