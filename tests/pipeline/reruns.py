"""Which stages DVC runs again after a comment in each room."""

from tests.pipeline.imports import ROOT, SOURCE, room_of, rooms
from tests.project.project import read_yaml, stages

PACKAGES = ("recommender", "recommender_lab")
STAGES = stages()
ORDER = list(read_yaml(ROOT / "dvc.yaml")["stages"])
RECOMMEND = [name for name in ORDER if name.startswith("recommend_")]


def reruns() -> dict[str, list[str]]:
    """Return, for each room and each file outside of rooms, the stages that depend on it, in the order of dvc.yaml."""
    files = [path for package in PACKAGES for path in sorted((SOURCE / package).rglob("*.py"))]
    places = dict.fromkeys(room_of(str(path.relative_to(ROOT))) for path in files)
    needed = {name: rooms(ROOT / STAGES[name].script) for name in ORDER}
    return {place: [name for name, needs in needed.items() if place in needs] for place in sorted(places)}


def reruns_table() -> str:
    """Return the same as a table in Markdown, the rooms first."""
    found = reruns()
    places = sorted(found, key=lambda place: (place.endswith(".py"), place))
    rows = [f"| `{place.removeprefix('src/')}` | {_words(found[place])} |" for place in places]
    return "\n".join(["| a comment in | reruns |", "|---|---|", *rows])


def _words(names: list[str]) -> str:
    left_out = [name for name in ORDER if name not in names]
    if len(left_out) <= len(RECOMMEND):
        return f"all {len(ORDER)} stages" + (f" but {', '.join(left_out)}" if left_out else "")
    if set(RECOMMEND) <= set(names):
        at = names.index(RECOMMEND[0])
        names = [*names[:at], "recommend_*", *(name for name in names[at:] if name not in RECOMMEND)]
    return ", ".join(names) or "none"
