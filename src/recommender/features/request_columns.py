"""Features of the further columns of the request, such as device and country: those of the event that follows it."""

from recommender.features.context import Context
from recommender.features.request_values import further_features
from recommender.log.histories import Floats


def request_column_features(context: Context) -> dict[str, Floats]:
    """Describe the request by what is said of it, and compare the item with it.

    Args:
        context: n candidates.

    Returns:
        See `further_features`; nothing if there are no such columns.
    """
    return further_features("request", context.view.requests.columns, context)
