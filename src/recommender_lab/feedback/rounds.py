"""Finished rounds kept in a folder, so that a killed run goes on where it stopped."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.files import read_arrays, write_arrays

Arrays = dict[str, NDArray[Any]]


class Rounds:
    """Results of rounds as npz files; those of other inputs, parameters or code are never read.

    Every file is written as a whole, so a round that is there is finished.
    """

    def __init__(self, folder: Path, fingerprint: Iterable[tuple[str, str]]) -> None:
        """Open the folder of one fingerprint.

        Args:
            folder: of all fingerprints.
            fingerprint: names and digests of everything that the results depend on.
        """
        digest = hashlib.blake2b(repr(sorted(fingerprint)).encode(), digest_size=16).hexdigest()
        self._all, self._own = folder, folder / digest

    def get(self, name: str, make: Callable[[], Arrays]) -> Arrays:
        """Return the arrays of a round: those that are kept, else newly made ones, which are kept then.

        Args:
            name: of the round; any text that is a file name.
            make: does the work.
        """
        path = self._own / f"{name}.npz"
        if path.exists():
            return read_arrays(path)
        made = make()
        write_arrays(path, made)
        return made

    def forget(self) -> None:
        """Remove the folder: the results that were made from the rounds are safe elsewhere."""
        for path in sorted(self._all.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        if self._all.exists():
            self._all.rmdir()


def text_array(text: str) -> NDArray[np.uint8]:
    """Store a text in an array; see `array_text`."""
    return np.frombuffer(text.encode(), dtype=np.uint8)


def array_text(array: NDArray[Any]) -> str:
    """Read the text that `text_array` stored."""
    return array.astype(np.uint8).tobytes().decode()
