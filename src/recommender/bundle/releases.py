"""Released bundles side by side, and a link to the one in use: DVC removes models/live before it makes another.

RELEASES/REVISION/ holds a bundle, RELEASES/current is a link that is replaced in one step.
"""

import os
import shutil
from pathlib import Path

from recommender.bundle.live import FOLDER, Bundle
from recommender.bundle.manifest import MANIFEST, read_manifest
from recommender.errors import ParameterError

RELEASES = "releases"
CURRENT = "current"


def release(bundle: Path, releases: Path) -> str:
    """Copy a bundle beside the others and put it in use; after a kill, the old one is still in use.

    Args:
        bundle: the folder of a bundle; it is loaded and checked first.
        releases: the folder of all released bundles; made if it is not there.

    Returns:
        Its revision.

    Raises:
        DataError: the bundle is incomplete.
    """
    Bundle(bundle).load()
    revision = read_manifest(bundle).revision
    target = releases / revision
    if not (target / MANIFEST).exists():
        partial = releases / f".{revision}.{os.getpid()}.tmp"
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(bundle, partial)
        shutil.rmtree(target, ignore_errors=True)
        os.replace(partial, target)
    serve(revision, releases)
    return revision


def serve(revision: str, releases: Path) -> None:
    """Put a released bundle in use, such as an earlier one.

    Raises:
        ParameterError: there is no such release.
        DataError: its bundle is incomplete.
    """
    if not (releases / revision / MANIFEST).exists():
        known = ", ".join(revisions(releases)) or "none"
        raise ParameterError(f"{releases}: no release {revision!r}; there are: {known}")
    Bundle(releases / revision).load()
    link = releases / f".{CURRENT}.{os.getpid()}.tmp"
    link.unlink(missing_ok=True)
    link.symlink_to(revision, target_is_directory=True)
    os.replace(link, releases / CURRENT)


def serving(releases: Path) -> str | None:
    """Return the revision in use; None before the first release."""
    link = releases / CURRENT
    return os.readlink(link) if link.is_symlink() else None


def served(root: Path) -> Path:
    """Return the folder of the bundle in use: the current release, or models/live before the first release."""
    link = root / RELEASES / CURRENT
    return link.resolve() if link.is_symlink() else root / FOLDER


def revisions(releases: Path) -> list[str]:
    """Return all released revisions, the latest first."""
    folders = [path for path in releases.glob("*/") if not path.is_symlink() and (path / MANIFEST).exists()]
    return [path.name for path in sorted(folders, key=lambda path: path.stat().st_mtime, reverse=True)]
