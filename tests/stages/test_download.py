import hashlib
import logging
from pathlib import Path
from typing import Any

import pytest

from recommender.datasets import download
from recommender.datasets.editions import EDITIONS, Edition, Wheel
from recommender.errors import DownloadError
from stages.download import PARAMS, RAW, main
from tests.datasets.helpers import zipped

PARAMS_YAML = Path("params.yaml").read_text(encoding="utf-8")
FILES = {"u.data": b"1\t2\t3\t4\n", "u.item": b"1|A\n"}
ARCHIVE = zipped({f"ml-100k/{name}": content for name, content in FILES.items()})
TOY = Edition(
    name="ml-100k",
    files={name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()},
    url="https://example.org/ml-100k.zip",
    wheel=Wheel("some-wheel==1.0", "0" * 64, "pkg", ("a",)),
)


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a project with a toy edition and without a network."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(EDITIONS, "movielens-100k", TOY)
    monkeypatch.setattr(download, "fetch", offline)
    monkeypatch.setattr(download, "fetch_wheel", offline)
    (tmp_path / "data/local").mkdir(parents=True)
    configure()
    return tmp_path


def offline(*_: Any) -> Any:
    raise DownloadError("no file (offline)")


def configure(name: str = "movielens-100k", path: str = "", items_path: str = "") -> None:
    text = PARAMS_YAML.replace("name: movielens-100k", f"name: {name}")
    text = text.replace("  items_path:\n", f"  items_path: {items_path}\n").replace("  path:\n", f"  path: {path}\n")
    Path("params.yaml").write_text(text, encoding="utf-8")


def raw() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in RAW.glob("*")}


def test_the_archive_is_written_file_by_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "fetch", lambda url, timeout_s: ARCHIVE)
    assert main([]) == 0
    assert raw() == FILES


def test_a_local_archive(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    Path("data/local/ml-100k.zip").write_bytes(ARCHIVE)
    configure(path="data/local/ml-100k.zip")
    assert main([]) == 0
    assert raw() == FILES
    assert caplog.messages == ["local copy data/local/ml-100k.zip: used, every file has its original SHA-256"]


@pytest.mark.parametrize(
    "content",
    [ARCHIVE[:-10], ARCHIVE[:100], ARCHIVE.replace(b"u.item", b"u.itex"), b"x"],
    ids=["cut", "cut short", "another member", "no archive"],
)
def test_a_broken_local_archive_leaves_nothing_behind(content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    Path("data/local/ml-100k.zip").write_bytes(content)
    configure(path="data/local/ml-100k.zip")
    assert main([]) == 1
    assert raw() == {}
    assert caplog.messages[-1].startswith("error: data/local/ml-100k.zip (dataset.path): ")


def test_without_a_source_the_old_files_stay_and_every_source_is_named(caplog: pytest.LogCaptureFixture) -> None:
    RAW.mkdir()
    (RAW / "u.data").write_bytes(b"old")
    assert main([]) == 1
    assert raw() == {"u.data": b"old"}
    assert caplog.messages[-1].startswith("error: ml-100k: no source has the original files. official archive ")
    assert "wheel some-wheel==1.0: no file (offline)" in caplog.messages[-1]


def test_an_own_log_and_its_items_are_copied_and_files_of_another_dataset_go() -> None:
    RAW.mkdir()
    (RAW / "u.data").write_bytes(b"old")
    Path("data/local/log.csv").write_bytes(b"a,b\n1,2\n")
    Path("data/local/things.parquet").write_bytes(b"PAR1")
    configure("interaction-log", "data/local/log.csv", "data/local/things.parquet")
    assert main([]) == 0
    assert raw() == {"interactions.csv": b"a,b\n1,2\n", "items.parquet": b"PAR1"}


def test_a_file_that_dvc_does_not_watch_is_pointed_out(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    Path("log.csv").write_bytes(b"a,b\n1,2\n")
    configure("interaction-log", "log.csv")
    assert main([]) == 0
    assert "log.csv is not in data/local: DVC will not notice changes to it" in caplog.messages


def test_a_missing_own_log_is_one_message(caplog: pytest.LogCaptureFixture) -> None:
    configure("interaction-log", "data/local/log.csv")
    assert main([]) == 1
    assert caplog.messages == [
        "error: data/local/log.csv (dataset.path): cannot be read (No such file or directory); correct the path"
    ]


def test_only_what_decides_the_bytes_is_a_parameter() -> None:
    assert PARAMS == ("dataset.name", "dataset.path", "dataset.items_path", "dataset.users_path", "download")
