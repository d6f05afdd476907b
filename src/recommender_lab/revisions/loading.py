"""Reads a table of another revision or experiment through DVC: from the cache, or else from a remote."""

import io

import pandas as pd
from dvc.api import DVCFileSystem
from dvc.exceptions import DvcException, FileMissingError, NotDvcRepoError, PathMissingError
from dvc.repo import Repo
from dvc.scm import RevError

from recommender.errors import DataError
from recommender.files import parse_table

WORKSPACE = "workspace"


def read(path: str, revision: str) -> pd.DataFrame:
    """Read a table as a revision has it: a file, or all files of a folder.

    Args:
        path: relative to the project.
        revision: a commit, branch, tag or experiment, or `workspace` for the files as they are.

    Returns:
        The table.

    Raises:
        DataError: there is no such revision, it has no such file, or its file is neither in the cache nor in a remote.
    """
    name = f"{path} of {revision}"
    try:
        contents = _contents(path, None if revision == WORKSPACE else revision)
    except RevError as error:
        raise DataError(
            f"{revision}: no such revision; `git log --oneline --all` shows commits and branches, `dvc exp list "
            "--all-commits` experiments"
        ) from error
    except NotDvcRepoError as error:
        raise DataError(f"{name}: this folder is not a DVC project; run from the project's folder") from error
    except (PathMissingError, FileMissingError, FileNotFoundError) as error:
        raise DataError(f"{name}: neither in the cache nor in a remote; {_advice(revision)}") from error
    except DvcException as error:
        raise DataError(f"{name}: DVC cannot read it ({error}); see `dvc doctor`") from error
    return pd.concat([parse_table(io.BytesIO(content), name) for content in contents], ignore_index=True)


def _contents(path: str, revision: str | None) -> list[bytes]:
    """Read bytes with the remotes that are known now: an old revision lacks a remote that was added later."""
    with Repo() as repo:
        remotes = {key: repo.config[key] for key in ("core", "remote") if key in repo.config}
    files = DVCFileSystem(rev=revision, config=remotes)
    paths = sorted(files.find(path)) if files.isdir(path) else [path]
    return [files.read_bytes(name) for name in paths]


def _advice(revision: str) -> str:
    if revision == WORKSPACE:
        return "run `dvc repro` to make it"
    return (
        f"add the remote that it was pushed to, or make it again: `git checkout {revision}`, or `dvc exp apply "
        f"{revision}` for an experiment, then `dvc repro`"
    )
