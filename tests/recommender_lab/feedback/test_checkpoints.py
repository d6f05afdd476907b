import numpy as np
import pytest

from recommender_lab.feedback.checkpoints import Checkpoints


def made(value):
    return {"value": np.array([value]), "flags": np.array([True, False])}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "rounds"


def test_a_round_is_made_once(folder):
    rounds = Checkpoints(folder, {"a": "1"}.items())
    assert rounds.get("one", lambda: made(1))["value"] == 1
    assert rounds.get("one", lambda: pytest.fail("made again"))["value"] == 1


def test_another_run_continues_with_the_same_values(folder):
    arrays = {"x": np.array([0.1, 1 / 3]), "text": np.array(["tree\nZoë 🙂", ""])}
    kept = Checkpoints(folder, {"a": "1", "b": "2"}.items()).get("one", lambda: arrays)
    again = Checkpoints(folder, {"b": "2", "a": "1"}.items()).get("one", lambda: pytest.fail("made again"))
    assert again["x"].tobytes() == kept["x"].tobytes()
    assert again["x"].dtype == kept["x"].dtype
    assert again["text"].tolist() == ["tree\nZoë 🙂", ""]


def test_other_inputs_parameters_or_code_do_not_see_it(folder):
    Checkpoints(folder, {"a": "1"}.items()).get("one", lambda: made(1))
    for other in ({"a": "2"}, {"b": "1"}, {"a": "1", "b": "1"}, {}):
        assert Checkpoints(folder, other.items()).get("one", lambda: made(2))["value"] == 2, other


def test_a_round_that_failed_is_not_there(folder):
    rounds = Checkpoints(folder, {}.items())
    with pytest.raises(ZeroDivisionError):
        rounds.get("one", lambda: made(1 / 0))
    assert rounds.get("one", lambda: made(3))["value"] == 3


def test_removing_leaves_nothing(folder):
    rounds = Checkpoints(folder, {}.items())
    rounds.get("one", lambda: made(1))
    rounds.remove()
    rounds.remove()
    assert not folder.exists()
