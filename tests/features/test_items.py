import numpy as np

from recommender.features.items import item_features


def test_every_feature(context, is_close):
    found = item_features(context)
    assert is_close(found["item_popularity"], [[np.log(2), np.log(3), np.log(2), np.log(2)]] * 3)
    assert is_close(found["item_mean_rating"], [[4, 2.5, 5, 1]] * 3)
    assert is_close(found["item_year"], [[1990, 1996, 2002, np.nan]] * 3)
    assert is_close(found["item_genres"], [[1, 2, 1, 0]] * 3)
