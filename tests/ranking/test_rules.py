import numpy as np
import pandas as pd
import pytest

from recommender.errors import ParameterError
from recommender.features.context import item_table
from recommender.ranking.rules import make_reranker
from recommender.ranking.settings import Rerank
from recommender.retrieval.factors import ItemFactors

IDS = np.array([10, 20, 30])
ITEMS = pd.DataFrame(
    {
        "item_id": [10, 20, 30, 40],
        "title": ["a", "b", "c", "d"],
        "release_date": pd.array([None] * 4, "str"),
        "genre_War": [1, 0, 1, 0],
        "genre_Film-Noir": [0, 1, 1, 0],
    }
)
FACTORS = ItemFactors(np.array([[3, 4], [0, 0], [0, -2]], dtype=np.float32), "rating", np.zeros(2))
OFF = {"diversity": 0.0, "max_per_genre": None, "one_per_title": False, "exclude_genres": [], "exclude_items": []}


def make(items=ITEMS, vocabulary=IDS, **settings):
    return make_reranker(Rerank(**OFF | settings), items, item_table(items, vocabulary), vocabulary, FACTORS)


@pytest.mark.parametrize(
    ("settings", "excluded"),
    [
        ({}, [False, False, False]),
        ({"exclude_genres": ["War"]}, [True, False, True]),
        ({"exclude_genres": ["Film-Noir", "War"]}, [True, True, True]),
        ({"exclude_items": [20]}, [False, True, False]),
        ({"exclude_items": [20], "exclude_genres": ["War"]}, [True, True, True]),
        ({"exclude_items": [40]}, [False, False, False]),
    ],
)
def test_what_is_excluded(settings, excluded):
    """Item 40 stands in the table of items and has no events: it may be named, and is never recommended anyway."""
    assert make(**settings).excluded.tolist() == excluded


def test_genres_are_bits_and_factors_of_length_one():
    rules = make(diversity=0.5)
    assert np.unpackbits(rules.genres, axis=1)[:, :2].tolist() == [[1, 0], [0, 1], [1, 1]]
    np.testing.assert_allclose(rules.factors, [[0.6, 0.8], [0, 0], [0, -1]])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"exclude_genres": ["Wars"]}, r"rerank.exclude_genres: no genre 'Wars'; did you mean War\?"),
        ({"exclude_genres": ["Comedy"]}, "rerank.exclude_genres: no genre 'Comedy'; known: War, Film-Noir"),
        ({"exclude_items": [10, 99]}, "rerank.exclude_items: no item 99 .* look like 10; correct or remove it"),
        ({"exclude_items": ["10"]}, "rerank.exclude_items: no item '10' in the log"),
        ({"exclude_items": ["12:30"]}, "no item '12:30' .* and put quotes around an id that is text"),
    ],
)
def test_unknown_names_are_errors(settings, message):
    with pytest.raises(ParameterError, match=message):
        make(**settings)


def test_items_without_genres():
    plain = ITEMS[["item_id", "title", "release_date"]]
    assert not make(plain, max_per_genre=1).excluded.any()
    with pytest.raises(ParameterError, match="known: none, the items have no genres"):
        make(plain, exclude_genres=["War"])


def test_text_ids():
    items, names = ITEMS.assign(item_id=["x", "y", "z", "w"]), np.array(["x", "y", "z"], dtype=object)
    assert make(items, names, exclude_items=["y"]).excluded.tolist() == [False, True, False]


def test_items_of_one_title_and_year_are_one():
    """Of four named A, two are of 1995 and one of an unknown year; items without a title or a row stay alone."""
    titles, dates = ["A", "A", "A", "A", None, None], ["1995-01-01", "1995-12-24", "1996-01-01", None, None, None]
    columns = {"title": pd.array(titles, "str"), "release_date": pd.array(dates, "str"), "genre_War": 0}
    items = pd.DataFrame({"item_id": [1, 2, 3, 4, 5, 6], **columns})
    vocabulary, factors = np.arange(1, 8), ItemFactors(np.zeros((7, 2), dtype=np.float32), "rating", np.zeros(2))
    for one_per_title, expected in ((True, [0, 0, 2, 3, 4, 5, 6]), (False, [0, 1, 2, 3, 4, 5, 6])):
        rules = Rerank(**OFF | {"one_per_title": one_per_title})
        found = make_reranker(rules, items, item_table(items, vocabulary), vocabulary, factors)
        assert found.twins.tolist() == expected
