"""How the service runs."""

from dataclasses import dataclass
from pathlib import Path

from recommender.serving.experiment import Experiment


@dataclass(frozen=True)
class Options:
    """How the service runs.

    Attributes:
        root: the project's folder.
        store: file of the event store, or the URL of Redis.
        bundle: folder of the bundle; None for the one that the project published last.
        log: folder of the request log; None for none.
        token: who asks must send it; None for everybody.
        experiment: gives users their policies; None for none.
        rate: requests per second of one address; None for any number.
        ahead_days: by which an event may be later than both the clock and the last event of the bundle.
        waiting: requests that may wait; more are refused.
        together: requests that are answered together at most.
        look_seconds: between two looks for a new bundle.
    """

    root: Path
    store: Path | str
    bundle: Path | None = None
    log: Path | None = None
    token: str | None = None
    experiment: Experiment | None = None
    rate: float | None = None
    ahead_days: float = 1.0
    waiting: int = 256
    together: int = 32
    look_seconds: float = 1.0
