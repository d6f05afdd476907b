import pandas as pd
import pytest

from recommender.errors import DataError
from recommender_lab.revisions.pairing import other_events, pair
from tests.recommender_lab.revisions.frames import frame


def test_shared_users_are_paired_in_one_order():
    old = frame({"hit@5": [1, 2, 3]}, users=[3, 1, 2])
    new = frame({"hit@5": [30, 20, 40]}, users=[1, 2, 4])
    found = pair(old, new)
    assert found.users.tolist() == [1, 2]
    assert found.old["svd"]["hit@5"].tolist() == [2, 3]
    assert found.new["svd"]["hit@5"].tolist() == [30, 20]


def test_shared_policies_and_metrics_are_kept():
    old = pd.concat([frame({"hit@5": [1, 2], "hit@10": [3, 4]}, policy=policy) for policy in ("svd", "random")])
    new = pd.concat([frame({"hit@20": [1, 2], "hit@10": [5, 6]}, policy=policy) for policy in ("svd", "other")])
    found = pair(old, new)
    assert list(found.old) == list(found.new) == ["svd"]
    assert list(found.old["svd"].columns) == ["hit@10"]


def test_a_user_must_be_under_every_shared_policy():
    old = pd.concat([frame({"m@1": [1, 2]}), frame({"m@1": [1, 2]}, policy="random")])
    new = pd.concat([frame({"m@1": [1, 2]}), frame({"m@1": [1]}, policy="random")])
    assert pair(old, new).users.tolist() == [0]


@pytest.mark.parametrize(
    ("new", "message"),
    [
        (frame({"m@1": [1.0]}, users=[9]), "test users: the two revisions share none"),
        (frame({"m@1": [1.0]}, users=["0"]), "test users: the two revisions share none"),
        (frame({"n@1": [1.0]}), r"metrics: the two revisions share none \(m@1 and n@1\)"),
        (frame({"m@1": [1.0]}, policy="other"), r"policies: the two revisions share none \(svd and other\)"),
    ],
    ids=["users", "text ids", "metrics", "policies"],
)
def test_nothing_in_common_is_an_error(new, message):
    with pytest.raises(DataError, match=message):
        pair(frame({"m@1": [1.0]}), new)


def test_users_with_another_held_out_event_are_counted_once():
    old = pd.DataFrame({"user_id": [1, 1, 2, 3], "item_id": [5, 6, 7, 8]})
    new = pd.DataFrame({"user_id": [1, 1, 2, 3], "item_id": [6, 5, 9, 1]})
    assert other_events(old, new, pd.Index([1, 2])) == 1
    assert other_events(old, new, pd.Index([1, 2, 3])) == 2
    assert other_events(old, old, pd.Index([1, 2, 3])) == 0
