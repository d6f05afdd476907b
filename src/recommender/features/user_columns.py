"""Features of the further columns of the user, such as age and occupation."""

from recommender.features.context import Context
from recommender.features.request_values import further_features
from recommender.log.histories import Floats


def user_column_features(context: Context) -> dict[str, Floats]:
    """Describe the user of the request by the table of users, and compare the item with it.

    Args:
        context: n candidates.

    Returns:
        See `further_features`; nothing if there are no such columns.
    """
    user = context.view.requests.user
    columns = {name: column[user] for name, column in context.view.histories.user_columns.items()}
    return further_features("user", columns, context)
