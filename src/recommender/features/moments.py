"""Features of the moment: pauses and sittings, the popularity of the time, where in the catalogue the user is."""

import numpy as np

from recommender.features.context import Context
from recommender.features.sequences import block_numbers
from recommender.log.histories import Floats
from recommender.log.views import DAY, MICROSECONDS, NEVER

DAY_SECONDS = DAY // MICROSECONDS
SITTING = 3600
"""A pause of more seconds ends a sitting."""
POPULARITY_DAYS = (3, 14, 60)


def moment_features(context: Context) -> dict[str, Floats]:
    """Describe the moment of the request and the candidate at that moment.

    Where the request's own time may not be used, the moment is that of the last known event, and `pause` is 0.

    Args:
        context: n candidates.

    Returns:
        float32 (n,) each: `pause` (log of 1 + seconds since the last event), `hour` of the day (UTC), `sitting_events`
        and `block_events` (so far), `item_days` (since the item's first event), `popularity_{3,14,60}_days` (per
        thousand of all events of those days), `id_distance` (from the last item, in the order of ids: sites list what
        they have in some order, and users walk down the list) and `id_nearest` (smallest among the last ten).
    """
    recent = context.view.recent
    known = recent.item >= 0
    pauses = np.diff(recent.seconds, axis=1, prepend=recent.seconds[:, :1])
    sitting = (np.cumsum(pauses > SITTING, axis=1) == 0) & known
    block = (block_numbers(context) == 0) & known
    moment = context.view.requests.time // MICROSECONDS
    pause = np.where(recent.seconds[:, 0] < NEVER, np.log1p(np.maximum(recent.seconds[:, 0], 0)), np.nan)
    per_request = {
        "pause": pause,
        "hour": moment // 3600 % 24,
        "sitting_events": sitting.sum(axis=1),
        "block_events": block.sum(axis=1),
    }
    values = {name: context.per_candidate(value) for name, value in per_request.items()}
    return values | _of_the_time(context) | _places(context)


def _of_the_time(context: Context) -> dict[str, Floats]:
    """Count the candidate's events in the days before the moment."""
    timeline, item = context.knowledge.items.timeline, context.candidates.item
    moments = context.view.requests.time // MICROSECONDS
    moment = moments[context.candidates.request]
    values = {"item_days": ((moment - timeline.first[item]) / DAY_SECONDS).astype(np.float32)}
    until, all_until = timeline.before(item, moment), timeline.all_before(moments)
    for days in POPULARITY_DAYS:
        events = until - timeline.before(item, moment - days * DAY_SECONDS)
        total = np.maximum(all_until - timeline.all_before(moments - days * DAY_SECONDS), 1)
        values[f"popularity_{days}_days"] = (1000 * events / total[context.candidates.request]).astype(np.float32)
    return values


def _places(context: Context) -> dict[str, Floats]:
    """Compare the candidate's place in the order of ids with those of the latest items."""
    latest, request, item = context.latest[:, :10], context.candidates.request, context.candidates.item
    distance = np.where(latest[:, 0] >= 0, latest[:, 0], np.nan)[request]
    nearest = np.full(len(item), np.nan, dtype=np.float32)
    for column in np.where(latest >= 0, latest, np.nan).T:
        nearest = np.fmin(nearest, np.abs(item - column[request]).astype(np.float32))
    return {"id_distance": (item - distance).astype(np.float32), "id_nearest": nearest}
