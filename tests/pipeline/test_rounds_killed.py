"""A replay or a feedback loop that is killed continues with its finished rounds and ends with the same bytes."""

import signal

import pytest

from tests.pipeline.test_killed import STAGES, remove_outputs
from tests.project.project import hashes, run_stages, set_params


def kept(folder):
    return {path: path.read_bytes() for path in (folder / "data/.rounds").rglob("*.npz")}


@pytest.mark.parametrize(("name", "which"), [("replay", 4), ("feedback_loop", 3), ("feedback_loop", 11)])
def test_a_killed_run_goes_on_with_its_finished_rounds(name, which, copy_of_finished, finished, kill):
    folder, stage = copy_of_finished, STAGES[name]
    remove_outputs(folder, stage)
    assert kill(folder, stage, which) == signal.SIGKILL
    first = kept(folder)
    assert first
    assert kill(folder, stage, 2) == signal.SIGKILL
    assert first.items() <= kept(folder).items()
    assert run_stages(folder, [name]) == {name: 0}
    assert hashes(folder, [name]) == hashes(finished, [name])
    assert not kept(folder)


def test_rounds_of_other_parameters_are_not_taken(copy_of_finished, finished, kill):
    stage = STAGES["feedback_loop"]
    remove_outputs(copy_of_finished, stage)
    kill(copy_of_finished, stage, 4)
    set_params(copy_of_finished, {"feedback_loop.click.eta": 0.0})
    assert run_stages(copy_of_finished, ["feedback_loop"]) == {"feedback_loop": 0}
    assert hashes(copy_of_finished, ["feedback_loop"]) != hashes(finished, ["feedback_loop"])
