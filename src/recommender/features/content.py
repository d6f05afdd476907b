"""Features of how well the candidate fits the latest items: genres, year, rating level and popularity."""

import numpy as np

from recommender.features.context import SIZES, Context
from recommender.log.histories import Floats


def content_features(context: Context) -> dict[str, Floats]:
    """Compare the candidate with the mean of the last item, the last five and the last ten.

    Args:
        context: n candidates.

    Returns:
        float32 (n,) for each size: `genre_match_{size}` (cosine of the candidate's genres with the mean genres), and
        the differences candidate - mean of `year_difference_{size}`, `rating_level_difference_{size}` (smoothed mean
        ratings) and `popularity_difference_{size}` (log of 1 + events).
    """
    item, request = context.candidates.item, context.candidates.request
    differences: dict[str, Floats] = {}
    for name, values in context.levels.items():
        means = np.stack([context.latest_levels[size][name] for size in SIZES])
        names = [f"{name}_difference_{size}" for size in SIZES]
        differences |= dict(zip(names, values[item] - means[:, request], strict=True))
    return _genre_matches(context) | differences


def _genre_matches(context: Context) -> dict[str, Floats]:
    item, request, genres = context.candidates.item, context.candidates.request, context.items.genres
    own, own_norm = genres[item], context.items.genre_norms[item]
    found = {}
    for size in SIZES:
        profile = np.nan_to_num(context.latest_mean(genres, size))
        norm = np.sqrt((profile**2).sum(axis=1))
        products = np.einsum("ij,ij->i", own, profile[request])
        found[f"genre_match_{size}"] = products / np.maximum(own_norm * norm[request], np.float32(1e-6))
    return found
