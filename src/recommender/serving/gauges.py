"""What Prometheus may ask: how many answers, how fast, by whom, from which bundle."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Gauges:
    """The measurements of one process; with several workers each has its own."""

    def __init__(self) -> None:
        """Begin at zero."""
        self._registry = CollectorRegistry()
        self.stage = self._histogram("stage_seconds", "Time of a request by stage", ["stage"], SECONDS)
        self.batch = self._histogram("batch_requests", "Requests that were answered together", [], (1, 2, 4, 8, 16, 32))
        self.http = self._counter("http_requests", "Requests by route and status", ["method", "route", "status"])
        self.answers = self._counter("answers", "Answers by the policy that answered, and arm", ["policy", "arm"])
        self.fallbacks = self._counter("fallbacks", "Answers by popularity, as the user has no events", [])
        self.unknown = self._counter("unknown_users", "Requests of users whom the bundle does not know", [])
        self.events = self._counter("events", "Events by what became of them", ["outcome"])
        self.bundles = self._counter("bundles", "New bundles by what became of them", ["outcome"])
        self.revision = Gauge(
            "recommender_bundle", "1 for the bundle that answers", ["revision"], registry=self._registry
        )

    def watch(self, name: str, help_text: str, read: Callable[[], float]) -> None:
        """Measure something anew whenever Prometheus asks."""
        self._gauge(name, help_text, []).set_function(read)

    def answers_from(self, revision: str) -> None:
        """Name the bundle that answers from now on."""
        self.revision.clear()
        self.revision.labels(revision).set(1)

    def text(self) -> bytes:
        """Return all measurements in the text format of Prometheus."""
        return generate_latest(self._registry)

    def _gauge(self, name: str, help_text: str, labels: list[str]) -> Gauge:
        return Gauge(f"recommender_{name}", help_text, labels, registry=self._registry)

    def _counter(self, name: str, help_text: str, labels: list[str]) -> Counter:
        return Counter(f"recommender_{name}", help_text, labels, registry=self._registry)

    def _histogram(self, name: str, help_text: str, labels: list[str], buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"recommender_{name}", help_text, labels, registry=self._registry, buckets=buckets)
