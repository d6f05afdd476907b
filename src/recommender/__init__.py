"""A two-stage recommender: candidates from several sources, ranked by gradient-boosted trees.

`from recommender import recommend` loads `recommender.bundle` on first use, so that a stage of the pipeline imports
the rooms that it needs and nothing else.
"""

import importlib
from typing import Any

__all__ = ["recommend"]


def __getattr__(name: str) -> Any:
    """Load `recommend` at its first use (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module 'recommender' has no attribute {name!r}")
    return getattr(importlib.import_module("recommender.bundle.recommending"), name)
