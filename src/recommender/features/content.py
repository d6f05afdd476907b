"""Features of how well the candidate fits the latest items: genres, year, rating level and popularity."""

import numpy as np

from recommender.features.context import Context
from recommender.log.histories import Floats

SIZES = (1, 5, 10)


def content_features(context: Context) -> dict[str, Floats]:
    """Compare the candidate with the mean of the last item, the last five and the last ten.

    Args:
        context: n candidates.

    Returns:
        float32 (n,) for each size: `genre_match_{size}` (cosine of the candidate's genres with the mean genres), and
        the differences candidate - mean of `year_difference_{size}`, `rating_level_difference_{size}` (smoothed mean
        ratings) and `popularity_difference_{size}` (log of 1 + events).
    """
    known = context.knowledge.items
    levels = {
        "year": context.items.year,
        "rating_level": known.mean_rating,
        "popularity": known.log_counts,
    }
    match = {f"genre_match_{size}": _genre_match(context, size) for size in SIZES}
    differences = {
        f"{name}_difference_{size}": _difference(context, values, size)
        for name, values in levels.items()
        for size in SIZES
    }
    return match | differences


def _difference(context: Context, values: Floats, size: int) -> Floats:
    return values[context.candidates.item] - context.per_candidate(context.latest_mean(values, size))


def _genre_match(context: Context, size: int) -> Floats:
    genres = context.items.genres
    profile = np.nan_to_num(context.latest_mean(genres, size))
    norms = context.items.genre_norms, np.sqrt((profile**2).sum(axis=1))
    item, request = context.candidates.item, context.candidates.request
    products = np.einsum("ij,ij->i", genres[item], profile[request])
    return products / np.maximum(norms[0][item] * norms[1][request], np.float32(1e-6))
