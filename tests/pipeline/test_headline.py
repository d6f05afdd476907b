"""What `dvc metrics diff` and `dvc exp show` list is short, and holds nothing that the details do not."""

import pandas as pd

from recommender.columns import METRIC, POLICY, VALUE
from recommender.files import read_json
from recommender.measured import read_details
from tests.pipeline.conftest import CONFIGURATIONS
from tests.project.project import ROOT, leaves, read_yaml

DECLARED = read_yaml(ROOT / "dvc.yaml")["stages"]
METRICS = {name: next(iter(stage["metrics"][0])) for name, stage in DECLARED.items() if "metrics" in stage}
DETAILS = {
    name: path
    for name in METRICS
    for plot in DECLARED[name].get("plots", ())
    for path in plot
    if path == f"metrics/details/{name}.csv"
}
MOST = 60


def details_of(folder, name):
    if name in DETAILS:
        return leaves(read_details(folder / DETAILS[name]))
    if name == "evaluate":
        rows = pd.DataFrame(read_json(folder / "metrics/plots/policies.json")["policies"])
        names = rows[POLICY] + "." + rows[METRIC] + "@" + rows["k"].astype(str)
        return dict(zip(names, rows[VALUE], strict=True))
    return leaves(read_json(folder / METRICS[name]))


def test_the_metrics_are_few_and_every_stage_has_some(run_of):
    for configuration in CONFIGURATIONS:
        counted = {name: len(leaves(read_json(run_of(configuration) / path))) for name, path in METRICS.items()}
        assert min(counted.values()) > 0, counted
        assert 40 <= sum(counted.values()) <= MOST, counted


def test_every_metric_is_one_of_the_details(finished):
    for name, path in METRICS.items():
        assert leaves(read_json(finished / path)).items() <= details_of(finished, name).items()


def test_only_metrics_that_are_all_of_a_stage_have_no_table_of_details():
    assert set(METRICS) - set(DETAILS) == {"evaluate", "train_ranker", "publish"}


def test_nothing_is_kept_in_git_under_outs():
    """An output under `outs` that is not cached switches DVC's run cache off for its stage."""
    flags = [
        (name, flag)
        for name, stage in DECLARED.items()
        for out in stage.get("outs", ())
        if isinstance(out, dict)
        for flag in out.values()
    ]
    assert not [name for name, flag in flags if not flag.get("cache", True)]
