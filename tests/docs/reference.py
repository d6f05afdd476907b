"""Blocks about the pipeline itself: its graph, its stages, and what reruns after an edit of a room."""

from itertools import groupby
from pathlib import PurePosixPath

import yaml

from tests.docs.tables import Read, markdown, working
from tests.pipeline.imports import rooms
from tests.project.project import ROOT, Stage, stages


def declared() -> list[Stage]:
    """Return the stages in the order of dvc.yaml."""
    found = stages()
    return [found[name] for name in yaml.safe_load(working("dvc.yaml"))["stages"]]


def dag_block(_: Read) -> str:
    """Draw the stages; an arrow that other arrows already imply is left out."""
    maker = {out: stage.name for stage in declared() for out in stage.outs}
    direct = {stage.name: {maker[path] for path in stage.data if path in maker} for stage in declared()}

    def all_before(name: str) -> set[str]:
        return direct[name].union(*map(all_before, direct[name]))

    nearest = {
        name: [before for before in direct if before in makers and not any(before in all_before(one) for one in makers)]
        for name, makers in direct.items()
    }
    arrows = [f"  {' & '.join(makers)} --> {name}" for name, makers in nearest.items() if makers]
    return "\n".join(["```mermaid", "graph LR", *arrows, "```"]) + "\n"


def stages_block(_: Read) -> str:
    """Return what each stage runs, reads and writes, and its parameters."""
    rows = [
        [
            f"`{stage.name}`",
            f"`{' '.join([stage.script.removeprefix('stages/'), *stage.argv])}`",
            folded(stage.data),
            folded(list(stage.outs)),
            "<br>".join(f"`{key}`" for key in stage.params),
        ]
        for stage in declared()
    ]
    return markdown(["stage", "script in `stages/`", "reads", "writes", "parameters"], rows) + "\n"


def folded(paths: list[str]) -> str:
    """Write paths in code, those of one folder and suffix together: `data/split/{train,valid}.parquet`."""

    def kind(path: str) -> tuple[str, str]:
        return str(PurePosixPath(path).parent), PurePosixPath(path).suffix

    cells = []
    for (folder, suffix), group in groupby(sorted(paths, key=kind), key=kind):
        stems = [PurePosixPath(path).stem for path in group]
        stem = stems[0] if len(stems) == 1 else "{" + ",".join(stems) + "}"
        cells.append(f"`{folder}/{stem}{suffix}`")
    return "<br>".join(cells)


def reruns_block(_: Read) -> str:
    """Return which stages run again after an edit of each room or file of the ground floor."""
    imported = {stage.name: rooms(ROOT / stage.script) for stage in declared()}
    users = {
        room: tuple(name for name, found in imported.items() if room in found)
        for room in sorted(set().union(*imported.values()))
        if room.startswith("src/") and not room.endswith("__init__.py")
    }
    rows = [
        ["<br>".join(f"`{room.removeprefix('src/')}`" for room in same), str(len(names)), _reruns(names, len(imported))]
        for names, same in _by_value(users)
    ]
    return markdown(["edit in", "stages", "which"], rows) + "\n"


def _by_value(users: dict[str, tuple[str, ...]]) -> list[tuple[tuple[str, ...], list[str]]]:
    """Return each set of stages with the rooms that it belongs to, the largest set first."""
    found: dict[tuple[str, ...], list[str]] = {}
    for room, names in users.items():
        found.setdefault(names, []).append(room)
    return sorted(found.items(), key=lambda pair: (-len(pair[0]), pair[1]))


def _reruns(names: tuple[str, ...], total: int) -> str:
    policies = [name for name in names if name.startswith("recommend_")]
    shown = dict.fromkeys("recommend_*" if name in policies and len(policies) == 4 else name for name in names)
    return "all" if len(names) == total else ", ".join(f"`{name}`" for name in shown)


REFERENCE = {"dag": dag_block, "stages": stages_block, "reruns": reruns_block}
