import pandas as pd
import pytest

from benchmarks.rerank import CHANGES, OFF, measure, name_of
from recommender.evaluation import reference
from recommender.files import read_table
from recommender.parts import read_events
from recommender.ranking.settings import Rerank


def test_names_are_what_an_override_says():
    assert name_of({}) == "everything off"
    assert name_of({"exclude_genres": ["Drama", "War"]}) == "exclude_genres=[Drama, War]"
    assert len({name_of(change) for change in CHANGES}) == len(CHANGES)


@pytest.fixture(scope="module")
def asked(project, artifacts):
    """Measure two_stage of the miniature, where even users are to find an even item, under some settings."""
    train, valid, test = (read_events(project / f"data/split/{part}.parquet") for part in ("train", "valid", "test"))
    truth = reference.build(test, pd.concat([train, valid]), read_table(project / "data/prepared/items.parquet"))
    off = Rerank.model_validate(OFF)
    return lambda **settings: measure(artifacts, off.model_copy(update=settings), truth, 10)


def test_with_everything_off_it_is_the_list_of_the_pipeline(asked):
    found = asked()
    assert (found["hit"], found["ndcg"], found["length"]) == (1, 1, 10)


def test_without_the_genre_of_the_even_items_their_users_find_nothing(asked, project):
    test = read_events(project / "data/split/test.parquet")
    odd = test["item_id"].astype(int).mod(2).mean()
    assert asked(exclude_genres=["a"])["hit"] in (pytest.approx(odd), pytest.approx(1 - odd))
