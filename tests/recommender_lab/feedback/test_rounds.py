import numpy as np
import pytest

from recommender_lab.feedback.rounds import Rounds, array_text, text_array


def made(value):
    return {"value": np.array([value]), "flags": np.array([True, False])}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "rounds"


def test_a_round_is_made_once(folder):
    rounds = Rounds(folder, {"a": "1"}.items())
    assert rounds.get("one", lambda: made(1))["value"] == 1
    assert rounds.get("one", lambda: pytest.fail("made again"))["value"] == 1


def test_another_run_goes_on_with_the_same_values(folder):
    kept = Rounds(folder, {"a": "1", "b": "2"}.items()).get("one", lambda: {"x": np.array([0.1, 1 / 3])})
    again = Rounds(folder, {"b": "2", "a": "1"}.items()).get("one", lambda: pytest.fail("made again"))
    assert again["x"].tobytes() == kept["x"].tobytes()
    assert again["x"].dtype == kept["x"].dtype


@pytest.mark.parametrize("other", [{"a": "2"}, {"b": "1"}, {"a": "1", "b": "1"}, {}])
def test_other_inputs_parameters_or_code_do_not_see_it(folder, other):
    Rounds(folder, {"a": "1"}.items()).get("one", lambda: made(1))
    assert Rounds(folder, other.items()).get("one", lambda: made(2))["value"] == 2


def test_a_round_that_failed_is_not_there(folder):
    rounds = Rounds(folder, {}.items())
    with pytest.raises(ZeroDivisionError):
        rounds.get("one", lambda: made(1 / 0))
    assert rounds.get("one", lambda: made(3))["value"] == 3


def test_forgetting_leaves_nothing(folder):
    rounds = Rounds(folder, {}.items())
    rounds.get("one", lambda: made(1))
    rounds.forget()
    rounds.forget()
    assert not folder.exists()


@pytest.mark.parametrize("text", ["", "tree\nversion=v4", "Zoë 🙂"])
def test_texts_come_back(text):
    assert array_text(text_array(text)) == text
