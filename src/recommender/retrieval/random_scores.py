"""Random scores that depend only on the seed, the user and the item: the floor that every policy must beat."""

from dataclasses import dataclass

import numpy as np

from recommender.log.views import View
from recommender.retrieval.source import Source
from recommender.retrieval.top import Scores
from recommender.seeds import hash_ids, mix


@dataclass(frozen=True)
class RandomScores(Source):
    """Scores every pair of user and item by a seeded hash.

    Attributes:
        seed: of the hash.
    """

    words = ("drawn at random", "drawn at random")

    seed: int

    def score(self, view: View) -> Scores:
        """Return hashes in [0, 1), float32 (n_requests, n_items); the other requests of the view do not matter."""
        user = mix(hash_ids(view.histories.users[view.requests.user]), self.seed)
        item = hash_ids(view.histories.items)
        hashes = mix(user[:, None] + item[None, :], self.seed + 1)
        return (hashes >> np.uint64(40)).astype(np.float32) / np.float32(2**24)
