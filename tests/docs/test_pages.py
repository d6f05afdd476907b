"""README.md and docs/ are compared with the project: blocks, figures, parameters, commands, paths and links.

`python -m tests.docs` writes the generated blocks again.
"""

import json
import re
from pathlib import Path, PurePosixPath

import pytest

from recommender.evaluation.metrics import ACCURACY, BEYOND
from tests.docs.blocks import BLOCKS, OTHERS, PAGES, blocks_of, rewritten
from tests.docs.commands import COMMANDS, NoModelsError
from tests.docs.tables import Read, committed, working
from tests.project.project import ROOT, leaves, read_params, stages

README = ROOT / "README.md"
TEXTS = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in (*PAGES, *OTHERS)}
BEHIND = "a page is out of date; run: python -m tests.docs"


def found_blocks() -> list[tuple[str, str, str]]:
    return [(page, name, block) for page, text in TEXTS.items() for name, block in blocks_of(text).items()]


def source(name: str, block: str) -> Read:
    """Return where a block should come from: the working copy, or, after an experiment, the last commit."""
    return working if block == BLOCKS[name](working) else committed


def test_every_block_is_in_one_page():
    assert sorted(name for _, name, _ in found_blocks() if name != "tree") == sorted(BLOCKS)


def test_blocks_are_up_to_date():
    blocks = [found for found in found_blocks() if found[1] not in {"tree", *COMMANDS}]
    wrong = [f"{page}: {name}" for page, name, block in blocks if block != BLOCKS[name](source(name, block))]
    assert wrong == [], BEHIND


def test_outputs_of_commands_are_up_to_date():
    try:
        wrong = [name for _, name, block in found_blocks() if name in COMMANDS and block != BLOCKS[name](working)]
    except NoModelsError as error:
        pytest.skip(str(error))
    assert wrong == [], BEHIND


def test_blocks_are_written_again():
    page = "before\n<!-- dag -->\nold\n<!-- /dag -->\nafter\n"
    assert rewritten(page, working) == f"before\n<!-- dag -->\n{BLOCKS['dag'](working)}<!-- /dag -->\nafter\n"


def test_each_figure_is_the_committed_one():
    """A second way to the figures of one table: column by column from metrics/plots/policies.json."""
    block = blocks_of(TEXTS["docs/results.md"])["results"]
    found = json.loads(source("results", block)("metrics/plots/policies.json"))["policies"]
    rows = [line.strip("| ").split(" | ") for line in block.splitlines() if line.startswith("|")]
    wrong = []
    for title in [*ACCURACY.values(), *BEYOND.values()]:
        at = next(place for place, row in enumerate(rows) if any(cell.startswith(f"{title}@") for cell in row))
        column = next(place for place, cell in enumerate(rows[at]) if cell.startswith(f"{title}@"))
        shown = {row[0].strip("`"): row[column].split()[0] for row in rows[at + 2 : at + 6]}
        name = rows[at][column].lower()
        if shown != {row["policy"]: f"{row['value']:.3f}" for row in found if f"{row['metric']}@{row['k']}" == name}:
            wrong.append(title)
    assert wrong == []


def test_the_readme_is_short_and_starts_with_a_command():
    text = TEXTS["README.md"]
    assert len(text.splitlines()) <= 250
    assert len(text.encode()) <= 14_000
    before = re.sub(r"<!--.*?-->|```mermaid.*?```", "", text.partition("\nmake repro\n")[0], flags=re.S)
    assert len(before.split()) < 150


def test_the_tree_names_paths_that_exist():
    gone = [path for path in tree() if not (ROOT / path).exists()]
    assert gone == []


def test_the_tree_names_every_room():
    rooms = [path for package in ("recommender", "recommender_lab") for path in (ROOT / "src" / package).iterdir()]
    folders = {str(path.relative_to(ROOT)) for path in rooms if (path / "__init__.py").exists()}
    assert folders - set(tree()) == set()


def tree() -> list[str]:
    """Return the paths of the annotated tree in README.md: two spaces per level, the name first."""
    paths: list[str] = []
    above: list[str] = []
    for line in blocks_of(TEXTS["README.md"])["tree"].splitlines():
        if line.strip() and not line.startswith("```"):
            depth = (len(line) - len(line.lstrip())) // 2
            above[depth:] = [line.split()[0].rstrip("/")]
            paths.append("/".join(above))
    assert len(paths) > 15
    return paths


def test_named_parameters_exist():
    params = read_params()
    known = set(leaves(params)) | {f"{section}.{key}" for section, values in params.items() for key in values}
    wrong = []
    for page, text in TEXTS.items():
        if page == "CHANGELOG.md":
            continue
        named = set(re.findall(r"-S (?:'|\")?([a-z_.]+)=", text))
        named |= set(re.findall(rf"`((?:{'|'.join(params)})\.(?!py\b)[a-z_]+)[`:]", text))
        wrong += [f"{page}: {name}" for name in sorted(named - known)]
    assert wrong == []


def test_named_commands_exist():
    """The modules after `python -m`, and the targets after `make`."""
    targets = set(re.findall(r"^([a-z]+):", working("Makefile"), flags=re.M))
    wrong = []
    for page, text in TEXTS.items():
        if page == "CHANGELOG.md":
            continue
        modules = {name for name in re.findall(r"python -m ([\w.]+\w)", text) if not is_module(name)}
        made = set(re.findall(r"(?:^|`)make ([a-z]+)", text, flags=re.M)) - targets
        wrong += [f"{page}: {name}" for name in sorted(modules | made)]
    assert wrong == []


def is_module(name: str) -> bool:
    stem = PurePosixPath(name.replace(".", "/"))
    places = [folder / end for folder in (ROOT, ROOT / "src") for end in (f"{stem}.py", stem / "__main__.py")]
    return any(place.exists() for place in places)


def test_named_paths_exist():
    """Paths of the project in backticks: files that Git has, or outputs of stages."""
    made = {out for stage in stages().values() for out in stage.outs}
    made |= {str(parent) for out in made for parent in PurePosixPath(out).parents}
    wrong = []
    for page, text in TEXTS.items():
        named = re.findall(r"`((?:src|stages|tests|benchmarks|metrics|models|docs|data)/[\w./]+?)/?`", text)
        wrong += [f"{page}: {path}" for path in named if not (ROOT / path).exists() and path not in made | UNTRACKED]
    assert wrong == []


UNTRACKED = {
    "benchmarks/cache",
    "data/live/events.sqlite",
    "data/.rounds",
    "data/request_logs/POLICY.jsonl",
    "data/recommendations/POLICY.parquet",
}
UNTRACKED |= {"metrics/NAME.json", "metrics/details/NAME.csv", "stages/NAME.py", "data/local/log.csv"}


def test_links_lead_somewhere():
    wrong = []
    for page, text in TEXTS.items():
        for link in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", text, flags=re.S)):
            target, _, anchor = link.partition("#")
            path = (ROOT / page).parent / target if target else ROOT / page
            if not link.startswith("http") and not (path.exists() and (not anchor or anchor in anchors(path))):
                wrong.append(f"{page}: {link}")
    assert wrong == []


def anchors(path: Path) -> set[str]:
    """Return the anchors that a Markdown page has, as GitHub makes them of its headings."""
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S)
    headings = re.findall(r"^#+ (.*)$", text, flags=re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
