import pandas as pd
import pytest

from recommender_lab.report import glance

FACTS = {
    "interactions": 1234,
    "users": 3,
    "items": 4,
    "density": 0.063,
    "first_event": "1998-01-01T00:00:00+00:00",
    "last_event": "1998-01-04T00:00:00+00:00",
    "repeats_dropped": 0,
    "share_of_repeats_dropped": 0.0,
    "share_of_users_with_tied_last_event": 0.44,
}


def events(rows):
    frame = pd.DataFrame(rows, columns=["user_id", "item_id", "rating", "timestamp"])
    return frame.assign(timestamp=pd.to_datetime(frame["timestamp"], utc=True))


@pytest.fixture
def log():
    """User 1 ends with two events of one second, user 2 with one; nothing happens on the third day."""
    return events(
        [
            (1, "a", 4.0, "1998-01-01 23:59:59"),
            (1, "b", 5.0, "1998-01-02 00:00:00"),
            (1, "c", 3.0, "1998-01-02 00:00:00"),
            (2, "a", 4.0, "1998-01-04 12:00:00"),
        ]
    )


def test_days_are_counted_without_a_gap(log):
    assert glance.per_day(log) == ([("1998-01-01", 1), ("1998-01-02", 2), ("1998-01-03", 0), ("1998-01-04", 1)], 1)


def test_a_long_time_is_counted_by_more_days():
    days, width = glance.per_day(events([(1, "a", 4.0, "1998-01-01"), (1, "b", 4.0, "1998-12-31")]))
    assert (width, len(days)) == (4, 92)  # 365 days: 4 days per bar leave 92 bars, 3 would need 122
    assert (days[0], days[-1]) == (("1998-01-01", 1), ("1998-12-31", 1))


def test_ratings_are_counted_by_value_or_by_range(log):
    assert glance.ratings(log) == [("3", 1), ("4", 2), ("5", 1)]
    many = events([(1, str(at), at / 2, "1998-01-01") for at in range(21)])
    assert glance.ratings(many)[:2] == [("0+", 2), ("1+", 2)]
    assert sum(count for _, count in glance.ratings(many)) == 21


def test_a_log_without_ratings_has_no_drawing_of_them(log):
    items = pd.DataFrame({"item_id": ["a"]})
    titles = [
        [part.title for part in glance.draw(frame, items, FACTS).parts[1:]] for frame in (log, log.assign(rating=1.0))
    ]
    assert ["Ratings" in found for found in titles] == [True, False]


def test_the_tail_begins_with_the_most_popular_item(log):
    assert glance.long_tail(log) == [(1, 2), (2, 1), (3, 1)]


def test_of_many_items_the_first_and_the_last_are_drawn():
    many = events([(1, str(item), 4.0, "1998-01-01") for item in range(2000) for _ in range(1 + (item == 7))])
    tail = glance.long_tail(many)
    assert (tail[0], tail[-1]) == ((1, 2), (2000, 1))
    assert len(tail) <= 150


def test_an_item_of_two_genres_counts_for_both(log):
    items = pd.DataFrame({"item_id": ["a", "b", "x"], "genre_drama": [1, 1, 1], "genre_war": [1, 0, 1]})
    assert glance.by_genre(log, items) == [("drama", 0.75), ("war", 0.5)]  # 3 and 2 of 4 events; c is unknown
    assert glance.by_genre(log, items[["item_id"]]) == []


def test_users_are_counted_by_the_events_at_their_last_time(log):
    assert glance.last_times(log) == [("1", 1), ("2", 1)]
    alike = events([(user, str(at), 4.0, "1998-01-01") for user, n in ((1, 10), (2, 30)) for at in range(n)])
    assert glance.last_times(alike)[-1] == ("10+", 2)


def test_the_section_has_the_facts_and_leaves_genres_out_where_there_are_none(log):
    tiles, *charts = glance.draw(log, pd.DataFrame({"item_id": ["a", "b", "c"]}), FACTS).parts
    assert ("1,234", "events") in tiles.values
    assert ("1998-01-01 – 1998-01-04", "first and last event") in tiles.values
    notes = {chart.title: chart.note for chart in charts}
    assert notes["Users by ties"].startswith("44 % of the users have more than one;")
    assert notes["The long tail: events of each item"] == (
        "The 1 most popular items, a fifth, have 50 % of the events."
    )
    assert not [title for title in notes if "Genres" in title]


def test_dropped_repeats_are_shown(log):
    items = pd.DataFrame({"item_id": ["a"]})
    lost = FACTS | {"repeats_dropped": 4, "share_of_repeats_dropped": 0.41}
    tile = ("41 %", "of the rows were repeats, which were dropped")
    assert [tile in glance.draw(log, items, facts).parts[0].values for facts in (lost, FACTS)] == [True, False]


def test_genres_are_drawn_by_their_share(log):
    items = pd.DataFrame({"item_id": ["a"], "genre_<b>&": [1]})
    assert glance.draw(log, items, FACTS).parts[-1].rows == [{"genre": "<b>&", "share": 0.5}]
