"""The lists with which answers under load are compared; the load itself is for `python -m benchmarks.resilience`."""

import numpy as np

from benchmarks import resilience
from recommender import recommend
from recommender.bundle.releases import RELEASES, revisions, served
from recommender.columns import POLICIES


def test_lists_are_those_of_recommend(project):
    found = resilience.lists_of(served(project))
    assert set(found) == {(user, policy) for user in range(30) for policy in POLICIES}
    for policy in POLICIES:
        frame = recommend(21, policy, resilience.K, project)
        assert found[21, policy] == list(zip(frame["item_id"], np.round(frame["score"], 6), strict=True))


def test_the_second_revision_never_has_the_most_popular_items(project, tmp_path, monkeypatch):
    monkeypatch.setattr(resilience, "EXCLUDED", 3)
    first, second = resilience.two_releases(project, tmp_path).values()
    assert len(revisions(tmp_path / RELEASES)) == 2
    shown = [{item for rows in lists.values() for item, _ in rows} for lists in (first, second)]
    assert {0, 1, 2} <= shown[0]
    assert shown[1] == shown[0] - {0, 1, 2}
