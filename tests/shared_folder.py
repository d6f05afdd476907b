"""Folders that are expensive to fill: filled once per test run, whatever the number of workers."""

import fcntl
import os


def once(tmp_path_factory, name, make):
    """Return the folder `name`, which `make(folder)` fills for the first worker that needs it; the others wait."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # each worker has a folder of its own below the one of the run
    folder, filled = base / "shared" / name, base / f"{name}.filled"
    with open(base / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not filled.exists():
            folder.mkdir(parents=True)
            make(folder)
            filled.touch()
    return folder
