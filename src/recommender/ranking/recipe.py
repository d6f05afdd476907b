"""How the ranking dataset was made; kept with the ranker, so that serving computes the same features."""

import hashlib
import json
from pathlib import Path

from pydantic import BaseModel, ValidationError

from recommender.errors import DataError
from recommender.features.settings import LATER, Features
from recommender.files import AGAIN, read_json
from recommender.log.further import Encoding
from recommender.outputs import write_bytes
from recommender.retrieval.settings import Candidates, Sequence


class Recipe(BaseModel):
    """The settings behind a ranking dataset.

    Attributes:
        sequence: settings of the sources that use the order of events.
        candidates: the sources and their sizes.
        features: the groups of features.
        names: the features, in the order of the columns.
        user_columns: the further columns of the users, see `log.further`; None if the features do not use them.
        item_columns: those of the items, likewise.
        request_columns: those of the events, and so of requests, likewise.
        served_by: the source whose order is served instead of the ranker's; None for the ranker, see `judging.judge`.
        trees: digest of the file of the trees that were trained on the dataset, see `digest_of`; None without trees.
    """

    sequence: Sequence
    candidates: Candidates
    features: Features
    names: list[str]
    user_columns: Encoding | None = None
    item_columns: Encoding | None = None
    request_columns: Encoding | None = None
    served_by: str | None = None
    trees: str | None = None


def write_recipe(path: Path, recipe: Recipe) -> None:
    """Write a recipe as JSON with sorted keys; its numbers are not rounded, as serving must use the same."""
    off = {name for name in LATER if not getattr(recipe.features, name)}
    values = recipe.model_dump(exclude_none=True, exclude={"features": off})
    write_bytes(path, (json.dumps(values, sort_keys=True, indent=2) + "\n").encode("ascii"))


def read_recipe(path: Path) -> Recipe:
    """Read what `write_recipe` wrote.

    Raises:
        DataError: the file is missing, not JSON, or not a recipe.
    """
    try:
        return Recipe.model_validate(read_json(path))
    except ValidationError as error:
        raise DataError(f"{path}: not a recipe of this version; {AGAIN}") from error


def digest_of(text: str) -> str:
    """Return a digest of the trees' text, to be compared before LightGBM parses it: a damaged tree ends the process."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
