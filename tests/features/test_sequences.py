"""Rows of the tables, see conftest: a 1 2 3 4, b 5 6 7 8, c 9 10 11 12, d 13 14 15 16, times the table's factor."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.features.sequences import sequence_features
from recommender.log.views import View

A, B, C, D = np.arange(1, 17).reshape(4, 4)


@pytest.fixture
def found(context):
    return sequence_features(context)


def test_blocks_from_the_newest(context):
    """User 1: c alone; b and a a second apart. User 2: d, and b ten seconds before."""
    numbers = context.block_numbers
    assert numbers[0, :3].tolist() == [0, 1, 1]
    assert numbers[1, :2].tolist() == [0, 1]


def test_the_blocks_do_not_depend_on_the_moment(context, moved):
    known = context.view.recent.item >= 0
    assert (moved(86_400).block_numbers[known] == context.block_numbers[known]).all()


@pytest.mark.parametrize(("name", "factor"), [("transitions_last", 1), ("neighbours_last", 10)])
def test_the_row_of_the_last_event(found, is_close, name, factor):
    assert is_close(found[name], [factor * C, factor * D, 0])


def test_the_rows_of_all_with_slow_decay(found, is_close):
    assert is_close(found["transitions_slow"], [C + 0.9 * B + 0.81 * A, D + 0.9 * B, 0])


@pytest.mark.parametrize("size", [5, 20])
def test_means_of_rows(found, is_close, size):
    assert is_close(found[f"similarity_mean_{size}"], [100 * (A + B + C) / 3, 100 * (B + D) / 2, 0])


def test_blocks_through_the_tables_of_a_second_and_of_a_minute(found, is_close):
    assert is_close(found["same_second_block"], [1000 * C, 1000 * D, 0])
    assert is_close(found["next_page_block"], [10_000 * C, 10_000 * D, 0])
    assert is_close(found["next_page_earlier"], [10_000 * (A + B), 10_000 * B, 0])
    assert is_close(found["same_second_recent"], [1000 * (C + 0.8 * B + 0.64 * A), 1000 * (D + 0.8 * B), 0])


def test_only_the_block_before_is_the_earlier_one(context, is_close):
    """With a three seconds before b, three blocks: c, b and a."""
    log = context.view.histories
    apart = replace(log, time=log.time - 2_000_000 * (np.arange(5) == 0))
    found = sequence_features(replace(context, view=View(apart, context.view.requests)))
    assert is_close(found["next_page_earlier"], [10_000 * B, 10_000 * B, 0])


def test_order(found, is_close):
    """Embeddings a (1, 0), b (0, 1), c (0.6, 0.8), d nothing."""
    assert is_close(found["order_last"], [[0.6, 0.8, 1, 0], 0, 0])
    x, y = 0.6 + 0.64, 0.8 + 0.8
    assert is_close(found["order_recent"], [[x, y, 0.6 * x + 0.8 * y, 0], [0, 0.8, 0.8 * 0.8, 0], 0])
