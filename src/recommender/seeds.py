"""One root seed; every use derives its own from it and a name."""

import hashlib
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_MULTIPLIERS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def seed_for(root: int, *names: str | int) -> int:
    """Derive a seed for one use: other names give another stream, the same names the same one.

    Args:
        root: the project's seed.
        names: what the seed is for, such as `("negatives", "train")`.

    Returns:
        An integer in [0, 2**31), the range that every library here accepts.
    """
    digest = hashlib.sha256("\x1f".join([str(root), *map(str, names)]).encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def generator(root: int, *names: str | int) -> np.random.Generator:
    """Return a PCG64 generator seeded for one use; see `seed_for`."""
    return np.random.default_rng(seed_for(root, *names))


def mix(values: NDArray[np.uint64], seed: int) -> NDArray[np.uint64]:
    """Hash each value with a seed: the same value and seed give the same hash on every machine.

    The finaliser of SplitMix64 (Steele, Lea and Flood, 2014), a bijection on 64 bits.

    Args:
        values: uint64 array of any shape.
        seed: any non-negative integer below 2**64.

    Returns:
        uint64 array of the same shape.
    """
    start = int.from_bytes(hashlib.sha256(str(seed).encode()).digest()[:8], "big")
    mixed = values ^ np.uint64(start)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _MULTIPLIERS[0]
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _MULTIPLIERS[1]
    return mixed ^ (mixed >> np.uint64(31))


def uniform(hashes: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Map hashes to [0, 1): their upper 53 bits, as many as a float64 holds."""
    return (hashes >> np.uint64(11)).astype(np.float64) * 2.0**-53


def hash_ids(ids: NDArray[Any]) -> NDArray[np.uint64]:
    """Hash ids, integers or text, to 64 bits: the same on every machine and in every process."""
    return pd.util.hash_array(ids)
