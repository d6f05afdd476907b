"""A small recurrent network that guesses a user's next event: the arithmetic of its answers.

An LSTM (Hochreiter and Schmidhuber, 1997), as torch computes its gradients faster than those of a GRU.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.log.histories import Floats, Ints
from recommender.log.views import View

PAUSE_EDGES = (0, 1, 2, 5, 10, 20, 60, 300, 1_800, 7_200, 86_400, 7 * 86_400, 30 * 86_400)
"""Seconds: pauses up to each of them are one kind, and longer ones than the last another."""
UNKNOWN = len(PAUSE_EDGES) + 1
N_PAUSES = UNKNOWN + 1


def pause_kinds(seconds: Ints) -> Ints:
    """Sort whole seconds between two events into kinds, 0 to UNKNOWN - 1."""
    return np.searchsorted(PAUSE_EDGES, seconds)


def _sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return 0.5 * (1 + np.tanh(0.5 * values))


@dataclass(frozen=True)
class Lstm:
    """The weights, in the layout of torch; the gates are input, forget, new and output.

    Attributes:
        item: an embedding per item, also used to score it, float32 (n_items, d).
        pause: an embedding per kind of pause, float32 (N_PAUSES, d).
        bias: of the score of each item, float32 (n_items,).
        from_input: weights of the gates on the input, float32 (4 d, d).
        from_state: weights of the gates on the state, float32 (4 d, d).
        gate_bias: of the gates, float32 (4 d,).
        out: from the state and the latest input to the space of the items, float32 (d, 2 d).
        out_bias: float32 (d,).
        request_time: whether each event comes with the pause after it, which ends at the request for the latest one;
            else with the pause before it.
    """

    item: Floats
    pause: Floats
    bias: Floats
    from_input: Floats
    from_state: Floats
    gate_bias: Floats
    out: Floats
    out_bias: Floats
    request_time: bool

    @cached_property
    def _item_gates(self) -> NDArray[np.float64]:
        return self.item.astype(np.float64) @ self.from_input.T + self.gate_bias

    @cached_property
    def _pause_gates(self) -> NDArray[np.float64]:
        return self.pause.astype(np.float64) @ self.from_input.T

    @cached_property
    def _wide(self) -> tuple[NDArray[np.float64], ...]:
        return tuple(part.T.astype(np.float64) for part in (self.from_state, self.out, self.item))

    def log_probabilities(self, view: View) -> NDArray[np.float64]:
        """Return the log probability of each item to be next, float64 (n_requests, n_items).

        In double precision: the order of sums, which depends on who asks together with whom, decides no rounded digit.
        The probabilities of the items that a user may be recommended add up to 1.
        """
        scores = (self._read(view) @ self._wide[1] + self.out_bias) @ self._wide[2] + self.bias
        largest = scores.max(axis=1, keepdims=True, initial=0)
        total = np.where(view.seen, 0, np.exp(scores - largest)).sum(axis=1, keepdims=True)
        return scores - largest - np.log(np.maximum(total, np.finfo(np.float64).tiny))

    def _read(self, view: View) -> NDArray[np.float64]:
        """Read the latest events of each request, oldest first.

        Returns:
            The state after them and the latest input, float64 (n_requests, 2 d); zeros without events.
        """
        recent, d = view.recent, self.item.shape[1]
        kinds = self._kinds(recent.seconds, recent.item >= 0)
        state, memory, latest = np.zeros((3, len(recent.item), d))
        for age in reversed(range(int((recent.item >= 0).sum(axis=1).max(initial=0)))):
            rows = np.flatnonzero(recent.item[:, age] >= 0)
            given = self._item_gates[recent.item[rows, age]] + self._pause_gates[kinds[rows, age]]
            take, keep, new, show = np.split(given + state[rows] @ self._wide[0], 4, axis=1)
            memory[rows] = _sigmoid(keep) * memory[rows] + _sigmoid(take) * np.tanh(new)
            state[rows] = _sigmoid(show) * np.tanh(memory[rows])
        known = np.flatnonzero(recent.item[:, 0] >= 0)
        latest[known] = self.item[recent.item[known, 0]].astype(np.float64) + self.pause[kinds[known, 0]]
        return np.concatenate((state, latest), axis=1)

    def _kinds(self, seconds: Ints, known: NDArray[np.bool_]) -> Ints:
        """Return the kind of pause that comes with each of the latest events, newest first."""
        newest = np.zeros((len(seconds), 1), dtype=np.int64)
        if self.request_time:
            return pause_kinds(np.diff(seconds, axis=1, prepend=newest))
        has_one_before = np.concatenate((known[:, 1:], newest > 0), axis=1)
        return np.where(has_one_before, pause_kinds(np.diff(seconds, axis=1, append=newest)), UNKNOWN)
