"""Blocks about the two simulations: the replay and the feedback loop."""

import json

import yaml

from tests.docs.tables import Read, details, difference_cell, interval_cell, markdown

MOVING = {
    "click_through_rate": "click-through rate",
    "coverage": "coverage",
    "gini": "Gini of exposure",
    "popularity": "popularity",
    "novelty": "novelty",
    "diversity": "diversity",
}
STAYING = {
    "watch_time": "watch time",
    "session_length": "session length",
    "return_rate": "return rate",
    "clicks_per_visit": "clicks per visit",
    "liked": "liked",
}


def replay_block(read: Read) -> str:
    """Return the arms of the replay and how they differ."""
    found, params = details(read, "replay"), yaml.safe_load(read("params.yaml"))["replay"]
    k = params["k"]
    caption = (
        f"{found['rounds']} rounds of one {params['period']} each, after a warm-up of {params['warm_up']}; "
        f"{found['requests']:,} requests of {found['users']:,} users. `every_n` refits every {params['every']} rounds; "
        f"`recent` has a half-life of {params['half_life_days']:g} days; `window` is {params['window_days']:g} days. "
        "Hit and NDCG are means over users [95 % interval], the other columns are means over rounds."
    )
    rows = []
    for arm, values in found["arms"].items():
        users = [values["over_users"][f"{name}@{k}"] for name in ("hit", "ndcg")]
        others = values["over_rounds"]
        cells = ["{mean:.3f} [{low:.3f}, {high:.3f}]".format(**value) for value in users]
        shares = [f"{others[f'coverage@{k}']:.3f}", f"{others['new_items']:.3f}", f"{others['model_age_days']:.0f}"]
        rows.append([f"`{arm}`", *cells, *shares])
    arms = markdown(["arm", f"Hit@{k}", f"NDCG@{k}", f"coverage@{k}", "new items", "model age, days"], rows)
    gaps = [
        [
            f"`{pair.replace('_minus_', ' - ')}`",
            difference_cell(values[f"ndcg@{k}"], 4),
            f"{values[f'ndcg@{k}']['p_value']:.3f}",
        ]
        for pair, values in found["differences"].items()
        if pair.count("_all_") == 2 or pair.count("every_round") == 2
    ]
    return "\n\n".join([caption, arms, markdown(["paired difference", f"NDCG@{k} [95 % interval]", "p"], gaps)]) + "\n"


def feedback_loop_block(read: Read) -> str:
    """Return the arms of the feedback loop, first round to last, and the off-policy estimates."""
    found = details(read, "feedback_loop")
    last = next(iter(found["arms"].values()))["last_round"]["round"]
    tables = [f"Each cell: first round → round {last}."]
    for names in (MOVING, STAYING):
        rows = [
            [f"`{arm}`", *(f"{v['first_round'][name]:.3f} → {v['last_round'][name]:.3f}" for name in names)]
            for arm, v in found["arms"].items()
        ]
        tables.append(markdown(["arm", *names.values()], rows))
    return "\n\n".join([*tables, *_off_policy(found["off_policy"])]) + "\n"


def loop_seeds_block(read: Read) -> str:
    """Return the arms of the feedback loop and their differences as means over several seeds."""
    found = json.loads(read("benchmarks/results/loop_seeds.json"))
    titles = {
        "last_round.click_through_rate": "click-through rate, last round",
        "mean.click_through_rate": "mean of all rounds",
        "last_round.coverage": "coverage, last round",
    }
    rows = [[f"`{arm}`", *(interval_cell(v[name]) for name in titles)] for arm, v in found["arms"].items()]
    for pair, v in found["differences"].items():
        cells = [difference_cell({"difference": v[name]["value"], **v[name]}) for name in titles]
        rows.append([f"`{pair.replace('_minus_', ' - ')}`", *cells])
    return markdown([f"arm or difference, mean over {found['seeds']} seeds", *titles.values()], rows) + "\n"


def _off_policy(found: dict) -> list[str]:
    caption = (
        f"True clicks per slate: {found['truth']:.3f} for the evaluated policy, {found['truth_of_logging']:.3f} for "
        f"the logging policy ({found['slates']:,} slates)."
    )
    rows = []
    for name, simulated in found["simulated"].items():
        logged = "{value:.3f} [{low:.3f}, {high:.3f}]".format(**found["logged"][name])
        bias = "{bias:+.3f} [{bias_low:+.3f}, {bias_high:+.3f}]".format(**simulated)
        rows.append([f"`{name}`", logged, bias, f"{simulated['rmse']:.3f}", f"{simulated['interval_coverage']:.1%}"])
    header = ["estimator", "estimate [95 %]", "bias over simulated logs [95 %]", "RMSE", "intervals with true value"]
    return [caption, markdown(header, rows)]


SIMULATIONS = {"replay": replay_block, "feedback_loop": feedback_loop_block, "loop_seeds": loop_seeds_block}
