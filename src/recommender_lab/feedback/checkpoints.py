"""Finished rounds of a simulation, kept in a folder, so that an interrupted run continues where it stopped."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from recommender.files import npz_of, read_arrays
from recommender.outputs import remove, write_now

Arrays = dict[str, NDArray[Any]]


class Checkpoints:
    """Results of rounds as npz files; results of other inputs, parameters or code are never read.

    Every file is written as a whole, so a file that exists is complete.
    """

    def __init__(self, folder: Path, fingerprint: Iterable[tuple[str, str]]) -> None:
        """Open the folder of one fingerprint.

        Args:
            folder: of all fingerprints.
            fingerprint: names and digests of everything that the results depend on.
        """
        digest = hashlib.blake2b(repr(sorted(fingerprint)).encode(), digest_size=16).hexdigest()
        self._all, self._own = folder, folder / digest

    def get(self, name: str, compute: Callable[[], Arrays]) -> Arrays:
        """Return the arrays of a round: from its file, or else computed and written.

        Args:
            name: of the round, used as the file name.
            compute: returns the arrays of the round.
        """
        path = self._own / f"{name}.npz"
        if path.exists():
            return read_arrays(path)
        arrays = compute()
        write_now(path, npz_of(arrays))
        return arrays

    def remove(self) -> None:
        """Remove the folder with all fingerprints, once the results of the run are in their places."""
        remove(self._all)
