"""What a source of candidates is: one class that is fitted to events, scores items and explains its scores."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self, TypeVar

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from recommender.engine.local import ONE_THREAD, Engine
from recommender.log.histories import Floats, Histories, Ints
from recommender.log.views import View
from recommender.retrieval.factors import ItemFactors
from recommender.retrieval.settings import Neural, Sequence
from recommender.retrieval.storage import Arrays, pack, unpack
from recommender.retrieval.top import Scores, top_items

T = TypeVar("T")


@dataclass(frozen=True)
class Training:
    """The events that sources are fitted to, and what several sources derive from them.

    Attributes:
        histories: the events.
        sequence: settings of what is fitted to the order of events.
        symmetric: whether pairs of events in the same second count both ways, as their order is arbitrary.
        seed: the root seed.
        factors: the factorisation of the events; None where only the order of events is fitted.
        neural: settings of the network; None where the source `neural` is off.
        engine: where blocks of items are worked on.
    """

    histories: Histories
    sequence: Sequence
    symmetric: bool
    seed: int
    factors: ItemFactors | None = None
    neural: Neural | None = None
    engine: Engine = ONE_THREAD
    _derived: dict[Callable[["Training"], Any], Any] = field(default_factory=dict, repr=False)

    def once(self, derive: Callable[["Training"], T]) -> T:
        """Return `derive(self)`, computed at the first call and shared by all sources that need it."""
        if derive not in self._derived:
            self._derived[derive] = derive(self)
        found: T = self._derived[derive]
        return found


@dataclass(frozen=True)
class Parts:
    """What each event of one request's history adds to the scores of some items.

    Attributes:
        event: int64 item codes of the events, newest first, (n_events,).
        part: float64 (n_events, n_items); the column of an item sums to its score.
    """

    event: Ints
    part: NDArray[np.float64]

    def strongest(self, column: int) -> tuple[int, int] | None:
        """Return the age (0 for the latest) and the item of the event that adds most; None if no event adds anything.

        Args:
            column: of the item.
        """
        if not len(self.event) or self.part[:, column].max() <= 0:
            return None
        age = int(self.part[:, column].argmax())
        return age, int(self.event[age])


class Source:
    """One way to find candidates. A subclass is a frozen dataclass whose fields are arrays, sparse tables and numbers.

    Attributes:
        name: its key in the section `candidates`; a class without one is not found among `SOURCES`.
        words: a reason for a high and against a low score; `{event}` is the event that adds most, `{value}` the score.
        needs_request_time: whether it is only useful where the time of the request is known.
        from_factors: whether it is made of the factorisation alone, which the stage train_svd fits and stores.
        in_blocks: whether `fit` lets the engine work on blocks of items; else an engine may fit the whole source.
    """

    name: ClassVar[str]
    words: ClassVar[tuple[str, str]]
    needs_request_time: ClassVar[bool] = False
    from_factors: ClassVar[bool] = False
    in_blocks: ClassVar[bool] = False
    known: ClassVar[list[type["Source"]]] = []

    def __init_subclass__(cls) -> None:
        if "name" in vars(cls):
            cls.known.append(cls)

    @classmethod
    def fit(cls, training: Training) -> Self:
        """Fit the source to events."""
        raise NotImplementedError

    def score(self, view: View) -> Scores:
        """Return float32 (n_requests, n_items), higher is better."""
        raise NotImplementedError

    def propose(self, view: View, blocked: NDArray[np.bool_], size: int) -> Ints:
        """Return the best items of each request; of equal scores the ones with lower codes.

        Args:
            view: n requests.
            blocked: items that may not be proposed, boolean (n, n_items).
            size: items per request.

        Returns:
            int64 item codes (n, size), ascending, -1 behind them where there are fewer.
        """
        return top_items(view.once(self.score), blocked, size)

    def score_of(self, view: View, request: Ints, item: Ints) -> Floats:
        """Return the scores of some items.

        Args:
            view: n requests.
            request: row of the request of each item, ascending, (k,).
            item: item codes, different ones within a request, (k,).

        Returns:
            float32 (k,).
        """
        found: Floats = view.once(self.score)[request, item]
        return found

    def parts(self, view: View, item: Ints) -> Parts | None:
        """Split the scores of some items into what each event adds.

        Args:
            view: one request.
            item: item codes, (n,).

        Returns:
            The parts; None for a source whose score is not a sum over the events of the history.
        """
        return None

    def arrays(self) -> Arrays:
        """Return the fields as named arrays, to be stored."""
        return pack(self)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], factors: ItemFactors) -> Self:
        """Return the source that `arrays` came from.

        Args:
            arrays: what `arrays` returned.
            factors: the factorisation of the same events, which is stored on its own.
        """
        return unpack(cls, arrays)


def table_parts(table: sp.csr_array, event: Ints, rows: Ints, weights: NDArray[Any], item: Ints) -> Parts:
    """Return the parts of a weighted sum of rows of a table.

    Args:
        table: (n_rows, n_items).
        event: item codes of the events, newest first, (n_events,).
        rows: the row of the table for each event, (n_events,).
        weights: the weight of each event, (n_events,).
        item: item codes, (n,).
    """
    return Parts(event, np.asarray(weights, dtype=np.float64)[:, None] * table[rows].toarray()[:, item])
