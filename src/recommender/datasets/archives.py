"""Reads members of a zip archive without unpacking it. What they hold is checked later, by checksum."""

import io
import zipfile
import zlib
from collections.abc import Sequence

from recommender.errors import DataError

MEMBER_LIMIT = 64 << 20
# zipfile reads these two in bounded pieces, so that the limit also stops a zip bomb.
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)


def read_members(content: bytes, folder: str, names: Sequence[str], limit: int = MEMBER_LIMIT) -> list[bytes]:
    """Read some members of a zip archive.

    Args:
        content: the archive.
        folder: the folder inside the archive.
        names: the members to read, relative to that folder.
        limit: largest size of a member, in bytes.

    Returns:
        The content of each member, in the order of `names`.

    Raises:
        DataError: the archive is broken, or a member is missing, larger than the limit or compressed in another way.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return [_read(archive, f"{folder}/{name}", limit) for name in names]
    except _BROKEN as error:
        raise DataError(f"not a whole zip archive ({error}); download it again") from error


def _read(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    if name not in archive.namelist():
        raise DataError(f"member {name} is missing; found {', '.join(archive.namelist()[:5]) or 'nothing'}")
    compression = archive.getinfo(name).compress_type
    if compression not in _COMPRESSIONS:
        raise DataError(f"member {name} has compression {compression}, expected stored or deflated")
    with archive.open(name) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise DataError(f"member {name} is too large, expected at most {limit:,} bytes")
    return content
