"""Users drawn at random, for tests."""

import numpy as np

from recommender_lab.ab_test.design import Design
from recommender_lab.ab_test.population import Population


def design(**changes):
    shares = changes.pop("shares", {"old": 0.5, "new": 0.5})
    plain = {"control": "old", "clicks": "hit@5", "gain": "ndcg@5", "salt": "s", "alpha": 0.05, "power": 0.8}
    return Design(shares, **plain | changes)


def population(users=400, rates=(0.2, 0.3), strata=1, seed=0):
    """Clicks are likelier where the covariate is high; the graded metric is a click times something random."""
    random = np.random.default_rng(seed)
    covariate = random.random(users)
    chances = np.asarray(rates) * (0.5 + covariate[:, None])
    clicks = (random.random((users, len(rates))) < chances).astype(float)
    outcomes = {"hit@5": clicks, "ndcg@5": clicks * random.random((users, 1))}
    keys = random.integers(0, 2**63, users).astype(np.uint64)
    return Population(keys, np.arange(users) * strata // users, covariate, outcomes)
