import pytest

from benchmarks.loop_seeds import SHOWN, summarise


def arms(click, frozen):
    return {name: dict.fromkeys(SHOWN, value) for name, value in (("two_stage", click), ("two_stage_frozen", frozen))}


def test_means_and_paired_differences_over_the_seeds():
    """Values 1, 2, 3 have standard deviation 1; Student's t with 2 degrees of freedom is 4.3027 at 97.5 %."""
    found = summarise([arms(1.0, 0.0), arms(2.0, 1.0), arms(3.0, 2.0)])
    reach = 4.302653 / 3**0.5
    for name in SHOWN:
        assert found["arms"]["two_stage"][name] == pytest.approx({"value": 2, "low": 2 - reach, "high": 2 + reach})
        assert found["differences"]["two_stage_minus_two_stage_frozen"][name] == {"value": 1, "low": 1, "high": 1}
    assert list(found["differences"]) == ["two_stage_minus_two_stage_frozen"]
