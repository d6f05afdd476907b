"""The request log of a recommend stage: a bounded, seeded sample of its requests, the same bytes every time."""

import hashlib

import numpy as np

from recommender.log.histories import Ints
from recommender.log.views import View
from recommender.ranking.scored import Scored
from recommender.request_log.description import Explained, explain, some
from recommender.request_log.lines import Line, encode, moment
from recommender.seeds import mix

Noted = tuple[int, int, bytes]
"""Time and user of a line, and the line."""


def draw(users: Ints, size: int, seed: int) -> Ints:
    """Draw users by a seeded hash, so that every policy logs the same ones.

    Args:
        users: user codes, int64 (n,).
        size: at most so many are drawn.
        seed: any seed.

    Returns:
        int64 (min(n, size),), in ascending order.
    """
    return np.sort(users[np.argsort(mix(users.astype(np.uint64), seed), kind="stable")[:size]])


class PipelineLog:
    """Watches `recommend_all` and keeps a line of each request of some users."""

    def __init__(self, model: str, revision: str, k: int, asked: Ints, users: Ints) -> None:
        """Prepare to watch.

        Args:
            model: the policy's name.
            revision: hash of what it answers from.
            k: items per request.
            asked: time of each user's request, int64 microseconds by user code (n_users,).
            users: codes of the users whose requests are kept.
        """
        self._model, self._revision, self._k, self._asked = model, revision, k, asked
        self._kept = np.zeros(len(asked), dtype=bool)
        self._kept[users] = True
        self._lines: list[Noted] = []

    def note(self, view: View, scored: Scored, top: Scored) -> list[Noted]:
        """Return the lines of one chunk; see `policies.Watch`."""
        view, scored, top = some(view, scored, top, self._kept[view.requests.user])
        asked = self._asked[view.requests.user]
        ids = view.histories.users[view.requests.user].tolist()
        found = explain(view, asked, scored, top, self._model)
        keys = zip(asked.tolist(), view.requests.user.tolist(), strict=True)
        lines = map(self._line, ids, asked.tolist(), found)
        return [(*key, line) for key, line in zip(keys, lines, strict=True)]

    def keep(self, notes: list[Noted]) -> None:
        """Keep the lines of one chunk."""
        self._lines += notes

    def _line(self, user: int | str, asked: int, found: Explained) -> bytes:
        name = f"{self._revision} {self._model} {user} {asked}"
        return encode(
            Line.model_construct(
                request_id=hashlib.blake2b(name.encode(), digest_size=16).hexdigest(),
                time=moment(asked),
                as_of=moment(asked),
                user=user,
                known=True,
                model=self._model,
                policy=self._model,
                revision=self._revision,
                k=self._k,
                features=found.features,
                ranking=found.ranking,
                candidates=found.candidates,
            )
        )

    def content(self) -> bytes:
        """Return the log: the lines in the order of their time and users."""
        return b"".join(line for *_, line in sorted(self._lines))
