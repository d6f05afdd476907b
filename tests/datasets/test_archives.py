import io
import zipfile

import pytest

from recommender.datasets.archives import read_members
from recommender.errors import DataError
from tests.datasets.helpers import zipped

GOOD = {"ml/a": b"one", "ml/b": b"two", "ml/other": b"x"}


def refusal(content: bytes, name: str = "a", limit: int = 1000) -> str:
    with pytest.raises(DataError) as caught:
        read_members(content, "ml", [name], limit)
    return str(caught.value)


def test_members_come_in_the_order_of_their_names() -> None:
    assert read_members(zipped(GOOD), "ml", ["b", "a"]) == [b"two", b"one"]


def test_a_missing_member_is_named_with_what_is_there() -> None:
    assert refusal(zipped(GOOD), "c").startswith("member ml/c is missing; found ml/a, ml/b")


def test_a_zip_bomb_is_refused_whatever_size_it_declares() -> None:
    assert read_members(zipped({"ml/a": b"0" * 1000}), "ml", ["a"], limit=1000) == [b"0" * 1000]
    assert refusal(zipped({"ml/a": b"0" * 1001})) == "member ml/a is too large, expected at most 1,000 bytes"
    honest = zipped({"ml/a": b"0" * 100_000})
    false = honest.replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert false != honest
    assert "not a whole zip archive" in refusal(false)


def test_a_compression_without_bounded_reading_is_refused() -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("ml/a", b"one")
    assert "compression 14, expected stored or deflated" in refusal(sink.getvalue())


def test_a_broken_archive_is_reported_as_one() -> None:
    content = zipped(GOOD)
    altered = bytearray(zipped({"ml/a": bytes(range(256))}))
    altered[100] ^= 0xFF
    broken = {f"first {size} bytes": content[:size] for size in (0, 10, 60, 100, len(content) - 1)}
    for name, archive in (broken | {"altered byte": bytes(altered)}).items():
        assert refusal(archive).startswith("not a whole zip archive"), name


def test_an_encrypted_member_is_refused() -> None:
    content = bytearray(zipped({"ml/a": b"one"}))
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(header) + flags] |= 1
    assert "encrypted" in refusal(bytes(content))
