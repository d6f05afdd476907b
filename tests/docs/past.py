"""What the models' knowledge of later events is worth: the block of docs/results.md and the paragraph of README.md."""

import json

from tests.docs.tables import Read, difference_cell, interval_cell, markdown

RESULTS = "benchmarks/results/past_movielens-100k.json"
SIDES = {"all_known": "all known", "past_only": "past only"}
METRICS = {"hit@10": "Hit@10", "ndcg@10": "NDCG@10"}


def past_block(read: Read) -> str:
    """Return a row per policy with both protocols on the same users, and the lead of two_stage under both."""
    found = json.loads(read(RESULTS))
    policies = sorted(found["policies"], key=lambda name: -found["policies"][name]["past_only"]["ndcg@10"]["value"])
    rows = []
    for policy in policies:
        values = [found["policies"][policy][side][metric] for metric in METRICS for side in SIDES]
        change = difference_cell(found["past_minus_all"][policy]["ndcg@10"])
        rows.append([f"`{policy}`", *map(interval_cell, values), change])
    titles = [f"{metric}, {side}" for metric in METRICS.values() for side in SIDES.values()]
    table = markdown(["policy", *titles, "NDCG@10, past only - all known"], rows)
    return "\n\n".join([_users(found), table, _leads(found)]) + "\n"


def _users(found: dict) -> str:
    buckets = found["buckets"]
    known, unknown = [bucket["events"] for bucket in buckets], sum(bucket["unknown_held_out"] for bucket in buckets)
    return (
        f"MovieLens 100K, {found['users']:,} users in {len(buckets)} buckets, {found['left_out']:,} users left out. "
        f"Of the events that the main run is fitted on, {found['later']:.0%} are at or after the request (mean over "
        f"users). The models of the first bucket know {known[0]:,} events, those of the last {known[-1]:,}. {unknown} "
        "held-out items are unknown to the models and count as misses. Means over users [95 % interval]."
    )


def _leads(found: dict) -> str:
    leads = {side: found["two_stage_minus_svd"][side]["ndcg@10"] for side in SIDES}
    texts = [f"{SIDES[side]} {difference_cell(gap)}, {gap['ratio']:.2f} x" for side, gap in leads.items()]
    return f"`two_stage - svd`, NDCG@10: {'; '.join(texts)}."


def past_paragraph(read: Read) -> str:
    """Return what README.md says beside the main table."""
    found = json.loads(read(RESULTS))

    def both(policy: str) -> str:
        past, everything = (found["policies"][policy][side]["ndcg@10"] for side in ("past_only", "all_known"))
        return f"{interval_cell(past)} instead of {everything['value']:.3f}"

    return (
        "**The past only.** The models of this table also know what other users did after the request. Fitted only on "
        f"earlier events, {len(found['buckets'])} times for {found['users']:,} users, `two_stage` has NDCG@10 "
        f"{both('two_stage')}, and `svd` {both('svd')}. See [docs/results.md](docs/results.md#the-past-only)."
    )
