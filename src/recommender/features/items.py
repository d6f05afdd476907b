"""Features of the candidate itself."""

from recommender.features.context import Context
from recommender.log.histories import Floats


def item_features(context: Context) -> dict[str, Floats]:
    """Describe the item of the candidate by its statistics and its row in the table of items.

    Args:
        context: n candidates.

    Returns:
        float32 (n,) each: `item_popularity` (log of 1 + events), `item_mean_rating` (smoothed), `item_year` of release
        (its age, up to a constant) and `item_genres` (how many).
    """
    item, known = context.candidates.item, context.knowledge.items
    return {
        "item_popularity": known.log_counts[item],
        "item_mean_rating": known.mean_rating[item],
        "item_year": context.items.year[item],
        "item_genres": context.items.n_genres[item],
    }
