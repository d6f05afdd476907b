"""The sources of candidates, found in the modules of this folder.

To add one, add a module with a subclass of `Source` and a key of the same name in the section `candidates`.
"""

import importlib
import pkgutil

from recommender.retrieval.source import Source

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

SOURCES: dict[str, type[Source]] = {source.name: source for source in Source.known}
"""Every source by its name."""
