import pytest

from recommender.errors import ParameterError
from recommender.serving.ahead import require_happened

SECOND = 1_000_000


def test_what_happened_is_accepted():
    require_happened([None, -SECOND, 5 * SECOND], 5 * SECOND, "time")
    require_happened([], 0, "time")


def test_each_event_of_the_future_is_named_up_to_five():
    with pytest.raises(ParameterError) as caught:
        require_happened([0, None, *range(6 * SECOND, 12 * SECOND, SECOND)], 5 * SECOND, "events.{at}.time")
    named = [f"events.{at}.time: found 1970-01-01T00:00:{at + 4:02d}Z" for at in range(2, 7)]
    assert str(caught.value).startswith("; ".join(named) + ", expected at most 1970-01-01T00:00:05Z: ")
