"""The block about the service under load."""

import json

from tests.docs.tables import Read, markdown


def load_block(read: Read) -> str:
    """Return a row per policy and number of callers, and a line about events."""
    found = json.loads(read("benchmarks/results/load_movielens-100k.json"))
    rows = [
        [f"`{policy}`", str(row["callers"]), *(f"{row[key]:.0f}" for key in ("per_s", "p50_ms", "p99_ms")),
         f"{row['cpu_ms']:.1f}", str(row["failed"])]
        for policy, measured in found["policies"].items() for row in measured
    ]  # fmt: skip
    events, machine = found["events"], found["machine"]
    header = ["policy", "callers", "answers per second", "p50 ms", "p99 ms", "CPU ms", "failed"]
    text = (
        f"\nEvents, {events['events_per_request']} per request, 4 callers: {events['events_per_s']:,.0f} per second, "
        f"{events['failed']} failed. Memory afterwards: {found['memory_mib']:.0f} MiB. {machine['cores']} cores, load "
        f"average {machine['load_average']} at the end: the callers and other work used the same machine.\n"
    )
    return markdown(header, rows) + "\n" + text
