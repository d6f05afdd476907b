"""The parts of the service put together: store, bundle, the thread that answers, the thread that keeps events."""

import logging
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from recommender.bundle.arguments import as_in_log
from recommender.bundle.releases import served
from recommender.columns import POLICIES
from recommender.errors import RecommenderError
from recommender.log.histories import DAY
from recommender.request_log.call import live_line
from recommender.request_log.lines import encode
from recommender.request_log.writer import RequestLog
from recommender.serving.ahead import require_happened
from recommender.serving.answering import Served, answer_all
from recommender.serving.batching import Batcher
from recommender.serving.fields import iso
from recommender.serving.gauges import Gauges
from recommender.serving.json_lines import say
from recommender.serving.options import Options
from recommender.serving.pace import Pace
from recommender.serving.schemas import Answered, Ask, NewEvent, Taken
from recommender.serving.store import Outcome, StoredEvent
from recommender.serving.stores import open_store
from recommender.serving.swap import Release, Swap
from recommender.serving.traffic import Shown, Traffic
from recommender.threads import one_blas_thread


@dataclass(frozen=True)
class Waiting:
    """A request in the queue.

    Attributes:
        ask: what is wanted.
        request_id: of the answer.
        since: when it came, by `time.perf_counter`.
        arm: of the user in the live experiment, once it is known and if it chose the policy.
    """

    ask: Ask
    request_id: str
    since: float
    arm: str | None = None


class Service:
    """All but HTTP."""

    def __init__(self, options: Options) -> None:
        """Open the store, load the bundle and start the threads.

        Raises:
            DataError: there is no bundle, or it is damaged.
            StoreError: the store cannot be used.
        """
        self.options, self.gauges, self.pace = options, Gauges(), Pace()
        self.since = time.time_ns() // 1000
        self._recent: deque[Ask] = deque(maxlen=options.together)
        self._log = None if options.log is None else RequestLog(options.log)
        with ExitStack() as closing:
            closing.enter_context(one_blas_thread())
            self.store = open_store(options.store)
            closing.callback(self.store.close)
            self.traffic = Traffic(self.store)
            self.swap = Swap(
                lambda: options.bundle or served(options.root),
                self.store,
                self._warm,
                self._report,
                options.look_seconds,
            )
            closing.callback(self.swap.close)
            self._warm(self.swap.current)
            self._answers: Batcher[Waiting, Answered] = Batcher(
                "recommendations", self._answer, options.together, options.waiting
            )
            closing.callback(self._answers.close)
            self._events: Batcher[Sequence[NewEvent], Taken] = Batcher(
                "events", self._keep, options.together, options.waiting
            )
            closing.callback(self._events.close)
            self._measure()
            self.swap.watch()
            self._closing = closing.pop_all()

    def close(self) -> None:
        """Answer and keep what waits, then close everything."""
        self._closing.close()

    @property
    def release(self) -> Release:
        """What answers now."""
        return self.swap.current

    def recommend(self, ask: Ask, request_id: str) -> "Future[Answered]":
        """Put a request in the queue; its answer comes from one release.

        Raises:
            OverloadedError: too many wait.
            ParameterError: an event is too far ahead.
        """
        require_happened([event.time for event in ask.events], self._latest(), "events.{at}.time")
        return self._answers.submit(Waiting(ask, request_id, time.perf_counter()))

    def keep(self, events: Sequence[NewEvent]) -> "Future[Taken]":
        """Put events in the queue; when the future is done they are on the disk.

        Raises:
            OverloadedError: too many wait.
            ParameterError: one is too far ahead; none is kept.
        """
        place = "time" if len(events) == 1 else "events.{at}.time"
        require_happened([event.time for event in events], self._latest(), place)
        return self._events.submit(events)

    def erase(self, user: int | str) -> int:
        """Erase a user; return how many events were deleted."""
        return self.store.erase(as_in_log(user, self.release.bundle.user_codes))

    def lag(self) -> int:
        """Return how many rows of the store no answer of this process has read."""
        return self.store.last() - self.release.journal.seq

    def _latest(self) -> int:
        """Return the latest time of an event that is accepted: a log may end in another year than the present one."""
        ends = time.time_ns() // 1000, self.release.bundle.known_until
        return max(ends) + round(self.options.ahead_days * DAY)

    def _answer(self, batch: Sequence[Waiting]) -> list[Answered | RecommenderError]:
        started = time.perf_counter()
        release = self.swap.current
        release.journal.refresh()
        batch = [self._assigned(release, one) for one in batch]
        read = time.perf_counter()
        found = answer_all(release, [one.ask for one in batch])
        answers = [
            self._answered(release, one, served) if isinstance(served, Served) else served
            for one, served in zip(batch, found, strict=True)
        ]
        self.gauges.batch.observe(len(batch))
        self.gauges.stage.labels("journal").observe(read - started)
        self.gauges.stage.labels("answer").observe(time.perf_counter() - read)
        for one in batch:
            self.gauges.stage.labels("wait").observe(started - one.since)
        return answers

    def _assigned(self, release: Release, one: Waiting) -> Waiting:
        """Give a request of a user that names no policy the user's arm, if there is an experiment."""
        experiment, ask = self.options.experiment, one.ask
        if experiment is None or ask.policy is not None or ask.user is None:
            return one
        user = as_in_log(ask.user, release.bundle.user_codes)
        if release.journal.is_erased(user):
            return one
        arm = experiment.arm(user)
        return replace(one, ask=ask.model_copy(update={"policy": arm}), arm=arm)

    def _answered(self, release: Release, one: Waiting, served: Served) -> Answered:
        self._recent.append(one.ask)
        self.gauges.answers.labels(served.policy, one.arm or "").inc()
        self.gauges.fallbacks.inc(served.policy != one.ask.wanted)
        self.gauges.unknown.inc(served.query.user not in release.bundle.user_codes)
        self.traffic.add(one.request_id, _shown(release, one, served))
        if self._log is not None:
            self._log.append(_line(release, one, served))
        return Answered.model_construct(
            request_id=one.request_id,
            revision=release.revision,
            arm=one.arm,
            policy=served.policy,
            now=iso(served.query.now),
            items=served.items,
        )

    def _keep(self, batch: Sequence[Sequence[NewEvent]]) -> list[Taken]:
        bundle, clock = self.release.bundle, time.time_ns() // 1000
        outcomes = self.store.append(
            [
                StoredEvent(
                    event.event_id,
                    as_in_log(event.user, bundle.user_codes),
                    as_in_log(event.item, bundle.item_codes),
                    event.kind,
                    event.value,
                    clock if event.time is None else event.time,
                    event.request_id,
                    event.rank,
                )
                for events in batch
                for event in events
            ]
        )
        ends = np.cumsum([0, *map(len, batch)]).tolist()
        return [self._taken(outcomes[start:end]) for start, end in pairwise(ends)]

    def _taken(self, outcomes: Sequence[Outcome]) -> Taken:
        taken = Taken(**{name: outcomes.count(name) for name in Taken.model_fields})
        for name, count in taken:
            self.gauges.events.labels(name).inc(count)
        return taken

    def _warm(self, release: Release) -> None:
        """Answer recent requests, or one of each policy, before anybody waits for them."""
        first = release.bundle.histories.users[:1].tolist()[0]
        asks = list(self._recent.copy()) or [Ask.model_construct(user=first, policy=name) for name in POLICIES]
        answer_all(release, asks)
        release.shelves.latest(1)
        _ = release.shelves.choices

    def _report(self, outcome: str, text: str) -> None:
        say(text, logging.INFO if outcome == "swapped" else logging.ERROR)
        self.gauges.bundles.labels(outcome).inc()
        self.gauges.answers_from(self.release.revision)

    def _measure(self) -> None:
        gauges = self.gauges
        gauges.answers_from(self.release.revision)
        gauges.watch("queue_depth", "Requests that wait", lambda: self._answers.depth)
        gauges.watch("events_queue_depth", "Requests to keep events that wait", lambda: self._events.depth)
        gauges.watch("events_since_training", "Events that the bundle does not hold", lambda: self.release.journal.size)
        gauges.watch("event_lag", "Events that no answer has used yet", self.lag)
        gauges.watch(
            "bundle_age_seconds", "Time since the last event of the bundle",
            lambda: time.time() - self.release.bundle.known_until / 1e6,
        )  # fmt: skip


def _shown(release: Release, one: Waiting, served: Served) -> Shown:
    user, codes = served.query.user, release.bundle.user_codes
    is_named = one.ask.user is not None and as_in_log(one.ask.user, codes) == user  # erased users are not
    return Shown(
        user=user if is_named else None,
        is_known=user in codes,
        policy=served.policy,
        is_fallback=served.policy != one.ask.wanted,
        arm=one.arm,
        items=frozenset(item.item_id for item in served.items),
    )


def _line(release: Release, one: Waiting, served: Served) -> bytes:
    line = live_line(
        served.group.described[served.row],
        request_id=one.request_id,
        asked=served.query.now if served.known else None,
        user=served.query.user,
        model=one.ask.wanted,
        policy=served.policy,
        revision=release.revision,
        k=one.ask.k,
        seconds=time.perf_counter() - one.since,
        arm=one.arm,
        context=one.ask.context,
    )
    return encode(line)
