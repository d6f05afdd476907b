import numpy as np
import pandas as pd
import pytest

from recommender.errors import DataError
from recommender_lab.ab_test.population import gather
from tests.recommender_lab.ab_test.worlds import design

# Users 1, 2, 3 have 3, 1, 2 events.
HISTORY = pd.DataFrame({"user_id": [1, 1, 1, 2, 3, 3], "item_id": [1, 2, 3, 1, 1, 2]})


def per_user(policies=("new", "old", "unused"), users=(1, 2, 3)):
    rows = [(user, policy, at + 10 * user, -user) for at, policy in enumerate(policies) for user in users]
    return pd.DataFrame(rows, columns=["user_id", "policy", "hit@5", "ndcg@5"]).astype(
        {"hit@5": float, "ndcg@5": float}
    )


def test_outcomes_stand_by_policy_in_the_order_of_the_arms():
    found = gather(per_user(), HISTORY, design(), 1, "history_length")
    assert found.outcomes["hit@5"].tolist() == [[11, 10], [21, 20], [31, 30]]
    assert found.outcomes["ndcg@5"][:, 0].tolist() == [-1, -2, -3]
    assert found.strata.tolist() == [0, 0, 0]


def test_users_stand_in_the_order_of_their_strata():
    found = gather(per_user(), HISTORY, design(), 3, "history_length")
    assert found.strata.tolist() == [0, 1, 2]
    assert found.outcomes["hit@5"][:, 0].tolist() == [21, 31, 11]
    assert (np.diff(found.covariate) > 0).all()
    alone = gather(per_user(), HISTORY, design(), 1, "history_length")
    assert (found.keys == alone.keys[[1, 2, 0]]).all()


def test_text_ids_have_keys_of_their_own():
    texts = {1: "a", 2: "b", 3: "é"}
    frames = [frame.assign(user_id=frame["user_id"].map(texts)) for frame in (per_user(), HISTORY)]
    found = gather(*frames, design(), 1, "history_length")
    assert found.keys.dtype == np.uint64
    assert len(set(found.keys.tolist())) == 3


def test_a_policy_without_rows_is_named():
    with pytest.raises(DataError, match="no row of policy new; run `dvc repro evaluate`"):
        gather(per_user(("old",)), HISTORY, design(), 1, "history_length")


def test_policies_with_other_users_are_named():
    frame = pd.concat([per_user(("old",)), per_user(("new",), (1, 2, 4))])
    with pytest.raises(DataError, match="old and new have other users"):
        gather(frame, HISTORY, design(), 1, "history_length")
