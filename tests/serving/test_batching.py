import threading

import pytest

from recommender.serving.batching import Batcher, OverloadedError


class Slow:
    """Works only when it is let; remembers its batches."""

    def __init__(self):
        self.begun, self.let, self.batches = threading.Semaphore(0), threading.Semaphore(0), []

    def __call__(self, batch):
        self.batches.append(list(batch))
        self.begun.release()
        self.let.acquire()
        return [10 * one if one else ValueError("zero") for one in batch]


@pytest.fixture
def slow():
    return Slow()


def test_who_waits_forms_the_next_batch(slow):
    batcher = Batcher("numbers", slow, size=3, capacity=8)
    futures = [batcher.submit(1)]
    slow.begun.acquire()
    futures += [batcher.submit(number) for number in range(2, 7)]
    assert batcher.depth == 5
    slow.let.release(3)
    assert [future.result(10) for future in futures] == [10, 20, 30, 40, 50, 60]
    assert slow.batches == [[1], [2, 3, 4], [5, 6]]
    batcher.close()


def test_a_full_queue_refuses(slow):
    batcher = Batcher("numbers", slow, size=1, capacity=2)
    first = batcher.submit(1)
    slow.begun.acquire()
    others = [batcher.submit(number) for number in (2, 3)]
    with pytest.raises(OverloadedError, match="numbers: 2 are waiting; ask again later"):
        batcher.submit(4)
    slow.let.release(3)
    assert [future.result(10) for future in (first, *others)] == [10, 20, 30]
    batcher.close()


def test_an_error_of_one_entry_is_its_own(slow):
    batcher = Batcher("numbers", slow, size=3, capacity=3)
    first = batcher.submit(1)
    slow.begun.acquire()
    good, bad = batcher.submit(2), batcher.submit(0)
    slow.let.release(2)
    assert (first.result(10), good.result(10)) == (10, 20)
    with pytest.raises(ValueError, match="zero"):
        bad.result(10)
    batcher.close()


def test_an_error_of_the_work_reaches_all_of_the_batch():
    def broken(batch):
        raise ZeroDivisionError

    batcher = Batcher("numbers", broken, size=3, capacity=3)
    futures = [batcher.submit(1), batcher.submit(2)]
    assert [type(future.exception(10)) for future in futures] == [ZeroDivisionError] * 2
    batcher.close()


def test_the_end_answers_what_waits_and_takes_nothing_more(slow):
    batcher = Batcher("numbers", slow, size=1, capacity=4)
    futures = [batcher.submit(number) for number in (1, 2, 3)]
    slow.let.release(3)
    batcher.close()
    assert [future.result(0) for future in futures] == [10, 20, 30]
    with pytest.raises(OverloadedError, match="numbers: the service is stopping"):
        batcher.submit(4)
    batcher.close()


def test_who_gave_up_is_not_worked_on(slow):
    batcher = Batcher("numbers", slow, size=1, capacity=4)
    batcher.submit(1)
    slow.begun.acquire()
    given_up, other = batcher.submit(2), batcher.submit(3)
    assert given_up.cancel()
    slow.let.release(2)
    assert other.result(10) == 30
    batcher.close()
    assert slow.batches == [[1], [3]]
