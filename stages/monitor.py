"""Compare the earlier with the later requests of each policy's log: features, scores, sources, users, items, coverage.

Reads data/request_logs/POLICY.jsonl. Writes metrics and the data of the plots. An alert is a
metric and does not stop the pipeline; `python -m recommender_lab.drift check` exits with 3 on an alert.
"""

from collections.abc import Sequence
from pathlib import Path

from recommender.stage import parse, run

import pandas as pd

from recommender.columns import POLICIES
from recommender.files import write_csv, write_json
from recommender.measured import write_measured
from recommender.params import Sections, load
from recommender_lab.drift.findings import HISTOGRAM, compare, drift_rows, histogram_rows, source_rows
from recommender_lab.drift.reader import LogReader
from recommender_lab.drift.settings import Monitor
from recommender_lab.drift.windows import by_policy, one_per_user, split

LOGS = tuple(f"data/request_logs/{policy}.jsonl" for policy in POLICIES)
PARAMS = ("monitor",)
HEADLINE = ("*.alerts",)


class Params(Sections):
    """The sections that this stage reads."""

    monitor: Monitor


def work() -> None:
    limits = load(Params).monitor
    logs = by_policy(LogReader([Path(path) for path in LOGS]))
    windows = {policy: one_per_user(*split(log, limits.current)) for policy, log in logs.items()}
    found = {policy: compare(*pair, limits) for policy, pair in windows.items()}
    drift = [row for policy, values in found.items() for row in drift_rows(policy, values)]
    bins = [row for policy, pair in windows.items() for row in histogram_rows(policy, *pair, limits.bins)]
    sources = [row for policy, pair in windows.items() for row in source_rows(policy, *pair)]
    write_measured("monitor", found, HEADLINE)
    write_json(Path("metrics/plots/drift.json"), {"drift": drift})
    write_csv(Path("metrics/plots/drift_features.csv"), pd.DataFrame(bins, columns=list(HISTOGRAM)))
    write_json(Path("metrics/plots/drift_sources.json"), {"sources": sources})


def main(argv: Sequence[str] | None = None) -> int:
    parse(__doc__, argv)
    return run(work, LOGS, PARAMS)


if __name__ == "__main__":
    raise SystemExit(main())
