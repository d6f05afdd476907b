import re
from dataclasses import replace

import numpy as np
import pytest

from recommender.explain.evidence import FACTOR_SIZES
from recommender.explain.words import FEATURES, words_of
from recommender.features.assemble import GROUPS, assemble
from recommender.features.context import Context
from recommender.features.sequences import EMBEDDED, TABLES
from recommender.features.settings import Features
from recommender.log.views import View
from recommender.retrieval.candidates import find_candidates
from tests.knowing import busy_log, further_columns, items_for, know, requests_at

ADDITIVE = {"svd", "svd_recent", "transitions", "neighbours", "similarity", "gaps", "ease", "ridge", "block_ridge"}


@pytest.fixture(scope="module")
def names():
    """Every feature there is: all groups, with all sources."""
    histories = replace(busy_log(), user_columns=further_columns(10))
    knowledge, view = know(histories), View(histories, requests_at(histories, [0], [6]))
    candidates = find_candidates(view, knowledge.sources, knowledge.sizes, knowledge.catalogue(view))
    everything = Features.model_validate(dict.fromkeys(GROUPS, True))
    return assemble(Context(view, knowledge, items_for(histories), candidates), everything)[0]


def test_every_feature_has_words(names):
    silent = []
    for name in names:
        try:
            words_of(name)
        except KeyError:
            silent.append(name)
    assert not silent, f"write words for these in explain/words.py: {', '.join(silent)}"


def test_words_are_of_features_that_there_are(names):
    assert set(FEATURES) <= set(names)


def test_a_feature_that_nobody_knows():
    with pytest.raises(KeyError):
        words_of("phase_of_the_moon")


def test_an_event_is_named_only_where_it_can_be_found(names):
    sums = {*TABLES, *EMBEDDED, *FACTOR_SIZES}
    sums |= {f"{name}_{kind}" for name in ADDITIVE for kind in ("score", "rank")}
    assert {name for name in names if "{event}" in words_of(name).high} == sums
    assert not [name for name in names if "{event}" in words_of(name).low]


def test_genres_are_named_by_the_genre_features(names):
    assert {name for name in names if "{genres}" in words_of(name).high} == {f"genre_match_{n}" for n in (1, 5, 10)}


def test_something_is_said_of_each_feature_at_least(names):
    assert all(words_of(name).high for name in names)


@pytest.mark.parametrize(
    ("feature", "value", "text"),
    [
        ("user_events", np.log1p(97), "97"),
        ("item_popularity", np.log1p(1234), "1,234"),
        ("pause", np.log1p(3), "3 seconds"),
        ("pause", np.log1p(600), "10 minutes"),
        ("pause", np.log1p(7200), "2 hours"),
        ("pause", np.log1p(10 * 86_400), "10 days"),
        ("hour", 7.0, "07:00"),
        ("item_year", 1995.5, "1995"),
        ("year_difference_5", -12.04, "12.0"),
        ("id_distance", -7.0, "7"),
        ("user_mean_rating", 3.61, "3.6"),
        ("user_number_age", 25.0, "25"),
        ("item_difference_price", -2.5, "2.5"),
        ("item_match_brand", 0.25, "25%"),
    ],
)
def test_values_are_written_for_people(feature, value, text):
    assert words_of(feature).show(float(np.float32(value))) == text


def test_the_words_suit_a_log_of_anything(names):
    said = " ".join(f"{words_of(name).high} {words_of(name).low}" for name in names)
    assert not {"film", "films", "movie", "watched"} & set(re.findall(r"\w+", said))


def test_the_name_of_a_column_is_said_as_it_is():
    assert words_of("user_lift_{club} x").high.format() == "often chosen by users of your {club} x"
    assert words_of("user_lift_club").topic != words_of("user_lift_region").topic
