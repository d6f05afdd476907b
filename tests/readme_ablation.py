"""The table of README.md that says what each part brings."""

import json

from tests.readme_groups import Read, markdown

ABLATION = "benchmarks/results/ablation_movielens-100k.json"


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
    """Return what the search found, and how the best parameters compare with the committed ones."""
    found = json.loads(read("benchmarks/results/search_movielens-100k.json"))
    trials, committed, best, again = (found[name] for name in ("trials", "committed", "best", "confirmed"))
    return (
        f"{trials['ended']} trials, {trials['ended_early']} of them ended early: the committed parameters have a mean "
        f"validation NDCG@10 of {committed['validation']:.4f}, trial {best['trial']} has {best['validation']:.4f}, the "
        f"highest. With fresh ranker seeds {again['committed']:.4f} and {again['best']:.4f}: a difference of "
        f"{again['difference']:+.4f} [{again['low']:+.4f}, {again['high']:+.4f}], p = {again['p_value']:.3f}.\n"
    )
