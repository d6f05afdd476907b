"""Stores fitted objects as named arrays: dataclasses of arrays, sparse tables, numbers, tuples and dataclasses."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]
T = TypeVar("T")


def pack(value: Any) -> Arrays:
    """Return the fields of a dataclass as arrays; those of a nested value are named `field/name`."""
    found: Arrays = {}
    for field in fields(value):
        found |= {f"{field.name}{name}": array for name, array in _pack(getattr(value, field.name)).items()}
    return found


def _pack(value: Any) -> Arrays:
    if is_dataclass(value):
        return {f"/{name}": array for name, array in pack(value).items()}
    if isinstance(value, tuple):
        return {f"/{at}{name}": array for at, inner in enumerate(value) for name, array in _pack(inner).items()}
    if isinstance(value, sp.csr_array):
        return {
            "/data": value.data,
            "/indices": value.indices.astype(np.int32),
            "/indptr": value.indptr.astype(np.int64),
            "/shape": np.array(value.shape),
        }
    return {"": np.asarray(value)}


def unpack(kind: type[T], arrays: Mapping[str, NDArray[Any]]) -> T:
    """Return the dataclass whose fields `pack` returned."""
    hints = get_type_hints(kind)
    values = {field.name: _unpack(hints[field.name], below(arrays, field.name)) for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**values)


def _unpack(kind: Any, arrays: Mapping[str, NDArray[Any]]) -> Any:
    if is_dataclass(kind):
        return unpack(kind, arrays)  # type: ignore[arg-type]
    if get_origin(kind) is tuple:
        count = len({name.partition("/")[0] for name in arrays})
        return tuple(_unpack(get_args(kind)[0], below(arrays, str(at))) for at in range(count))
    if kind is sp.csr_array:
        shape = tuple(arrays["shape"].tolist())
        # Indices of 32 bits, as in every product: scipy makes both sides alike, and a large table would be copied.
        small = np.int32 if len(arrays["data"]) < 1 << 31 else np.int64
        return sp.csr_array((arrays["data"], arrays["indices"], arrays["indptr"].astype(small)), shape=shape)
    return kind(arrays[""].item()) if kind in (int, float, bool) else arrays[""]


def below(arrays: Mapping[str, NDArray[Any]], name: str) -> Arrays:
    """Return the arrays named `name` or `name/...`, by the rest of their names."""
    return {
        key.removeprefix(name).removeprefix("/"): array
        for key, array in arrays.items()
        if key == name or key.startswith(f"{name}/")
    }
