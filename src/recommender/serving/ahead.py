"""Refuses events of the future: once trained on, one would move the end of the log, and so the default of `now`."""

from collections.abc import Sequence

from recommender.errors import ParameterError
from recommender.serving.fields import iso

SHOWN = 5
"""Events that a message names."""


def require_happened(times: Sequence[int | None], latest: int, place: str) -> None:
    """Refuse events that are too far ahead.

    Args:
        times: of events, microseconds since 1970 UTC; None for none.
        latest: that is accepted.
        place: of a time in the body, with `{at}` for the place of its event.

    Raises:
        ParameterError: names each such event, five at most.
    """
    wrong = [(at, time) for at, time in enumerate(times) if time is not None and time > latest][:SHOWN]
    if wrong:
        found = "; ".join(f"{place.format(at=at)}: found {iso(time)}" for at, time in wrong)
        raise ParameterError(
            f"{found}, expected at most {iso(latest)}: no event may be far ahead of the service's clock and bundle; "
            "send the time at which it happened, or none for now"
        )
