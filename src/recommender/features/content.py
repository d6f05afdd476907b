"""Features of how well the candidate fits the last ten items: genres, year, rating level and popularity."""

import numpy as np

from recommender.features.context import Context
from recommender.histories import Floats

SIZE = 10


def content_features(context: Context) -> dict[str, Floats]:
    """Compare the candidate with the mean of the last ten items.

    Args:
        context: n candidates.

    Returns:
        float32 (n,) each: `genre_match` (cosine of the candidate's genres with the mean genres), and the differences
        candidate - mean of `year_difference`, `rating_level_difference` (smoothed mean ratings) and
        `popularity_difference` (log of 1 + events).
    """
    known = context.knowledge
    return {
        "genre_match": _genre_match(context),
        "year_difference": _difference(context, context.items.year),
        "rating_level_difference": _difference(context, known.mean_rating),
        "popularity_difference": _difference(context, np.log1p(known.counts).astype(np.float32)),
    }


def _difference(context: Context, values: Floats) -> Floats:
    return values[context.candidates.item] - context.per_candidate(context.latest_mean(values, SIZE))


def _genre_match(context: Context) -> Floats:
    genres = context.items.genres
    profile = np.nan_to_num(context.latest_mean(genres, SIZE))
    norms = np.sqrt((genres**2).sum(axis=1)), np.sqrt((profile**2).sum(axis=1))
    item, request = context.candidates.item, context.candidates.request
    products = np.zeros(len(item), dtype=np.float32)
    for column in range(genres.shape[1]):
        products += genres[item, column] * profile[request, column]
    match: Floats = products / np.maximum(norms[0][item] * norms[1][request], np.float32(1e-6))
    return match
