import numpy as np
import pandas as pd

from recommender_lab.report import user_lists as users

DAY = 10_227  # 1998-01-01, days since 1970


def events(rows):
    frame = pd.DataFrame(rows, columns=["user_id", "item_id", "rating", "day"])
    return frame.assign(timestamp=pd.to_datetime(frame.pop("day"), unit="D", utc=True))


def lists(rows):
    return pd.DataFrame(rows, columns=["user_id", "rank", "item_id"]).assign(score=0.5)


KNOWN = events([(1, "a", 4.0, DAY), (2, "b", 2.5, DAY), (1, "c", 5.0, DAY + 1), (1, "d", 1.0, DAY + 1)])
HELD_OUT = events([(1, "e", 3.0, DAY + 2), (2, "a", 4.0, DAY + 3)])
SERVED = {
    "random": lists([(1, 1, "b"), (1, 2, "f"), (1, 3, "e"), (2, 1, "d"), (2, 2, "f"), (2, 3, "e")]),
    "svd": lists([(2, 1, "a"), (2, 2, "d"), (1, 1, "f"), (1, 2, "b")]),
}
ITEMS = pd.DataFrame(
    {
        "item_id": list("abcde"),
        "title": ["A", "B", "C", "D", None],
        "genre_x": [1, 0, 0, 1, 0],
        "genre_y": [1, 1, 0, 0, 0],
    }
)


def collected(shown=(1, 2), items=ITEMS, k=2, history=2):
    return users.collect(list(shown), KNOWN, HELD_OUT, SERVED, items, k=k, history=history)


def titles(found, codes):
    return [found["items"][code][0] for code in codes]


def test_a_user_has_counts_the_latest_events_and_the_held_out_ones():
    found = collected()
    name, known, held_out, latest, first, _, _ = found["users"][0]
    assert (name, known, held_out) == ("1", 3, 1)
    assert titles(found, [code for code, _, _ in latest]) == ["C", "D"]
    assert [(rating, day) for _, rating, day in latest] == [(5, DAY + 1), (1, DAY + 1)]
    assert (titles(found, [first[0][0]]), first[0][1:]) == (["e"], [3, DAY + 2])
    assert found["users"][1][3][0][1:] == [2.5, DAY]


def test_events_of_a_log_without_ratings_have_none():
    known, held_out = (frame.assign(rating=1.0) for frame in (KNOWN, HELD_OUT))
    found = users.collect([1], known, held_out, SERVED, ITEMS, k=2, history=2)
    assert [event[1] for event in found["users"][0][3] + found["users"][0][4]] == [None] * 3


def test_lists_are_cut_after_k_and_stand_in_the_order_of_the_policies():
    found = collected()
    assert found["policies"] == ["random", "svd"]
    assert [titles(found, codes) for codes in found["users"][0][5]] == [["B", "f"], ["f", "B"]]
    assert [titles(found, codes) for codes in found["users"][1][5]] == [["D", "f"], ["A", "D"]]


def test_hits_are_told_by_rank_also_below_k():
    assert [user[6] for user in collected()["users"]] == [[[3], []], [[], [1]]]


def test_titles_and_genres_are_those_of_the_items_and_the_id_stands_for_what_is_missing():
    found = collected()
    assert found["genres"] == ["x", "y"]
    assert dict(map(tuple, ((title, tuple(codes)) for title, codes in found["items"]))) == {
        "A": (0, 1),
        "B": (1,),
        "C": (),
        "D": (0,),
        "e": (),
        "f": (),
    }
    bare = collected(items=ITEMS[["item_id"]])
    assert (bare["genres"], sorted(bare["items"])) == ([], [[item, []] for item in "abcdef"])


def test_only_the_users_asked_for_are_there_and_only_their_items():
    found = collected(shown=[2])
    assert [user[0] for user in found["users"]] == ["2"]
    assert sorted(title for title, _ in found["items"]) == ["A", "B", "D", "f"]


def test_a_user_whom_a_policy_does_not_answer_has_an_empty_list():
    served = SERVED | {"svd": SERVED["svd"].query("user_id == 1")}
    found = users.collect([1, 2], KNOWN, HELD_OUT, served, ITEMS, k=2, history=2)
    assert (found["users"][1][5][1], found["users"][1][6][1]) == ([], [])


def test_few_users_are_all_shown_and_many_drawn_in_their_order():
    assert users.sample([3, 1, 2], 3, np.random.default_rng(0)) == [3, 1, 2]
    drawn = users.sample(range(1000), 50, np.random.default_rng(0))
    assert len(set(drawn)) == 50
    assert sorted(drawn) == drawn
    assert (
        drawn
        == users.sample(range(1000), 50, np.random.default_rng(0))
        != users.sample(range(1000), 50, np.random.default_rng(1))
    )


def test_the_note_has_the_number_of_users_when_not_all_are_shown():
    notes = [users.draw(shown, 6040).parts[0].note for shown in (1000, 6040)]
    assert notes[0].endswith(" 1,000 of 6,040 users, sampled with the seed.")
    assert notes[1].endswith("no later event of the user was known.")
