import hashlib
import re

import pytest

from recommender.datasets.editions import EDITIONS, ML_1M, ML_100K, Edition
from recommender.errors import DataError

FILES = {"a": b"one", "b": b"two"}
EDITION = Edition("toy", {name: hashlib.sha256(text).hexdigest() for name, text in FILES.items()}, "", ML_1M.wheel)


def test_the_original_files_pass() -> None:
    EDITION.check({**FILES, "more": b"is not looked at"})


def test_a_missing_file_is_named() -> None:
    with pytest.raises(DataError, match="b is missing, expected a, b"):
        EDITION.check({"a": b"one"})


def test_an_altered_file_is_named_with_both_checksums() -> None:
    found, expected = hashlib.sha256(b"One").hexdigest(), EDITION.files["a"]
    with pytest.raises(DataError, match=rf"a is not the original: SHA-256 {found[:12]}.*3 bytes.*{expected[:12]}"):
        EDITION.check({**FILES, "a": b"One"})


@pytest.mark.parametrize("edition", EDITIONS.values(), ids=lambda edition: edition.name)
def test_every_pin_is_exact(edition: Edition) -> None:
    hashes = [*edition.files.values(), edition.wheel.sha256]
    assert all(re.fullmatch("[0-9a-f]{64}", text) for text in hashes)
    assert re.fullmatch(r"[a-z-]+==[0-9.]+", edition.wheel.pin)
    assert edition.url.endswith(f"/{edition.name}.zip")


def test_the_editions_have_the_files_of_their_archives() -> None:
    assert list(ML_100K.files) == ["u.data", "u.item", "u.user", "u.genre", "u.occupation"]
    assert list(ML_1M.files) == ["ratings.dat", "movies.dat", "users.dat"]
