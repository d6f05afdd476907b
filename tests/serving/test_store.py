"""The contract of an event store; the fixture `store` is an empty one, of SQLite and then of Redis."""

import threading
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender.serving.store import PAGE, Erasure, StoredEvent

EVENT = StoredEvent("a", 4, 17, "rating", 3.5, 1_000_000, "asked", 2)


def events(*numbers, user=4):
    return [replace(EVENT, event_id=str(number), user=user) for number in numbers]


def ids(store, seq=0):
    return [found.event_id for _, found in store.since(seq)]


class TestAppend:
    def test_what_comes_out_is_what_went_in(self, store):
        given = [EVENT, StoredEvent("b", "4", "x", "skip", None, -5)]
        assert store.append(given) == ["stored", "stored"]
        assert [found for _, found in store.since(0)] == given

    def test_the_same_id_again_changes_nothing(self, store):
        assert store.append([EVENT, replace(EVENT, item=1)]) == ["stored", "repeated"]
        assert store.append([replace(EVENT, user=5)]) == ["repeated"]
        assert [found for _, found in store.since(0)] == [EVENT]

    def test_writers_at_once_store_each_id_once(self, store, another):
        other, found = another(), []

        def write(target):
            found.extend(outcome for at in range(40) for outcome in target.append(events(at)))

        threads = [threading.Thread(target=write, args=(target,)) for target in (store, other, store, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (found.count("stored"), found.count("repeated")) == (40, 120)
        assert sorted(map(int, ids(store))) == list(range(40))


class TestSince:
    def test_only_what_came_after(self, store):
        store.append(events(1, 2))
        seq = store.last()
        assert store.since(seq) == []
        store.append(events(3))
        assert ids(store, seq) == ["3"]
        assert store.last() > seq

    def test_another_process_sees_it(self, store, another):
        other = another()
        store.append(events(1))
        assert ids(other) == ["1"]

    def test_many_come_in_pages(self, store):
        store.append(events(*range(PAGE + 1)))
        first = store.since(0)
        assert len(first) == PAGE
        assert ids(store, first[-1][0]) == [str(PAGE)]

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.tuples(st.sampled_from(["append", "erase"]), st.integers(0, 3), st.integers(0, 9))))
    def test_numbers_only_grow(self, store, steps):
        """Also after the newest row was erased."""
        last = store.last()
        for step, user, number in steps:
            if step == "erase":
                store.erase(user)
            else:
                store.append(events(number, user=user))
            assert store.last() >= last or step == "erase"
            fresh = [seq for seq, _ in store.since(last)]
            assert fresh == sorted(set(fresh))
            last = max([last, *fresh])


class TestErase:
    def test_nothing_of_the_user_stays(self, store):
        store.append([*events(1, 2), *events(3, user="four")])
        assert store.erase(4) == 2
        assert [found for _, found in store.since(0)] == [*events(3, user="four"), Erasure(4)]
        assert store.erased() == [4]

    def test_later_events_are_refused(self, store):
        store.erase(4)
        assert store.append([*events(1), *events(2, user="4")]) == ["erased", "stored"]
        assert store.erase(4) == 0
        assert store.erased() == [4]

    def test_what_was_erased_counts_as_new_for_nobody_else(self, store):
        """An id that only the erased user had is free again."""
        store.append([EVENT])
        store.erase(4)
        assert store.append([replace(EVENT, user=5)]) == ["stored"]
