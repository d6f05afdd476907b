import io
import stat
import warnings
import zipfile
from pathlib import Path

import pytest

from recommender.datasets.archives import read_members
from recommender.errors import DataError
from tests.datasets.helpers import zipped

GOOD = {"ml/a": b"one", "ml/b": b"two", "ml/other": b"x"}


def test_reads_the_members_in_the_order_asked() -> None:
    assert read_members(zipped(GOOD), "ml", ["b", "a"]) == [b"two", b"one"]


def test_reads_a_path_as_well_as_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped(GOOD).getvalue())
    assert read_members(tmp_path / "a.zip", "ml", ["a"]) == [b"one"]


def test_a_missing_member_is_named_with_what_is_there() -> None:
    with pytest.raises(DataError, match=r"ml/c is missing; found ml/a, ml/b"):
        read_members(zipped(GOOD), "ml", ["c"])


@pytest.mark.parametrize("name", ["/etc/passwd", "../up", "ml/../../up", "C:\\up", "..\\up", "//host/share"])
def test_a_name_that_leaves_the_folder_is_refused_even_if_nobody_asked_for_it(name: str) -> None:
    with pytest.raises(DataError, match="points out of the archive's folder"):
        read_members(zipped({**GOOD, name: b"x"}), "ml", ["a"])


def test_a_link_is_refused() -> None:
    link = zipfile.ZipInfo("ml/a")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(DataError, match="ml/a is a link"):
        read_members(sink, "ml", ["a"])


def test_a_name_that_is_there_twice_is_refused() -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("ml/a", b"good")
        archive.writestr("ml/a", b"evil")
    with pytest.raises(DataError, match="there 2 times"):
        read_members(sink, "ml", ["a"])


def test_a_bomb_is_refused_by_the_size_that_it_declares() -> None:
    with pytest.raises(DataError, match=r"ml/a has 1,001 bytes, expected at most 1,000"):
        read_members(zipped({"ml/a": b"0" * 1001}), "ml", ["a"], limit=1000)


def test_a_bomb_that_declares_a_small_size_is_refused() -> None:
    honest = zipped({"ml/a": b"0" * 100_000}).getvalue()
    lying = honest.replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert lying != honest
    with pytest.raises(DataError, match="not a whole zip archive"):
        read_members(io.BytesIO(lying), "ml", ["a"], limit=1000)


def test_an_archive_that_is_too_large_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recommender.datasets.archives.ARCHIVE_LIMIT", 10)
    (tmp_path / "a.zip").write_bytes(zipped(GOOD).getvalue())
    with pytest.raises(DataError, match="expected an archive of at most 10"):
        read_members(tmp_path / "a.zip", "ml", ["a"])


def test_other_compressions_are_refused() -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("ml/a", b"one")
    with pytest.raises(DataError, match="compression 14"):
        read_members(sink, "ml", ["a"])


@pytest.mark.parametrize("keep", [0, 10, 60, 100, -1])
def test_a_truncated_archive_is_said_to_be_broken(keep: int) -> None:
    with pytest.raises(DataError, match="not a whole zip archive"):
        read_members(io.BytesIO(zipped(GOOD).getvalue()[:keep]), "ml", ["a"])


def test_an_altered_byte_inside_a_member_is_noticed() -> None:
    content = bytearray(zipped({"ml/a": bytes(range(256))}).getvalue())
    content[100] ^= 0xFF
    with pytest.raises(DataError, match="not a whole zip archive"):
        read_members(io.BytesIO(content), "ml", ["a"])


def test_an_encrypted_member_is_refused() -> None:
    content = bytearray(zipped({"ml/a": b"one"}).getvalue())
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(header) + flags] |= 1
    with pytest.raises(DataError, match="encrypted"):
        read_members(io.BytesIO(content), "ml", ["a"])
