"""a, b and c cost 10, 20 and 40 and are of the brands 0, 1 and 0; nothing is known of d."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.features.item_columns import item_column_features

NAN = np.nan


@pytest.fixture
def found(context):
    return item_column_features(context)


def test_the_values_of_the_item(found, is_close):
    assert is_close(found["item_number_price"], [[10, 20, 40, NAN]] * 3)
    assert is_close(found["item_text_brand"], [[0, 1, 0, NAN]] * 3)


def test_the_difference_from_the_latest_items(found, is_close):
    """User 1 has a, b and c: 70 / 3 on average. User 2 has b and d: 20, as the price of d is unknown."""
    price = np.array([10, 20, 40, NAN])
    assert is_close(found["item_difference_price"], [price - 70 / 3, price - 20, NAN])


def test_the_share_of_the_latest_items_with_the_same_text(found, is_close):
    """Two of the three items of user 1 are of brand 0; the one item of user 2 with a known brand is of brand 1."""
    assert is_close(found["item_match_brand"], [[2 / 3, 1 / 3, 2 / 3, NAN], [0, 1, 0, NAN], NAN])


def test_a_table_without_such_columns(context):
    assert item_column_features(replace(context, items=replace(context.items, further={}))) == {}
