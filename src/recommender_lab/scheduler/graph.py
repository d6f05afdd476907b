"""The graph of the stages, as DVC prints it."""

import re

EDGE = re.compile(r'"(.+)" -> "(.+)";')


def stages_of(graph: str) -> dict[str, set[str]]:
    """Return the stages before each stage.

    Args:
        graph: what `dvc dag --dot` prints.
    """
    before: dict[str, set[str]] = {}
    for first, second in EDGE.findall(graph):
        before.setdefault(first, set())
        before.setdefault(second, set()).add(first)
    return before
