"""The tables of README.md that say what each part brings and what the search found."""

import json

from tests.readme_groups import Read, markdown

ABLATION = "benchmarks/results/ablation_movielens-100k.json"
SEARCH = "benchmarks/results/search_movielens-100k.json"


def ablation_block(read: Read) -> str:
    """Return a line for each change of the ablation, those that cost most first within their kind."""
    found = json.loads(read(ABLATION))
    committed, kinds = found["committed"], {"source": 0, "features": 1, "step": 2}
    lines = sorted(found["changes"], key=lambda line: (kinds[line["kind"]], line["validation"]))
    start = committed["test"]
    first = ["as committed", f"{committed['validation']:.4f}", "", f"{start['hit@10']['mean']:.3f}"]
    rows = [[*first, f"{start['ndcg@10']['mean']:.3f}", "", ""], *(_row(line, committed) for line in lines)]
    header = ["change", "validation NDCG@10", "difference", "test Hit@10", "test NDCG@10", "difference [95 %]", "p"]
    return markdown(header, rows) + "\n"


def _row(line: dict, committed: dict) -> list[str]:
    test = line["test"]["ndcg@10"]
    pairs = line["overrides"]
    name = " ".join(f"`{pair}`" for pair in pairs) if len(pairs) < 3 else line["change"].replace("-", " ")
    return [
        name,
        f"{line['validation']:.4f}",
        f"{line['validation'] - committed['validation']:+.4f}",
        f"{line['test']['hit@10']['mean']:.3f}",
        f"{test['mean']:.3f}",
        "{difference:+.3f} [{low:+.3f}, {high:+.3f}]".format(**test),
        f"{test['p_value']:.3f}",
    ]


def search_block(read: Read) -> str:
    """Return the committed parameters beside the best ones of the search, and the two compared."""
    found = json.loads(read(SEARCH))
    start, best = found["committed"], found["best"]
    rows = [[f"`{name}`", f"{start['parameters'][name]}", f"{value}"] for name, value in best["parameters"].items()]
    rows.append(["validation NDCG@10 in the search", f"{start['validation']:.4f}", f"{best['validation']:.4f}"])
    again = found["confirmed"]
    rows.append(["the same with fresh ranker seeds", f"{again['committed']:.4f}", f"{again['best']:.4f}"])
    said = "difference {difference:+.4f} [{low:+.4f}, {high:+.4f}], p = {p_value:.3f}".format(**again)
    trials = f"{found['trials']['ended']} trials, {found['trials']['ended_early']} of them ended early"
    table = markdown(["parameter", "committed", "best"], rows)
    return f"{table}\n\n{trials}; with fresh seeds: {said}.\n"


ABLATIONS = {"ablation": ablation_block, "search": search_block}
