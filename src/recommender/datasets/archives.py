"""Reads named members of a zip archive that nobody vouches for; nothing is ever unpacked onto the disk."""

import stat
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import IO

from recommender.errors import DataError

ARCHIVE_LIMIT = 256 << 20
MEMBER_LIMIT = 64 << 20
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)


def read_members(
    archive: Path | IO[bytes], folder: str, names: Sequence[str], limit: int = MEMBER_LIMIT
) -> list[bytes]:
    """Read some members of a zip archive.

    Args:
        archive: the archive, or its bytes as an open file.
        folder: the folder inside the archive that holds the members.
        names: the members wanted, relative to that folder.
        limit: most bytes that one member may have.

    Returns:
        The content of each member, in the order of `names`.

    Raises:
        DataError: not a whole zip archive, a name that leaves its folder, a member that is missing, doubled, a link, or
            larger than the limit.
    """
    if isinstance(archive, Path) and archive.stat().st_size > ARCHIVE_LIMIT:
        raise DataError(f"{archive.stat().st_size:,} bytes, expected an archive of at most {ARCHIVE_LIMIT:,}")
    try:
        with zipfile.ZipFile(archive) as opened:
            _refuse_hostile_names(opened.namelist())
            return [_read(opened, f"{folder}/{name}", limit) for name in names]
    except _BROKEN as error:
        raise DataError(f"not a whole zip archive ({error}); get it again") from error


def _refuse_hostile_names(names: Sequence[str]) -> None:
    for name in names:
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in name:
            raise DataError(f"member {name!r} points out of the archive's folder; do not trust this archive")


def _read(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """Read one member; the size that it declares is checked first, the bytes that really come out after."""
    member = _only(archive, name)
    if stat.S_ISLNK(member.external_attr >> 16):
        raise DataError(f"member {name} is a link, expected a file; do not trust this archive")
    if member.compress_type not in _COMPRESSIONS:
        raise DataError(f"member {name} has compression {member.compress_type}, expected stored or deflated")
    if member.file_size > limit:
        raise DataError(f"member {name} has {member.file_size:,} bytes, expected at most {limit:,}")
    with archive.open(member) as file:
        content = file.read(limit + 1)
    if len(content) != member.file_size:
        raise DataError(f"member {name} has {len(content):,} bytes, its header says {member.file_size:,}")
    return content


def _only(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    found = [member for member in archive.infolist() if member.filename == name]
    if not found:
        shown = ", ".join(archive.namelist()[:5]) or "nothing"
        raise DataError(f"member {name} is missing; found {shown}")
    if len(found) > 1:
        raise DataError(f"member {name} is there {len(found)} times, expected once; do not trust this archive")
    return found[0]
