"""The bundle that answers, and the watch for a newer one, which takes its place in one step or is refused."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from recommender.bundle.live import Bundle
from recommender.bundle.manifest import MANIFEST
from recommender.errors import RecommenderError, one_line
from recommender.serving.browsing import Shelves
from recommender.serving.journal import Journal
from recommender.serving.stores import Store

Signature = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Release:
    """A loaded bundle with what belongs to it; an answer takes everything from one release.

    Attributes:
        bundle: loaded and checked as a whole.
        journal: the events that this bundle does not hold.
    """

    bundle: Bundle
    journal: Journal

    @property
    def revision(self) -> str:
        """Name of the bundle."""
        return self.bundle.manifest.revision

    @cached_property
    def shelves(self) -> Shelves:
        """The lists that are the same for every user."""
        return Shelves(self.bundle)


class Swap:
    """Holds the release that answers. A thread looks for a new bundle and loads it beside the old one."""

    def __init__(
        self,
        folder: Callable[[], Path],
        store: Store,
        warm: Callable[[Release], None],
        report: Callable[[str, str], None],
        seconds: float = 1.0,
    ) -> None:
        """Load the bundle that is there.

        Args:
            folder: returns where the bundle is now.
            store: what it does not know.
            warm: is called with each new release before it answers; an error of it refuses the release.
            report: is called with `swapped` or `refused` and a message.
            seconds: between two looks.

        Raises:
            DataError: no bundle is there, or it is damaged.
            StoreError: the events cannot be read.
        """
        self._folder, self._store, self._warm, self._report, self._seconds = folder, store, warm, report, seconds
        self._tried = self._signature()
        self.current = self._load()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="swap", daemon=True)

    def watch(self) -> None:
        """Start to look for a new bundle."""
        self._thread.start()

    def close(self) -> None:
        """Look no more; the current release stays."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def look(self) -> None:
        """Put a new bundle in the place of the current one, if a whole one is there."""
        found = self._signature()
        if found == self._tried or not any(name == MANIFEST for name, *_ in found):
            return  # nothing new, or a run of the pipeline is about to write another one
        self._tried = found
        try:
            release = self._load()
            if release.revision != self.current.revision:
                self._warm(release)
                old, self.current = self.current, release
                self._report("swapped", f"revision {release.revision} answers in the place of {old.revision}")
        except Exception as error:  # whatever is wrong with it, the old one goes on and the watch too
            text = str(error) if isinstance(error, RecommenderError) else f"{type(error).__name__}: {one_line(error)}"
            self._report("refused", f"{text}; revision {self.current.revision} still answers")

    def _load(self) -> Release:
        bundle = Bundle(self._folder())
        bundle.load()
        return Release(bundle, Journal(self._store, bundle))

    def _watch(self) -> None:
        while not self._stop.wait(self._seconds):
            self.look()

    def _signature(self) -> Signature:
        """Return names, sizes and times of the files, so that a part that lands late is noticed too."""
        try:
            found = [(path.name, path.stat()) for path in sorted(self._folder().iterdir())]
        except OSError:  # removed, now or while they are listed
            return ()
        return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in found)
