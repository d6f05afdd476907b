"""The block about other logs: each policy in each run, and the lead of two_stage."""

import json

from recommender.columns import POLICIES
from tests.docs.tables import Read, interval_cell, markdown

SVD = "two_stage - svd"
METRICS = {"hit@10": "Hit@10", "ndcg@10": "NDCG@10"}


def other_logs_block(read: Read) -> str:
    """Return a row per run and policy, the best policy first."""
    runs = json.loads(read("benchmarks/results/other_logs.json"))["runs"]
    rows = [_row(run, policy, found) for run, found in runs.items() for policy in reversed(POLICIES)]
    header = ["run", "policy", *METRICS.values(), "`two_stage` - policy, NDCG@10"]
    return markdown(header, rows) + "\n"


def _row(run: str, policy: str, found: dict) -> list[str]:
    values = [interval_cell(found["policies"][policy][metric]) for metric in METRICS]
    lead = found["leads"].get(f"two_stage - {policy}")
    return [f"{run} ({found['leads'][SVD]['users']:,.0f} users)", f"`{policy}`", *values, _lead(lead) if lead else ""]


def _lead(lead: dict) -> str:
    return "{value:+.3f} [{low:+.3f}, {high:+.3f}]".format(**lead)
