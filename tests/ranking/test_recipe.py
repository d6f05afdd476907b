import json

import pytest
from pydantic import ValidationError

from recommender.ranking.recipe import Recipe
from tests.knowing import params_of


@pytest.fixture
def recipe():
    params = params_of(sequence={"request_time": False}, features={"user": False})
    return Recipe(sequence=params.sequence, candidates=params.candidates, features=params.features, names=["b", "a"])


def test_it_comes_back_from_json_as_it_was(recipe):
    again = Recipe.model_validate(json.loads(json.dumps(recipe.model_dump())))
    assert again == recipe
    assert again.names == ["b", "a"]


@pytest.mark.parametrize("section", ["sequence", "candidates", "features", "names"])
def test_a_part_is_missing(recipe, section):
    values = {name: part for name, part in recipe.model_dump().items() if name != section}
    with pytest.raises(ValidationError, match=section):
        Recipe.model_validate(values)


def test_a_recipe_of_another_version_is_refused(recipe):
    values = recipe.model_dump()
    values["features"]["mood"] = True
    with pytest.raises(ValidationError, match="mood"):
        Recipe.model_validate(values)
