import numpy as np
from numba.core import caching

from recommender.retrieval.loops import compiled


def doubled(values):
    for at in range(len(values)):
        values[at] *= 2


def test_without_a_folder_for_compiled_code_it_is_compiled_all_the_same(monkeypatch):
    """As where a container has read-only files and its user no home."""
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    values = np.arange(3.0)
    compiled(doubled)(values)
    assert values.tolist() == [0, 2, 4]
