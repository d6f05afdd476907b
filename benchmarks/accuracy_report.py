"""How the comparison with peers is shown: a table in Markdown and a picture of dots with intervals, as SVG."""

from collections.abc import Iterable, Mapping
from typing import Any

from benchmarks.pictures import draw
from recommender_lab.report.charts import Chart

Found = Mapping[str, Any]

GIB = 2**30
OURS = ("two_stage", "svd", "popularity", "random")
TITLES = {
    "als": "ALS (implicit)",
    "bpr": "BPR (implicit)",
    "item_knn": "ItemKNN, tf-idf (implicit)",
    "lightfm": "LightFM, WARP",
    "ease": "EASE",
    "ease_recent": "EASE, recent history",
    "transitions": "item transitions",
    "sasrec": "SASRec (RecTools)",
    "hstu": "HSTU (RecTools)",
}
DATASETS = {"movielens-100k": "MovieLens 100K", "movielens-1m": "MovieLens 1M"}
DEFAULT_TIES = {"movielens-100k": "hashed", "movielens-1m": "file_order"}
TIES = {"hashed": "ties ordered by a hash", "file_order": "ties in the order of the file"}
HEADER = (
    "system",
    "Hit@10",
    "NDCG@10",
    "two_stage is, in NDCG@10",
    "fit s (CPU s)",
    "recommend s (CPU s)",
    "peak GiB",
)


def result_name(dataset: str, ties: str) -> str:
    """Return how the files of a result are called, without suffix: ties other than the usual ones are told."""
    return f"accuracy_{dataset}" + ("" if ties == DEFAULT_TIES[dataset] else f"_{ties}")


def order(found: Found) -> list[str]:
    """Return the systems, the highest NDCG@10 first."""
    metrics = found["metrics"]
    return sorted(metrics, key=lambda name: (-metrics[name]["ndcg@10"]["value"], name))


def title(found: Found, name: str) -> str:
    """Return how a system is called, with the number of epochs that it trained and whether it was to train longer."""
    if name in OURS:
        return f"`{name}`"
    notes = found["notes"].get(name, {})
    epochs = f", {notes['epochs']:g} epochs" if "epochs" in notes else ""
    return TITLES[name] + epochs + (" (cut by the budget)" if notes.get("cut") else "")


def caption(found: Found) -> str:
    """Say what was measured on."""
    moment = "known" if found["request_time"] else "not known"
    return (
        f"{DATASETS[found['dataset']]}; the last event of each user held out, {TIES[found['ties']]}; "
        f"{found['users']:,} test users, {found['items']:,} items, all ranked; the time of a request is {moment} to "
        "`two_stage`; means over users [95 % interval]"
    )


def markdown(found: Found) -> str:
    """Render the table.

    Args:
        found: what benchmarks/accuracy.py writes.

    Returns:
        Lines of Markdown; the last says how the whole pipeline compares with one transformer, if there is one.
    """
    rows = [HEADER, ("---",) * len(HEADER), *(_row(found, name) for name in order(found))]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return "\n\n".join(filter(None, [f"{caption(found)}.", table, _pipeline(found)]))


def section(results: Iterable[Found]) -> str:
    """Return the table and the picture of each edition, as README.md shows them."""
    parts = [
        f"{markdown(found)}\n\n![NDCG@10](benchmarks/results/{result_name(found['dataset'], found['ties'])}.svg)\n"
        for found in results
    ]
    return "\n".join(parts)


def _row(found: Found, name: str) -> tuple[str, ...]:
    metrics, cost = found["metrics"][name], found["costs"][name]
    values = ("{value:.3f} [{low:.3f}, {high:.3f}]".format(**metrics[metric]) for metric in ("hit@10", "ndcg@10"))
    seconds = (f"{cost[part]['wall_s']:,.1f} ({cost[part]['cpu_s']:,.1f})" for part in ("fit", "recommend"))
    return (title(found, name), *values, _gap(found, name), *seconds, f"{cost['peak_bytes'] / GIB:.2f}")


def _gap(found: Found, name: str) -> str:
    if name not in found["two_stage_against"]:
        return "-"
    gap = found["two_stage_against"][name]["ndcg@10"]
    times = f"{gap['ratio']:.2f} x, " if "ratio" in gap else ""
    return f"{times}{gap['difference']:+.3f} [{gap['low']:+.3f}, {gap['high']:+.3f}], p = {gap['p_value']:.3f}"


def _pipeline(found: Found) -> str:
    if "pipeline_over_sasrec_cpu" not in found:
        return ""
    whole, fit = found["pipeline"]["cpu_s"], found["costs"]["sasrec"]["fit"]["cpu_s"]
    return (
        f"The whole pipeline took {whole:,.0f} CPU seconds, including the choice of the number of trees. The last "
        f"fit of SASRec took {fit:,.0f}, without the choice of its settings. The ratio is "
        f"{found['pipeline_over_sasrec_cpu']:.2f}."
    )


def picture(found: Found) -> str:
    """Draw NDCG@10 of each system as a dot with its interval, the best on top.

    Args:
        found: what benchmarks/accuracy.py writes.

    Returns:
        The chart `intervals` of `dvc plots`, as the text of an SVG file.
    """
    rows = [{"system": title(found, name).strip("`"), **found["metrics"][name]["ndcg@10"]} for name in order(found)]
    heading = f"NDCG@10, {DATASETS[found['dataset']]}, {TIES[found['ties']]}; lines: 95 % intervals over users"
    return draw(Chart("intervals", heading, rows, x="value", y="system"))
