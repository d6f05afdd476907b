"""Which stages DVC runs again after a comment in each room."""

from tests.pipeline.imports import ROOT, SOURCE, room_of, rooms
from tests.project.project import stages

PACKAGES = ("recommender", "recommender_lab")


def reruns() -> dict[str, list[str]]:
    """Return, for each room and each file outside of rooms, the stages that depend on it, in the pipeline's order."""
    files = [path for package in PACKAGES for path in sorted((SOURCE / package).rglob("*.py"))]
    places = dict.fromkeys(room_of(str(path.relative_to(ROOT))) for path in files)
    needed = {name: rooms(ROOT / stage.script) for name, stage in stages().items()}
    return {place: [name for name, needs in needed.items() if place in needs] for place in sorted(places)}


def reruns_table() -> str:
    """Return the same as a table in Markdown, the rooms first, without the files that every stage depends on."""
    found, number = reruns(), len(stages())
    places = sorted(found, key=lambda place: (place.endswith(".py"), place))
    rows = [f"| `{place.removeprefix('src/')}` | {_words(found[place], number)} |" for place in places]
    return "\n".join(["| a comment in | reruns |", "|---|---|", *rows])


def _words(names: list[str], number: int) -> str:
    if len(names) == number:
        return f"all {number} stages"
    left_out = [name for name in stages() if name not in names]
    if len(left_out) <= 5:
        return f"all {number} stages but {', '.join(left_out)}"
    return ", ".join(names) or "none"
