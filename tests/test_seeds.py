import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.seeds import generator, hash_ids, mix, seed_for, uniform


def test_a_seed_is_known_for_ever():
    assert seed_for(42, "svd") == 1_908_625_785


@given(st.integers(0, 2**31 - 1), st.text(max_size=10))
def test_a_seed_suits_every_library(root, name):
    assert 0 <= seed_for(root, name) < 2**31


def test_each_use_and_each_root_has_its_own_seed():
    seeds = [seed_for(root, *names) for root in range(50) for names in (("svd",), ("svd", 1), ("svd", "1x"), ())]
    assert len(set(seeds)) == len(seeds)


def test_names_do_not_run_together():
    assert seed_for(1, "ab", "c") != seed_for(1, "a", "bc")


def test_generators_of_one_use_agree_and_of_two_uses_differ():
    draws = [generator(7, name).integers(0, 2**31, 5).tolist() for name in ("a", "a", "b")]
    assert draws[0] == draws[1] != draws[2]


@given(st.integers(0, 2**64 - 1))
def test_mix_never_maps_two_values_to_one(seed):
    assert np.unique(mix(np.arange(5000, dtype=np.uint64), seed)).size == 5000


def test_mix_spreads_neighbours_over_the_whole_range():
    """The mean of 10,000 uniform values is within 5 standard errors of the middle: 5 / sqrt(12 * 10,000) = 0.0144."""
    shares = mix(np.arange(10_000, dtype=np.uint64), 3) / 2**64
    assert shares.mean() == pytest.approx(0.5, abs=0.0144)
    assert np.corrcoef(shares[:-1], shares[1:])[0, 1] == pytest.approx(0, abs=0.05)


def test_mix_leaves_its_input_alone():
    values = np.arange(3, dtype=np.uint64)
    mix(values, 1)
    assert values.tolist() == [0, 1, 2]


def test_mix_of_a_value_does_not_depend_on_its_neighbours():
    values = np.arange(10, dtype=np.uint64)
    assert mix(values, 5)[3] == mix(values[3:4], 5)[0]


def test_hashes_of_ids_never_change():
    assert hash_ids(np.array([1], dtype=np.int64)).tolist() == [6238072747940578789]
    assert hash_ids(np.array(["1", "1"], dtype=object)).tolist() == [15289156711003816966] * 2


def test_hashes_become_numbers_from_0_to_below_1():
    ends = np.array([0, 2**63, 2**64 - 1], dtype=np.uint64)
    assert uniform(ends).tolist() == [0, 0.5, 1 - 2**-53]
