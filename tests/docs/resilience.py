"""The block about swaps under load and about overload."""

import json

from tests.docs.tables import Read


def resilience_block(read: Read) -> str:
    """Return a line about each."""
    found = json.loads(read("benchmarks/results/resilience_movielens-100k.json"))
    swap, over = found["swap"], found["overload"]
    machine, memory, alone = found["machine"], over["memory_mib"], over["alone_ms"]
    return (
        f"- Two revisions took turns {swap['swaps']} times while 8 callers asked: {swap['answers']:,} answers, "
        f"{swap['failed']} failed, {swap['mixed']} with a list that is not the one of the revision that they name. "
        f"The lists of the two revisions differ for {swap['differ']} of the {swap['lists']} pairs of user and policy.\n"
        f"- {over['callers']} callers for {over['seconds']:.0f} s, with `--waiting {over['waiting']}`: "
        f"{over['answers']:,} answers, {over['refused']:,} refused (503 with `Retry-After`), {over['failed']} failed. "
        f"Memory: {memory['before']:.0f} MiB before, {memory['halfway']:.0f} halfway, {memory['after']:.0f} after. "
        f"Median of one request at a time: {alone['before']:.1f} ms before, {alone['after']:.1f} ms after.\n\n"
        f"{machine['cores']} cores, load average {machine['load_average']}: other work used the same machine.\n"
    )
