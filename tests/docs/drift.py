"""The block about the drift check of a request log."""

from recommender_lab.drift.findings import alerts
from recommender_lab.drift.texts import render_check
from recommender_lab.drift.windows import FEATURES
from tests.docs.tables import Read, details

POLICY = "two_stage"


def check_block(read: Read) -> str:
    """Return the output of `check` for the pipeline's own log, from the metrics of the stage `monitor`."""
    found = details(read, "monitor")[POLICY]
    found["features"] = {name: found["features"][name] for name in FEATURES if name in found["features"]}
    raised = ", ".join(f"{POLICY}.{name}" for name in alerts(found))
    command = f"$ python -m recommender_lab.drift check --log data/request_logs/{POLICY}.jsonl"
    verdict = f"ALERT: {raised}" if raised else "no alert"
    return "\n".join(["```text", command, render_check(POLICY, found), "", verdict, "```"]) + "\n"
