"""Blocks about the ablation and the parameter search."""

import json

from tests.docs.tables import Read, difference_cell, markdown

ABLATION = "benchmarks/results/ablation_movielens-100k.json"


def ablation_block(read: Read) -> str:
    """Return a row for each change, the most harmful first within sources, features and larger steps."""
    found = json.loads(read(ABLATION))
    committed, kinds = found["committed"], {"source": 0, "features": 1, "step": 2}
    lines = sorted(found["changes"], key=lambda line: (kinds[line["kind"]], line["validation"]))
    start = committed["test"]
    first = ["as committed", f"{committed['validation']:.4f}", "", f"{start['hit@10']['mean']:.3f}"]
    rows = [[*first, f"{start['ndcg@10']['mean']:.3f}", "", ""], *(_row(line, committed) for line in lines)]
    header = [
        "change",
        "validation NDCG@10",
        "difference",
        "test Hit@10",
        "test NDCG@10",
        "difference [95 % interval]",
        "p",
    ]
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
        difference_cell(test),
        f"{test['p_value']:.3f}",
    ]


def search_block(read: Read) -> str:
    """Return the result of the search: the best parameters compared with the committed ones."""
    found = json.loads(read("benchmarks/results/search_movielens-100k.json"))
    trials, committed, best, again = (found[name] for name in ("trials", "committed", "best", "confirmed"))
    return (
        f"Of {trials['ended']} trials, {trials['ended_early']} were stopped early. The best (trial {best['trial']}) "
        f"has a mean validation NDCG@10 of {best['validation']:.4f}; the committed parameters have "
        f"{committed['validation']:.4f}. With new ranker seeds, they have {again['best']:.4f} and "
        f"{again['committed']:.4f}: difference {difference_cell(again, 4)}, p = {again['p_value']:.3f}.\n"
    )
