"""Features of the moment: pauses and sittings, the popularity of the time, where in the catalogue the user is."""

import numpy as np

from recommender.features.context import Context
from recommender.log.histories import DAY, MICROSECONDS, Floats
from recommender.log.views import NEVER

DAY_SECONDS = DAY // MICROSECONDS
SITTING = 3600
"""A pause of more seconds ends a sitting."""
POPULARITY_DAYS = (3, 14, 60)
_POPULARITIES = [f"popularity_{days}_days" for days in POPULARITY_DAYS]
_BACK = DAY_SECONDS * np.array((0, *POPULARITY_DAYS))


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
    sitting = (np.cumsum(context.pauses > SITTING, axis=1) == 0) & known
    block = (context.block_numbers == 0) & known
    moment = context.view.requests.time // MICROSECONDS
    pause = np.where(recent.seconds[:, 0] < NEVER, np.log1p(np.maximum(recent.seconds[:, 0], 0)), np.nan)
    per_request = {
        "pause": pause,
        "hour": moment // 3600 % 24,
        "sitting_events": sitting.sum(axis=1),
        "block_events": block.sum(axis=1),
    }
    return context.per_candidate(per_request) | _of_the_time(context) | _places(context)


def _of_the_time(context: Context) -> dict[str, Floats]:
    """Count the candidate's events in the days before the moment."""
    timeline, item = context.knowledge.items.timeline, context.candidates.item
    moments = context.view.requests.time // MICROSECONDS - _BACK[:, None]
    moment = moments[:, context.candidates.request]
    until, all_until = timeline.before(item, moment), timeline.all_before(moments)
    events, total = until[0] - until[1:], np.maximum(all_until[0] - all_until[1:], 1)
    shares = (1000 * events / total[:, context.candidates.request]).astype(np.float32)
    days = ((moment[0] - timeline.first[item]) / DAY_SECONDS).astype(np.float32)
    return {"item_days": days} | dict(zip(_POPULARITIES, shares, strict=True))


def _places(context: Context) -> dict[str, Floats]:
    """Compare the candidate's place in the order of ids with those of the latest items."""
    latest, item = context.latest[:, :10].T, context.candidates.item
    gaps = (item - np.where(latest >= 0, latest, np.nan)[:, context.candidates.request]).astype(np.float32)
    return {"id_distance": gaps[0], "id_nearest": np.fmin.reduce(np.abs(gaps), axis=0)}
