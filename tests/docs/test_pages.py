"""README.md says what the project is: its figures, stages, graph, paths and parameters are compared with the files.

`python -m tests.test_readme` writes the blocks between `<!-- NAME -->` and `<!-- /NAME -->` anew from those files.
"""

import json
import re
import subprocess
from itertools import groupby
from pathlib import PurePosixPath

import pytest
import yaml

from benchmarks import accuracy_report
from recommender.evaluation.summary import render, shown_k
from tests.project.project import ROOT, leaves, read_params, stages
from tests.readme_ab_test import ab_test_block
from tests.readme_ablation import ablation_block, search_block
from tests.readme_check import check_block
from tests.readme_examples import EXAMPLES
from tests.readme_groups import MEASURED, Read, interval_cell, markdown
from tests.readme_simulations import SIMULATIONS
from tests.readme_splits import ceiling_block, splits_block

README = ROOT / "README.md"
EVALUATE = "metrics/evaluate.json"
SHOWN = ("evaluate.json", "plots/policies.json", "plots/differences.json")
TIED = ("hit@10", "ndcg@10")
ACCURACY = {"hit": "Hit", "recall": "Recall", "ndcg": "NDCG", "mrr": "MRR"}
BEYOND = {"coverage": "Coverage", "novelty": "Novelty", "diversity": "Diversity", "popularity": "Popularity"}
DATASETS = {"movielens-100k": "MovieLens 100K", "movielens-1m": "MovieLens 1M", "interaction-log": "an own log"}
METHODS = {"last_interaction": "the last event of each user held out", "global_time": "held out from one moment on"}
TIES = {"hashed": "ties ordered by a hash", "file_order": "ties in the order of the file"}


def working(path: str) -> str:
    """Return a file of the project as it is."""
    return (ROOT / path).read_text(encoding="utf-8")


def committed(path: str) -> str:
    """Return a file as the last commit has it: after an experiment the README still tells of the committed results."""
    command = ["git", "show", f"HEAD:{path}"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, encoding="utf-8").stdout


def marked(text: str, name: str) -> str:
    """Return what stands between the two comments of a block."""
    return text.partition(f"<!-- {name} -->\n")[2].partition(f"<!-- /{name} -->")[0]


class Results:
    """The committed metrics of one run: values, intervals and differences."""

    def __init__(self, read: Read) -> None:
        self.metrics, policies, differences = (json.loads(read(f"metrics/{name}")) for name in SHOWN)
        self.intervals: dict = {}
        for row in policies["policies"]:
            self.intervals.setdefault(row["policy"], {})[f"{row['metric']}@{row['k']}"] = row
        self.differences: dict = {}
        for row in differences["differences"]:
            self.differences.setdefault(row["comparison"], {})[f"{row['metric']}@{row['k']}"] = row
        self.k = shown_k(self.metrics)
        self.params = yaml.safe_load(read("params.yaml"))
        self.split = json.loads(read("metrics/split.json"))

    def policies(self) -> list[str]:
        """Return the policies, the best first."""
        return sorted(self.metrics, key=lambda policy: -self.metrics[policy][f"ndcg@{self.k}"])

    def ratio(self, pair: str, name: str) -> float:
        one, other = pair.split(" - ")
        return self.metrics[one][name] / self.metrics[other][name]

    def cell(self, policy: str, name: str) -> str:
        return interval_cell(self.intervals[policy][name] | {"value": self.metrics[policy][name]})


def caption(results: Results) -> str:
    params, test = results.params, results.split["test"]
    ties = TIES[params["split"]["ties"]]
    seed = f" with seed {params['split']['tie_seed']}" if params["split"]["ties"] == "hashed" else ""
    moment = "known" if params["sequence"]["request_time"] else "not known"
    return (
        f"{DATASETS[params['dataset']['name']]}; split: {METHODS[params['split']['method']]}, {ties}{seed}; "
        f"{test['users']:,} test users; the time of a request is {moment} to two_stage; K = {results.k}; "
        "means over users [95 % interval]."
    )


def values_table(results: Results, columns: dict[str, str]) -> str:
    header = ["policy", *(f"{title}@{results.k}" for title in columns.values())]
    rows = [
        [f"`{policy}`", *(results.cell(policy, f"{name}@{results.k}") for name in columns)]
        for policy in results.policies()
    ]
    return markdown(header, rows)


def lengths_table(results: Results) -> str:
    ks = [k for k in results.params["evaluate"]["ks"] if k != results.k]
    names = {f"{name}@{k}": f"{ACCURACY[name]}@{k}" for name in ("hit", "ndcg") for k in ks}
    rows = [
        [f"`{policy}`", *(f"{results.metrics[policy][name]:.3f}" for name in names)] for policy in results.policies()
    ]
    return markdown(["policy", *names.values()], rows)


def differences_table(results: Results) -> str:
    rows = []
    for pair, values in results.differences.items():
        name = f"ndcg@{results.k}"
        found = values[name]
        size = f"{found['value']:+.3f} [{found['low']:+.3f}, {found['high']:+.3f}]"
        rows.append([f"`{pair}`", size, f"{results.ratio(pair, name):.2f}", f"{found['p_value']:.3f}"])
    return markdown(["paired difference", f"NDCG@{results.k} [95 % interval]", "ratio", "p"], rows)


def results_block(read: Read) -> str:
    results = Results(read)
    tables = [values_table(results, ACCURACY), values_table(results, BEYOND)]
    return "\n\n".join([caption(results), *tables, lengths_table(results), differences_table(results)]) + "\n"


def repro_block(read: Read) -> str:
    """Return what `make repro` prints last, from the committed files: the ratios from means of six decimals."""
    results = Results(read)
    name = f"ndcg@{results.k}"
    differences = {
        pair.replace(" - ", "_minus_"): {
            name: values[name] | {"difference": values[name]["value"], "ratio": results.ratio(pair, name)}
        }
        for pair, values in results.differences.items()
    }
    return f"```text\n{render(results.metrics, results.intervals, differences)}\n```\n"


def ties_block(read: Read) -> str:
    """Return the means over tie seeds, `two_stage` with and without the request's time, then each source alone."""
    found = json.loads(read("benchmarks/results/ties.json"))
    policies = {f"`{name}`": values for name, values in found["with_request_time"].items()}
    policies["`two_stage`, time of the request unknown"] = found["without_request_time"]["two_stage"]
    names = sorted(policies, key=lambda name: -policies[name]["ndcg@10"]["mean"])
    rows = [
        [name, *("{mean:.3f} ({lowest:.3f} to {highest:.3f})".format(**policies[name][of]) for of in TIED)]
        for name in names
    ]
    header = f"policy, or source alone: mean over {found['seeds']} tie seeds (lowest to highest)"
    return markdown([header, *(f"{ACCURACY[of.partition('@')[0]]}@10" for of in TIED)], rows) + "\n"


def peers_block(read: Read) -> str:
    editions = [*accuracy_report.DEFAULT_TIES.items(), ("movielens-1m", "hashed")]
    names = [accuracy_report.result_name(*edition) for edition in editions]
    return accuracy_report.section(json.loads(read(f"benchmarks/results/{name}.json")) for name in names)


def declared() -> list:
    """Return the stages in the order of dvc.yaml."""
    found = stages()
    return [found[name] for name in yaml.safe_load(working("dvc.yaml"))["stages"]]


def folded(paths: list[str]) -> str:
    """Write paths in code, those of one folder and suffix together: `data/split/{train,valid}.parquet`."""
    kinds = [(str(PurePosixPath(path).parent), PurePosixPath(path).suffix, path) for path in paths]
    cells = []
    for (folder, suffix), group in groupby(kinds, key=lambda kind: kind[:2]):
        stems = [PurePosixPath(path).stem for _, _, path in group]
        stem = stems[0] if len(stems) == 1 else "{" + ",".join(stems) + "}"
        cells.append(f"`{folder}/{stem}{suffix}`")
    return "<br>".join(cells)


def stages_block() -> str:
    rows = [
        [
            f"`{stage.name}`",
            f"`{' '.join([stage.script, *stage.argv])}`",
            folded(stage.data),
            folded(list(stage.outs)),
            "<br>".join(f"`{key}`" for key in stage.params),
        ]
        for stage in declared()
    ]
    return markdown(["stage", "script", "reads", "writes", "params"], rows) + "\n"


def dag_block() -> str:
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


BLOCKS = {"dag": lambda _: dag_block(), "stages": lambda _: stages_block(), "repro": repro_block}
BLOCKS |= {"results": results_block, "ties": ties_block} | MEASURED
BLOCKS |= {"splits": splits_block, "ceiling": ceiling_block, "ablation": ablation_block, "search": search_block}
BLOCKS |= {"ab_test": ab_test_block, "check": check_block, "peers": peers_block} | SIMULATIONS | EXAMPLES


def refresh() -> None:
    """Write every block of README.md anew."""
    text = README.read_text(encoding="utf-8")
    for name, block in BLOCKS.items():
        text = text.replace(f"{marked(text, name)}<!-- /{name} -->", f"{block(working)}<!-- /{name} -->")
    README.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def readme():
    return README.read_text(encoding="utf-8")


def source(block: str, name: str) -> Read:
    """Return where a block should come from: the files as they are, else, after an experiment, as committed."""
    return working if block == BLOCKS[name](working) else committed


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_are_up_to_date(readme, name):
    block = marked(readme, name)
    assert block == BLOCKS[name](source(block, name)), "README.md is behind; run: python -m tests.test_readme"


@pytest.mark.parametrize("title", [*ACCURACY.values(), *BEYOND.values()])
def test_each_figure_is_the_committed_one(readme, title):
    block = marked(readme, "results")
    metrics = json.loads(source(block, "results")(EVALUATE))
    rows = [line.strip("| ").split(" | ") for line in block.splitlines() if line.startswith("|")]
    at = next(place for place, row in enumerate(rows) if any(cell.startswith(f"{title}@") for cell in row))
    column = next(place for place, cell in enumerate(rows[at]) if cell.startswith(f"{title}@"))
    shown = {row[0].strip("`"): row[column].split()[0] for row in rows[at + 2 : at + 2 + len(metrics)]}
    name = rows[at][column].lower()
    assert shown == {policy: f"{values[name]:.3f}" for policy, values in metrics.items()}


def test_the_first_command_comes_soon(readme):
    before = re.sub(r"<!--.*?-->|```mermaid.*?```", "", readme.partition("\nmake repro\n")[0], flags=re.S)
    assert len(before.split()) < 150


def test_the_tree_names_what_is_there(readme):
    made = {out for stage in stages().values() for out in stage.outs}
    made |= {str(parent) for out in made for parent in PurePosixPath(out).parents}
    gone = [path for path in tree(readme) if not (ROOT / path).exists() and path not in made]
    assert gone == []


def test_the_tree_leaves_nothing_out(readme):
    own = [path for path in (ROOT / "src/recommender").iterdir() if not path.name.startswith("__")]
    scripts = (ROOT / "stages").glob("*.py")
    listed = set(tree(readme))
    assert {str(path.relative_to(ROOT)) for path in [*own, *scripts]} - listed == set()


def tree(readme):
    """Return the paths of the annotated tree: two spaces per level, the name first."""
    paths, above = [], []
    for line in marked(readme, "tree").splitlines():
        if line.strip() and not line.startswith("```"):
            depth = (len(line) - len(line.lstrip())) // 2
            above[depth:] = [line.split()[0].rstrip("/")]
            paths.append("/".join(above))
    assert len(paths) > 20
    return paths


def test_every_parameter_named_is_one(readme):
    named = set(re.findall(r"-S (?:'|\")?([a-z_.]+)=", readme))
    named |= set(re.findall(rf"`((?:{'|'.join(read_params())})\.(?!py`)[a-z_]+)`", readme))
    inner = {f"{section}.{key}" for section, values in read_params().items() for key in values}
    assert len(named) > 10
    assert named - set(leaves(read_params())) - inner == set()


def test_links_lead_somewhere(readme):
    links = [link for link in re.findall(r"\]\(([^)]+)\)", readme) if not link.startswith("http")]
    headings = {re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in headed(readme)}
    assert [link for link in links if link.startswith("#") and link[1:] not in headings] == []
    assert [link for link in links if not link.startswith("#") and not (ROOT / link).exists()] == []


def headed(readme):
    return re.findall(r"^#+ .*$", re.sub(r"```.*?```", "", readme, flags=re.S), flags=re.M)


if __name__ == "__main__":
    refresh()
