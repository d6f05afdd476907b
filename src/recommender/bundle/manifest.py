"""The manifest of a bundle: what its parts are, what they were made from, and a digest of each."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from recommender.errors import DataError
from recommender.files import read_json
from recommender.ranking.recipe import Recipe
from recommender.ranking.settings import Rerank

FORMAT = 2
MANIFEST = "manifest.json"
REPAIR = "delete it, then run `dvc checkout models/live`, or `dvc repro publish` to make it again"


class Manifest(BaseModel):
    """What a bundle holds.

    Attributes:
        format: of the bundle; another number means another layout.
        revision: a hash of the parts and settings.
        known_until: time of the last event, ISO 8601 in UTC.
        events: number of events.
        users: number of users.
        items: number of items with events.
        seed: the root seed, for the random policy.
        recipe: the sources and features of the ranker.
        rerank: what happens after ranking.
        evaluated: metrics of the run whose settings and number of trees the bundle has.
        versions: of the libraries that it was made with.
        parts: digest of each file.
    """

    format: int
    revision: str
    known_until: str
    events: int
    users: int
    items: int
    seed: int
    recipe: Recipe
    rerank: Rerank
    evaluated: dict[str, Any]
    versions: dict[str, str]
    parts: dict[str, str]


def digest(content: bytes) -> str:
    """Return the digest of a part."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def revision_of(parts: Mapping[str, str], recipe: Recipe, rules: Rerank, seed: int) -> str:
    """Return the name of a bundle: a hash of everything that its lists depend on, 12 hexadecimal digits.

    Keys that the recipe does not have, as it was written before there were such settings, do not count.
    """
    settings = [one.model_dump(exclude_unset=True) for one in (recipe, rules)]
    made = [dict(sorted(parts.items())), *settings, seed]
    return hashlib.blake2b(json.dumps(made, sort_keys=True).encode(), digest_size=6).hexdigest()


def to_json(manifest: Manifest) -> bytes:
    """Return a manifest as JSON with sorted keys."""
    return (json.dumps(manifest.model_dump(exclude_unset=True), sort_keys=True, indent=2) + "\n").encode("ascii")


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a bundle and check that it belongs to the parts' digests.

    Raises:
        DataError: it is missing, damaged, or of another format.
    """
    path = folder / MANIFEST
    values = read_json(path)
    found = values.get("format") if isinstance(values, dict) else None
    if found != FORMAT:
        raise DataError(f"{path}: found format {found!r}, expected {FORMAT}; {REPAIR}")
    try:
        manifest = Manifest.model_validate(values)
    except ValidationError as error:
        raise DataError(f"{path}: not a manifest of this version; {REPAIR}") from error
    if manifest.revision != revision_of(manifest.parts, manifest.recipe, manifest.rerank, manifest.seed):
        raise DataError(f"{path}: its content is not that of revision {manifest.revision}; {REPAIR}")
    return manifest
