"""The tables of README.md that tell what the simulated A/B test showed."""

import json

import yaml

from recommender_lab.ab_test.design import CUPED, PAIRED, PLAIN
from tests.readme_groups import Read, markdown

WAYS = {PLAIN: "A/B", CUPED: "A/B with CUPED", PAIRED: "all users under both"}
CHECKED = {
    "false_alarms": "false alarms (A/A)",
    "found": "found (A/B)",
    "interval_held_truth": "interval held the truth",
}


def ab_test_block(read: Read) -> str:
    """Return the arms, the differences by each way, and what repeating the test showed."""
    found, params = json.loads(read("metrics/ab_test.json")), yaml.safe_load(read("params.yaml"))["ab_test"]
    k = params["k"]
    ratio = f"Users per arm against their shares: chi-square p = {found['sample_ratio']['p_value']:.2f}."
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
            f"{arm['rate']:.3f} [{arm['low']:.3f}, {arm['high']:.3f}]",
            f"{arm['ndcg']:.3f} [{arm['ndcg_low']:.3f}, {arm['ndcg_high']:.3f}]",
        ]
        for policy, arm in arms.items()
    ]
    return markdown(["arm", "share", "users", "clicks", f"Hit@{params['k']}", f"NDCG@{params['k']}"], rows)


def differences_table(differences: dict, k: int) -> str:
    rows = []
    for pair, metrics in differences.items():
        for way, text in WAYS.items():
            told = metrics[f"hit@{k}"][way]
            removed = f"{told['variance_removed']:+.1%}" if way == CUPED else ""
            size = f"{told['difference']:+.3f} [{told['low']:+.3f}, {told['high']:+.3f}]"
            numbers = [
                f"{told['p_holm']:.4f}".replace("0.0000", "< 0.0001"),
                f"{told['smallest_detectable']:.3f}",
                f"{told['power']:.2f}",
            ]
            rows.append([f"`{shown(pair)}`, {text}", size, *numbers, f"{told['times_the_users']:.1f} x", removed])
    header = [f"Hit@{k}", "difference", "p (Holm)", "smallest detectable", "power", "users needed", "variance removed"]
    return markdown(header, rows)


def check_table(resalted: dict, params: dict) -> str:
    rows = [
        [f"`{shown(pair)}`, {WAYS[way]}", metric, *(f"{told[name]:.3f}" for name in CHECKED)]
        for pair, metrics in resalted.items()
        for metric, ways in metrics.items()
        for way, told in sorted(ways.items(), reverse=True)
    ]
    return markdown([f"over {params['resalts']:,} other salts", "metric", *CHECKED.values()], rows)


def shown(pair: str) -> str:
    return pair.replace("_minus_", " - ")
