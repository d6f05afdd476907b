import numpy as np
import pytest

from recommender_lab.drift.shuffles import different_items, source_mix, table


def test_a_table_counts_what_each_list_holds():
    assert table([{"a": 2}, {}, {"b": 1, "a": 1}]).toarray().tolist() == [[2, 0], [0, 0], [1, 1]]
    assert table([{}, {}]).toarray().tolist() == [[0], [0]]


def test_lists_that_are_all_alike_are_never_far():
    assert not source_mix(table([{"a": 1}] * 9), 4, 0.5)
    assert not different_items(table([{"a": 1}] * 9), 4, 0.5)


def test_windows_that_differ_in_every_list():
    """Twelve lists can be parted in 924 ways into two windows of six, of which 2 are as far: 1 in 462."""
    mentions = table([*[{"a": 2}] * 6, *[{"b": 1}] * 6])
    assert [source_mix(mentions, 6, level) for level in (0.05, 0.00001)] == [True, False]
    held = table([*[{"a": 1}] * 6, *({name: 1} for name in "bcdefg")])
    assert [different_items(held, 6, level) for level in (0.05, 0.00001)] == [True, False]


@pytest.mark.parametrize("test", [source_mix, different_items])
@pytest.mark.parametrize("level", [0.05, 0.2])
def test_chance_alone_does_it_as_often_as_the_level_says(test, level):
    random = np.random.default_rng(0)
    logs = ([dict.fromkeys(random.zipf(1.5, 8).tolist(), 1) for _ in range(50)] for _ in range(400))
    found = [test(table(lists), 35, level) for lists in logs]
    assert np.mean(found) == pytest.approx(level, abs=4 * np.sqrt(level / 400))
