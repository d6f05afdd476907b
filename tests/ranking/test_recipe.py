import pytest
from pydantic import ValidationError

from recommender.errors import DataError
from recommender.ranking.recipe import Recipe, read_recipe, write_recipe
from tests.knowing import params_of


@pytest.fixture
def recipe():
    params = params_of(sequence={"request_time": False, "decay": 1.2345678e-7}, features={"user": False})
    return Recipe(sequence=params.sequence, candidates=params.candidates, features=params.features, names=["b", "a"])


def test_it_comes_back_from_its_file_as_it_was(recipe, tmp_path):
    write_recipe(tmp_path / "recipe.json", recipe)
    again = read_recipe(tmp_path / "recipe.json")
    assert again == recipe
    assert again.names == ["b", "a"]
    assert again.sequence.decay == 1.2345678e-7


def test_a_file_of_something_else_is_refused(tmp_path):
    (tmp_path / "recipe.json").write_text('{"sequence": 1}')
    with pytest.raises(DataError, match=r"recipe.json: not a recipe of this version; delete it, then run `dvc repro`"):
        read_recipe(tmp_path / "recipe.json")


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
