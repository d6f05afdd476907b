"""Pieces of histories from which the network learns: at every event of a piece it guesses the next one."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.log.histories import MICROSECONDS, Histories, Ints
from recommender.log.views import RECENT
from recommender.retrieval.lstm import UNKNOWN, pause_kinds

POSITIONS = 1_000
"""Guesses per batch, at most if no piece is longer."""
NEGATIVES = 256
"""Items that each guess of a batch is compared with, the same for all of them."""


@dataclass(frozen=True)
class Batch:
    """Some pieces, each in a row; rows that are shorter than the longest are filled up with item 0.

    Attributes:
        item: what was read, int64 (n_pieces, length).
        pause: kinds of pauses, int64 (n_pieces, length).
        known: which of these are events, boolean (n_pieces, length).
        target: the item after each event, in the order of `known`, int64 (n_guesses,).
        negatives: items to compare with, int64 (n_negatives,).
        excluded: those that are no wrong answer: the target, and what the user had before, (n_guesses, n_negatives).
    """

    item: Ints
    pause: Ints
    known: NDArray[np.bool_]
    target: Ints
    negatives: Ints
    excluded: NDArray[np.bool_]


@dataclass(frozen=True)
class Pieces:
    """Makes the batches of each epoch.

    Attributes:
        histories: the events to learn from.
        request_time: see `Lstm.request_time`.
        shuffled: whether the order of a user's events at the same time is arbitrary: each epoch has another one.
        chance: for these orders, where histories are cut, the order of the batches, and the negatives.
    """

    histories: Histories
    request_time: bool
    shuffled: bool
    chance: np.random.Generator

    def batches(self) -> list[Ints]:
        """Cut all histories into pieces and group those of similar length.

        Returns:
            The first event, the number of guesses and the number of earlier events of each piece, (3, n_pieces).
        """
        guesses = np.maximum(self.histories.lengths - 1, 0)
        shift = np.where(guesses > RECENT, self.chance.integers(0, RECENT, len(guesses)), 0)
        count = -(-(guesses + shift) // RECENT)
        user = np.repeat(np.arange(len(guesses)), count)
        number = np.arange(len(user)) - np.repeat(np.cumsum(count) - count, count)
        start = number * RECENT - shift[user]
        stop, start = np.minimum(start + RECENT, guesses[user]), np.maximum(start, 0)
        pieces = np.stack((self.histories.indptr[user] + start, stop - start, start))
        pieces = pieces[:, np.lexsort((self.chance.random(len(user)), start - stop))]
        found, at = [], 0
        while at < len(user):
            size = max(1, POSITIONS // int(pieces[1, at]))
            found.append(pieces[:, at : at + size])
            at += size
        return [found[at] for at in self.chance.permutation(len(found))]

    def epoch(self) -> Iterator[tuple[float, Batch]]:
        """Yield every batch of one epoch, with the share of the epoch that is over."""
        pieces = replace(self, histories=self._reordered()) if self.shuffled else self
        groups = pieces.batches()
        for at, group in enumerate(groups):
            yield at / len(groups), pieces._batch(*group)

    def _reordered(self) -> Histories:
        """Give events of one user at the same time another order; only items move, as nothing else is read of them."""
        order = np.lexsort((self.chance.random(len(self.histories.item)), self.histories.time, self.histories.user))
        return replace(self.histories, item=self.histories.item[order])

    def _batch(self, first: Ints, length: Ints, earlier: Ints) -> Batch:
        steps = np.arange(length.max())
        known = steps < length[:, None]
        event = np.where(known, first[:, None] + steps, 0)
        target = self.histories.item[event[known] + 1].astype(np.int64)
        negatives = np.sort(self.chance.choice(self.histories.n_items, self.n_negatives, replace=False))
        met = self._first_met(first - earlier, earlier + length, negatives)
        row, step = np.nonzero(known)
        excluded = (met[row] <= (earlier[row] + step)[:, None]) | (negatives == target[:, None])
        return Batch(
            np.where(known, self.histories.item[event], 0).astype(np.int64),
            self._kinds[event],
            known,
            target,
            negatives,
            excluded,
        )

    @property
    def n_negatives(self) -> int:
        """Items drawn for a batch."""
        return min(NEGATIVES, self.histories.n_items)

    @cached_property
    def _kinds(self) -> Ints:
        """The kind of pause that comes with each event; see `Lstm.request_time`."""
        seconds, user = np.diff(self.histories.time) // MICROSECONDS, self.histories.user
        between = np.where(user[1:] == user[:-1], pause_kinds(seconds), UNKNOWN)
        return np.append(between, UNKNOWN) if self.request_time else np.insert(between, 0, UNKNOWN)

    def _first_met(self, start: Ints, length: Ints, items: Ints) -> Ints:
        """Return after how many events each user met each of some items, (n_users, n_items); a huge number for never.

        Args:
            start: the first event of each user.
            length: how many events to look at.
            items: item codes, ascending.
        """
        met = np.full((len(start), len(items)), np.iinfo(np.int64).max)
        if self.histories.repeats:
            return met
        row = np.repeat(np.arange(len(start)), length)
        place = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
        item = self.histories.item[start[row] + place]
        column = np.minimum(np.searchsorted(items, item), len(items) - 1)
        found = items[column] == item
        met[row[found], column[found]] = place[found]  # each item once: a user meets no item again
        return met
