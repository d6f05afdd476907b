import numpy as np
import pytest

from recommender.features.moments import moment_features

NAN, DAY = np.nan, 86_400


@pytest.fixture
def found(context):
    return moment_features(context)


def test_the_pause(found, is_close):
    """User 1 asks 3600 seconds after c, user 2 at d."""
    assert is_close(found["pause"], [np.log(1 + 3600), 0, NAN])


def test_a_request_before_the_last_event_has_no_pause(moved, is_close):
    assert is_close(moment_features(moved(-5000))["pause"], [0, 0, NAN])


@pytest.mark.parametrize(("later", "hours"), [(0, [2, 0, 0]), (22 * 3600, [0, 22, 22]), (-1, [2, 0, 23])])
def test_the_hour(moved, is_close, later, hours):
    """The log begins at midnight; user 1 asks at 7600 s."""
    assert is_close(moment_features(moved(later))["hour"], hours)


def test_sittings_and_blocks(found, is_close):
    """User 1 paused for 3999 s before c, which is more than an hour; user 2 for 10 s before d."""
    assert is_close(found["sitting_events"], [1, 2, 0])
    assert is_close(found["block_events"], [1, 1, 0])


def test_days_since_the_first_event_of_the_item(found, is_close):
    """First events: a 0 s, b 1 s, c 4000 s, d 20 s."""
    first = np.array([0, 1, 4000, 20])
    assert is_close(found["item_days"], [(7600 - first) / DAY, (20 - first) / DAY, (0 - first) / DAY])


def test_popularity_of_the_days_before(found, is_close):
    """At 7600 s all five events were in the last three days, two of them b's; at 20 s a, b and b; at 0 s none."""
    wanted = [[200, 400, 200, 200], [1000 / 3, 2000 / 3, 0, 0], 0]
    for days in (3, 14, 60):
        assert is_close(found[f"popularity_{days}_days"], wanted)


def test_events_fall_out_of_the_window(moved, is_close):
    """Three days and 2000 s after the log began a and b have no events in the last three days, c still has one."""
    found = moment_features(moved(3 * DAY + 2000 - 7600))
    assert found["popularity_3_days"][:4].tolist() == [0, 0, 1000, 0]
    assert found["popularity_14_days"][:4].tolist() == [200, 400, 200, 200]


def test_the_window_begins_with_its_first_second(moved):
    """Exactly three days after c, c still counts; a second later it does not."""
    found = [moment_features(moved(3 * DAY + 4000 + more - 7600))["popularity_3_days"][2] for more in (0, 1)]
    assert found == [1000, 0]


def test_places_in_the_catalogue(found, is_close):
    """The last item of user 1 is c, the third; user 2 met b and d, the second and the fourth."""
    assert is_close(found["id_distance"], [[-2, -1, 0, 1], [-3, -2, -1, 0], NAN])
    assert is_close(found["id_nearest"], [[0, 0, 0, 1], [1, 0, 1, 0], NAN])
