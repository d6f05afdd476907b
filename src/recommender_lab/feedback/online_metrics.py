"""What a live system would count: clicks, time, how long people stay and whether they come back; and what was shown."""

import numpy as np
from numpy.typing import NDArray

from recommender.evaluation.beyond_accuracy import diversity, novelty, popularity
from recommender.evaluation.reference import Reference
from recommender_lab.feedback.exposure import gini
from recommender_lab.feedback.visits import Visits

Values = NDArray[np.float64]


def online(visits: Visits, highest: float) -> dict[str, float]:
    """Measure how one round went.

    Args:
        visits: the log.
        highest: rating of an item that was watched to the end.

    Returns:
        `visitors`: users who were shown a slate;
        `click_through_rate`: clicks / slots shown;
        `clicks_per_visit`: clicks / visitors;
        `watch_time`: sum of rating / highest over the clicks / visitors, so in whole items, a rating standing for how
        much of an item was watched;
        `session_length`: slates / visitors;
        `return_rate`: share of the visitors who come in the next round;
        `liked`: mean probability, known to the simulation alone, that what was shown is liked.
        NaN where there are no visitors, all but the first; `watch_time` also where the highest rating is not above 0.
    """
    served = visits.seen.any(axis=1)
    visitors, k = int(served.sum()), visits.click.shape[2]
    slots, clicks = int(visits.seen.sum()) * k, int(visits.click.sum())
    watched = float((visits.rating * visits.click).sum())
    return {
        "visitors": visitors,
        "click_through_rate": _ratio(clicks, slots),
        "clicks_per_visit": _ratio(clicks, visitors),
        "watch_time": _ratio(watched / highest, visitors) if highest > 0 else float("nan"),
        "session_length": _ratio(int(visits.seen.sum()), visitors),
        "return_rate": _ratio(int(visits.come[visits.user[served]].sum()), visitors),
        "liked": _ratio(float(visits.liked[visits.seen].sum()), slots),
    }


def shown(visits: Visits, reference: Reference, catalogue: NDArray[np.bool_]) -> dict[str, float]:
    """Measure what one round showed.

    Args:
        visits: the log.
        reference: popularity and genres of all items, by code.
        catalogue: items that may be shown, boolean (n_items,).

    Returns:
        `coverage`: distinct items shown / items of the catalogue; `gini`: see `exposure.gini`, over the catalogue;
        `diversity`, `novelty`, `popularity`: means over the slates, as `evaluate` defines them. NaN for no slate.
    """
    slates = visits.item[visits.seen].astype(np.int32)
    exposure = np.bincount(slates.ravel(), minlength=len(catalogue))[catalogue]
    k = slates.shape[1]
    return {
        "coverage": _ratio(int((exposure > 0).sum()), int(catalogue.sum())) if len(slates) else float("nan"),
        "gini": gini(exposure),
        "diversity": _mean(diversity(slates, reference.genres, [k])[:, 0]),
        "novelty": _mean(novelty(slates, reference.share, k)),
        "popularity": _mean(popularity(slates, reference.share, k)),
    }


def _ratio(total: float, number: float) -> float:
    return total / number if number else float("nan")


def _mean(values: Values) -> float:
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else float("nan")
