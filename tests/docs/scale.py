"""The blocks about the growth of time and memory with the size of the log, and about large logs."""

import json
import math

from benchmarks import engine, large, pipeline
from benchmarks.scale import rows
from tests.docs.tables import Read, markdown


def scale_block(read: Read) -> str:
    """Return the CPU seconds of each stage and size, the peak memory at the largest, and the exponent."""
    found = json.loads(read("benchmarks/results/scale_synthetic.json"))["events"]
    lines = rows({int(events): costs for events, costs in found.items()})
    cells = [[f"`{line['stage']}`", *(_cell(key, line[key]) for key in [*line][1:])] for line in lines]
    return markdown([*lines[0]], cells) + "\n"


def large_block(read: Read) -> str:
    """Return the CPU seconds and the peak memory of each stage of the large synthetic log, and of all with DVC."""
    found = json.loads(read("benchmarks/results/pipeline_synthetic.json"))
    kept = ("CPU s", "peak GiB")
    cells = [[f"`{line['stage']}`", *(_cell(key, line[key]) for key in kept)] for line in pipeline.rows(found)]
    return markdown(["stage", *kept], cells) + "\n"


def largest_block(read: Read) -> str:
    """Return the CPU seconds and the peak memory of each stage that reads the whole of the largest log, by engine."""
    found = json.loads(read("benchmarks/results/large.json"))
    lines = large.rows(found["engines"])
    kept = ("CPU s", "wall s", "GiB of the largest process", "GiB of the largest worker")
    cells = [[str(line["engine"]), f"`{line['stage']}`", *(_cell(key, line[key]) for key in kept)] for line in lines]
    same = "the same bytes" if found["same_bytes"] else "different bytes"
    return f"{markdown(['engine', 'stage', *kept], cells)}\n\nThe results of both engines have {same}.\n"


def engine_block(read: Read) -> str:
    """Return the CPU seconds of the stages with an engine on MovieLens 1M, in threads and on Dask, and their sum."""
    lines = engine.rows(json.loads(read("benchmarks/results/engine_movielens-1m.json"))["costs"])
    kept = ("CPU s, local", "CPU s, Dask")
    local, dask = (sum(float(line[key]) for line in lines) for key in kept)
    whole: dict[str, str | float] = {"stage": "all of them", kept[0]: local, kept[1]: dask, "ratio": dask / local}
    shown = [*kept, "ratio"]
    cells = [[f"`{line['stage']}`", *(_cell(key, line[key]) for key in shown)] for line in [*lines, whole]]
    return markdown(["stage", *shown], cells) + "\n"


def _cell(name: str, value: str | float) -> str:
    number = float(value)
    if math.isnan(number) or (number == 0 and name.endswith("worker")):
        return "-"
    decimals = 2 if name in {"exponent", "ratio"} else 1 if number < 10 else 0
    return f"{number:,.{decimals}f}"
