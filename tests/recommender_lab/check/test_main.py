import shutil

import pytest

from recommender_lab.check.__main__ import main
from recommender_lab.check.sections import AllParams
from tests.project.project import OWN, ROOT, read_params, set_params


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    for path in (OWN, ROOT / "dvc.lock"):
        shutil.copy(path, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(capsys):
    return lambda: (main([]), capsys.readouterr().err)


def test_every_section_is_checked():
    assert set(AllParams.model_fields) == set(read_params())


def test_the_committed_files_are_right(run, folder):
    assert run() == (0, "")
    (folder / "dvc.lock").unlink()
    assert run() == (0, "")


@pytest.mark.parametrize(("key", "value"), [("candidates.repeats", 60), ("features.repeats", True)])
def test_repeats_without_a_time_after_which_items_come_again_are_warned_of(run, folder, key, value):
    set_params(folder, {key: value})
    assert run() == (
        0,
        f"warning: {key}: {value} has no effect while base.again_after_days is null; "
        "set that to a number of days, such as 0\n",
    )
    set_params(folder, {"base.again_after_days": 0})
    assert run() == (0, "")


OWN_LOG = {"dataset.name": "interaction-log", "dataset.path": "log.csv"}
NAMED = {
    "user": {"dataset.users_path": "users.csv", "dataset.user_columns.texts": ["club"]},
    "item": {"dataset.items_path": "items.csv", "dataset.item_columns.numbers": ["price"]},
    "request": {"dataset.columns.texts": ["device"]},
}


@pytest.mark.parametrize("word", NAMED)
def test_a_group_of_further_columns_needs_their_names(word, run, folder):
    set_params(folder, OWN_LOG | {f"features.{word}_columns": True})
    code, errors = run()
    assert (code, errors.count("\n")) == (1, 1)
    assert f"features.{word}_columns: there are no further columns of {word}s" in errors
    set_params(folder, NAMED[word])
    assert run() == (0, "")


def test_of_movielens_the_users_have_columns(run, folder):
    set_params(folder, {"features.user_columns": True})
    assert run() == (0, "")
    set_params(folder, {"features.item_columns": True} | NAMED["item"])
    assert "features.item_columns: there are no further columns of items" in run()[1]


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("split.mehtod", "global_time", "split.mehtod: unknown parameter; did you mean method?"),
        ("report.users", 0, "report.users: "),
        ("ab_test.arms.svd", 0.9, "ab_test.arms: the shares must sum to 1"),
        ("evaluate.ks", [50], "evaluate.ks"),
        ("recommend.k", 2000, "recommend.k = 2000"),
    ],
)
def test_a_bad_parameter_of_any_section_is_one_line(key, value, words, run, folder):
    set_params(folder, {key: value})
    code, errors = run()
    assert (code, errors.count("\n")) == (1, 1)
    assert words in errors


def test_a_torn_lock_file_is_one_line(run, folder):
    path = folder / "dvc.lock"
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole[: whole.rindex("path:") + len("pat")], encoding="utf-8")
    code, errors = run()
    assert (code, errors.count("\n")) == (1, 1)
    assert errors.startswith("error: dvc.lock: not a complete file")
