"""The block about the simulated A/B test."""

import yaml

from recommender_lab.ab_test.design import CUPED, PAIRED, PLAIN
from tests.docs.tables import Read, details, difference_cell, interval_cell, markdown

WAYS = {PLAIN: "A/B", CUPED: "A/B with CUPED", PAIRED: "all users, both policies"}
CHECKED = {
    "false_alarms": "false alarms (A/A)",
    "found": "found (A/B)",
    "interval_held_truth": "interval contains the true value",
}


def ab_test_block(read: Read) -> str:
    """Return the arms, the differences by each estimate, and the results under other salts."""
    found, params = details(read, "ab_test"), yaml.safe_load(read("params.yaml"))["ab_test"]
    k = params["k"]
    ratio = f"Sample ratio check: chi-square p = {found['sample_ratio']['p_value']:.2f}."
    tables = [
        arms_table(found["arms"], params),
        ratio,
        differences_table(found["differences"], k),
        check_table(found["resalted"], params),
    ]
    return "\n\n".join(tables) + "\n"


def arms_table(arms: dict, params: dict) -> str:
    rows = [
        [
            f"`{policy}`" + (" (control)" if policy == params["control"] else ""),
            str(params["arms"][policy]),
            str(arm["users"]),
            str(arm["clicks"]),
            interval_cell(arm | {"value": arm["rate"]}),
            interval_cell({"value": arm["ndcg"], "low": arm["ndcg_low"], "high": arm["ndcg_high"]}),
        ]
        for policy, arm in arms.items()
    ]
    return markdown(["arm", "share", "users", "clicks", f"Hit@{params['k']}", f"NDCG@{params['k']}"], rows)


def differences_table(differences: dict, k: int) -> str:
    rows = []
    for pair, metrics in differences.items():
        for way, text in WAYS.items():
            values = metrics[f"hit@{k}"][way]
            removed = f"{values['variance_removed']:+.1%}" if way == CUPED else ""
            numbers = [
                f"{values['p_holm']:.4f}".replace("0.0000", "< 0.0001"),
                f"{values['smallest_detectable']:.3f}",
                f"{values['power']:.2f}",
            ]
            rows.append(
                [
                    f"`{shown(pair)}`, {text}",
                    difference_cell(values),
                    *numbers,
                    f"{values['times_the_users']:.1f} x",
                    removed,
                ]
            )
    header = [f"Hit@{k}", "difference", "p (Holm)", "smallest detectable", "power", "users needed", "variance removed"]
    return markdown(header, rows)


def check_table(resalted: dict, params: dict) -> str:
    rows = [
        [f"`{shown(pair)}`, {WAYS[way]}", metric, *(f"{values[name]:.3f}" for name in CHECKED)]
        for pair, metrics in resalted.items()
        for metric, ways in metrics.items()
        for way, values in sorted(ways.items(), reverse=True)
    ]
    return markdown([f"over {params['resalts']:,} salts", "metric", *CHECKED.values()], rows)


def shown(pair: str) -> str:
    return pair.replace("_minus_", " - ")
