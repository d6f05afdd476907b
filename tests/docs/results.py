"""Blocks about accuracy: the headline of README.md, all metrics, tie seeds, the output of `make repro`, peers."""

import json
import math

import yaml

from benchmarks import accuracy_report
from recommender.estimate import Estimate
from recommender.evaluation.metrics import ACCURACY, BEYOND
from recommender.evaluation.plot_rows import by_policy
from recommender.evaluation.significance import shown
from recommender.evaluation.summary import render, shown_k
from tests.docs.past import past_paragraph
from tests.docs.tables import Read, details, interval_cell, markdown

DATASETS = {"movielens-100k": "MovieLens 100K", "movielens-1m": "MovieLens 1M", "interaction-log": "your own log"}
METHODS = {"last_interaction": "the last event of each user is held out", "global_time": "held out by global time"}
TIES = {"hashed": "ties are ordered by a hash (tie seed {seed})", "file_order": "ties are in the order of the file"}
SHOWN_TIES = ("hit@10", "ndcg@10")
OURS = ("two_stage", "svd", "popularity", "random")


class Results:
    """The metrics of one run: values, intervals and differences."""

    def __init__(self, read: Read) -> None:
        policies, differences = (json.loads(read(f"metrics/plots/{name}.json")) for name in ("policies", "differences"))
        self.metrics, self.intervals = by_policy(policies["policies"])
        self.differences: dict = {}
        for row in differences["differences"]:
            self.differences.setdefault(row["comparison"], {})[f"{row['metric']}@{row['k']}"] = row
        self.k = shown_k(self.metrics)
        self.params = yaml.safe_load(read("params.yaml"))
        self.split, self.prepare = (details(read, name) for name in ("split", "prepare"))

    def policies(self) -> list[str]:
        """Return the policies, the best first."""
        return sorted(self.metrics, key=lambda policy: -self.metrics[policy][f"ndcg@{self.k}"])

    def ratio(self, pair: str, name: str) -> float:
        one, other = pair.split(" - ")
        return self.metrics[one][name] / self.metrics[other][name]

    def cell(self, policy: str, name: str) -> str:
        return interval_cell(self.intervals[policy][name] | {"value": self.metrics[policy][name]})


def caption(results: Results) -> str:
    params = results.params
    ties = TIES[params["split"]["ties"]].format(seed=params["split"]["tie_seed"])
    uses = "uses" if params["sequence"]["request_time"] else "does not use"
    return (
        f"{DATASETS[params['dataset']['name']]}, {results.split['test']['users']:,} test users, K = {results.k}; "
        f"{METHODS[params['split']['method']]}, {ties}; `two_stage` {uses} the time of the request. "
        "Means over users [95 % interval]."
    )


def headline_block(read: Read) -> str:
    """Return the policies in a few columns, their range over tie seeds, and the best other systems."""
    results, ties = Results(read), json.loads(read("benchmarks/results/ties.json"))
    seeds, other = ties["with_request_time"], ties["without_request_time"]["two_stage"]["ndcg@10"]
    names = [f"{name}@{results.k}" for name in ("hit", "ndcg", "coverage")]
    rows = [
        [f"`{policy}`", *(results.cell(policy, name) for name in names), *_moved(seeds, policy)]
        for policy in results.policies()
    ]
    titles = [f"{title}@{results.k}" for title in ("Hit", "NDCG", "Coverage")]
    table = markdown(["policy", *titles, f"NDCG@10 over {ties['seeds']} tie seeds (range)"], rows)
    tied = results.prepare["share_of_users_with_tied_last_event"]
    note = (
        f"**Ties.** {tied:.0%} of these users have several events in their last second, so the tie rule decides which "
        f"of them is held out. The last column repeats the pipeline with {ties['seeds']} tie seeds: mean and range. "
        f"Without the time of the request, `two_stage` has {spread(other)}."
    )
    return "\n\n".join([caption(results), table, past_paragraph(read), note, _best_peers(read)]) + "\n"


def _moved(seeds: dict, policy: str) -> list[str]:
    return [spread(seeds[policy]["ndcg@10"]) if policy in seeds else "-"]


def spread(found: dict) -> str:
    """Return a mean over tie seeds with its range."""
    return "{mean:.3f} ({lowest:.3f} to {highest:.3f})".format(**found)


def _best_peers(read: Read) -> str:
    found = json.loads(read("benchmarks/results/accuracy_movielens-100k.json"))
    peers = [name for name in accuracy_report.order(found) if name not in OURS]
    best, sasrec = (found["metrics"][name]["ndcg@10"]["value"] for name in (peers[0], "sasrec"))
    own, published = (json.loads(read(f"benchmarks/{name}/time_split.json")) for name in ("results", "peers"))
    every, others = own["tasks"]["every"]["two_stage"]["value"], max(row["every"] for row in published)
    return (
        f"**Peers.** On the same split, the best of {len(peers)} other systems ({accuracy_report.TITLES[peers[0]]}) "
        f"has NDCG@10 {best:.3f}; the transformer SASRec has {sasrec:.3f}. On a published split of MovieLens 1M by "
        f"time, `two_stage` has {every:.3f} for every later event, and the best published value is {others:.3f}. "
        "See [docs/peers.md](docs/peers.md)."
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
    name = f"ndcg@{results.k}"
    rows = []
    for pair, values in results.differences.items():
        found = values[name]
        size = f"{found['value']:+.3f} [{found['low']:+.3f}, {found['high']:+.3f}]"
        rows.append([f"`{pair}`", size, f"{results.ratio(pair, name):.2f}", shown(found["p_value"])])
    return markdown(["paired difference", f"NDCG@{results.k} [95 % interval]", "ratio", "p"], rows)


def results_block(read: Read) -> str:
    """Return every metric of every policy, then the paired differences."""
    results = Results(read)
    tables = [values_table(results, ACCURACY), values_table(results, BEYOND)]
    return "\n\n".join([caption(results), *tables, lengths_table(results), differences_table(results)]) + "\n"


def repro_block(read: Read) -> str:
    """Return the end of the output of `make repro`; ratios are those of the means, to six decimals."""
    results = Results(read)
    name = f"ndcg@{results.k}"
    differences = {
        pair.replace(" - ", "_minus_"): {
            name: values[name]
            | {"difference": values[name]["value"], "ratio": results.ratio(pair, name)}
            # NDCG is defined for all of them.
            | {"users": results.split["test"]["users"]}
        }
        for pair, values in results.differences.items()
    }
    return f"```text\n{render(results.metrics, results.intervals, differences)}\n```\n"


def ties_block(read: Read) -> str:
    """Return means over tie seeds: the policies, `two_stage` without the time of the request, each source alone."""
    found = json.loads(read("benchmarks/results/ties.json"))
    policies = {f"`{name}`": values for name, values in found["with_request_time"].items()}
    policies["`two_stage` without the time of the request"] = found["without_request_time"]["two_stage"]
    names = sorted(policies, key=lambda name: -policies[name]["ndcg@10"]["mean"])
    rows = [[name, *(spread(policies[name][metric]) for metric in SHOWN_TIES)] for name in names]
    header = f"policy or single source, mean over {found['seeds']} tie seeds (range)"
    return markdown([header, "Hit@10", "NDCG@10"], rows) + "\n"


def chance_block(read: Read) -> str:
    """Return every source of chance in the NDCG of two policies, and one interval from all of them."""
    ties, rows = json.loads(read("benchmarks/results/ties.json")), []
    found = json.loads(read("metrics/plots/corrected.json"))["corrected"]
    header = ["policy", "NDCG@10", "users and items", "tie seeds", "training seeds", "95 % interval from all three"]
    for policy in ("two_stage", "svd"):
        own = next(row for row in found if row["policy"] == policy and row["group"] == "all alike")
        value, error = own["value"], own["error"]
        spreads = [ties[mode][policy]["ndcg@10"]["sd"] for mode in ("with_request_time", "training_seeds")]
        low, high = Estimate(value, math.hypot(error, *spreads)).interval()
        parts = [f"{part:.4f}" for part in (error, *spreads)]
        rows.append([f"`{policy}`", f"{value:.3f}", *parts, f"{low:.3f} to {high:.3f}"])
    return markdown(header, rows) + "\n"


def peers_block(read: Read) -> str:
    """Return the comparison with other systems, on each data set."""
    editions = [*accuracy_report.DEFAULT_TIES.items(), ("movielens-1m", "hashed")]
    names = [accuracy_report.result_name(*edition) for edition in editions]
    text = accuracy_report.section(json.loads(read(f"benchmarks/results/{name}.json")) for name in names)
    return text.replace("](benchmarks/", "](../benchmarks/")


def published_block(read: Read) -> str:
    """Return what publications report for MovieLens 1M, beside the runs of this comparison."""
    ours = json.loads(read(f"benchmarks/results/{accuracy_report.result_name('movielens-1m', 'file_order')}.json"))
    found = json.loads(read("benchmarks/peers/published.json"))
    for name in ("two_stage", "sasrec"):
        values = {metric: ours["metrics"][name][metric]["value"] for metric in ("hit@10", "ndcg@10")}
        found.append({"system": accuracy_report.title(ours, name), "from": "measured here", "note": ""} | values)
    more = json.loads(read("benchmarks/results/neural_movielens-1m.json"))["file_order"]["test"]["with"]
    values = {metric: more[metric]["value"] for metric in ("hit@10", "ndcg@10")}
    found.append({"system": "`two_stage` with the source `neural`", "from": "measured here", "note": ""} | values)
    found.sort(key=lambda row: -row["ndcg@10"])
    rows = [[row["system"], f"{row['hit@10']:.3f}", f"{row['ndcg@10']:.3f}", row["from"], row["note"]] for row in found]
    return markdown(["system", "Hit@10", "NDCG@10", "source", "as far as it is stated"], rows) + "\n"


def time_split_block(read: Read) -> str:
    """Return NDCG of the three tasks of the published split by time, beside what was published."""
    found, published = (json.loads(read(f"benchmarks/{name}/time_split.json")) for name in ("results", "peers"))
    tasks, shown = found["tasks"], ("all", "last", "every")
    rows = [[f"`{policy}`", *(interval_cell(tasks[task][policy]) for task in shown)] for policy in OURS[:3]]
    rows[1:1] = [[row["system"], *(f"{row[task]:.3f}" for task in shown)] for row in published]
    told = (
        f"MovieLens 1M, {found['known']:,} events known, {found['users']:,} users with {found['requests']:,} later "
        f"events, {found['warm_users']:,} of them known. NDCG@10 [95 % interval]."
    )
    header = ["system", "all later events of known users", "last event", "every later event"]
    return f"{told}\n\n{markdown(header, rows)}\n"


RESULTS = {
    "time_split": time_split_block,
    "published": published_block,
    "headline": headline_block,
    "results": results_block,
    "repro": repro_block,
    "ties": ties_block,
    "chance": chance_block,
    "peers": peers_block,
}
