"""What the search may change, and how its result gets into params.yaml."""

from collections.abc import Collection
from io import StringIO
from pathlib import Path
from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from ruamel.yaml import YAML

from benchmarks.overrides import Overrides
from benchmarks.params import Params
from recommender.outputs import write_bytes

LARGEST_SOURCE = 100
KNOBS: dict[str, BaseDistribution] = {
    "sequence.window": IntDistribution(5, 40),
    "sequence.decay": FloatDistribution(0.6, 0.95),
    "build_ranking.past_requests": IntDistribution(4, 16),
    "build_ranking.negatives": IntDistribution(10, 60),
    "train_ranker.objective": CategoricalDistribution(("lambdarank", "binary")),
    "train_ranker.learning_rate": FloatDistribution(0.03, 0.2, log=True),
    "train_ranker.num_leaves": IntDistribution(7, 63, log=True),
    "train_ranker.min_data_in_leaf": IntDistribution(10, 200, log=True),
    "train_ranker.feature_fraction": FloatDistribution(0.2, 1.0),
    "train_ranker.bagging_fraction": FloatDistribution(0.5, 1.0),
    "train_ranker.lambda_l2": FloatDistribution(0.1, 50.0, log=True),
    "train_ranker.truncation_level": IntDistribution(10, 60),
}
SECTIONS = ("candidates", *dict.fromkeys(name.partition(".")[0] for name in KNOBS))


def space(params: Params, sections: Collection[str] = SECTIONS) -> dict[str, BaseDistribution]:
    """Return the range of each parameter that is searched; it always holds the value in `params`.

    Args:
        params: the committed parameters; every source that they name has its size searched.
        sections: which sections of params.yaml to search.
    """
    sizes = {f"candidates.{name}": IntDistribution(0, LARGEST_SOURCE) for name in params.candidates.model_dump()}
    start = values_of(params, [*sizes, *KNOBS])
    knobs = {name: _widened(knob, start[name]) for name, knob in {**sizes, **KNOBS}.items()}
    return {name: knob for name, knob in knobs.items() if name.partition(".")[0] in sections}


def _widened(knob: BaseDistribution, value: Any) -> BaseDistribution:
    if isinstance(knob, CategoricalDistribution):
        return knob
    if isinstance(knob, IntDistribution):
        return IntDistribution(min(knob.low, value), max(knob.high, value), log=knob.log)
    assert isinstance(knob, FloatDistribution)
    # A logarithmic range cannot start at 0.
    logarithmic = knob.log and value > 0
    return FloatDistribution(min(knob.low, value), max(knob.high, value), log=logarithmic)


def values_of(params: Params, names: Collection[str]) -> dict[str, Any]:
    """Return the values of some parameters by `section.key`."""
    values = params.model_dump()
    return {name: values[section][key] for name in names for section, _, key in [name.partition(".")]}


def shortened(overrides: Overrides, start: Overrides) -> dict[str, Any]:
    """Round real numbers to three significant digits: more of them say nothing, and these are what is measured.

    Args:
        overrides: values by `section.key`.
        start: values that stay as they are.
    """
    return {
        name: float(f"{value:.3g}") if isinstance(value, float) and value != start[name] else value
        for name, value in overrides.items()
    }


def write_params(path: Path, overrides: Overrides) -> None:
    """Replace values in params.yaml; comments and all other lines stay as they are.

    Args:
        path: of params.yaml.
        overrides: new values by `section.key`.
    """
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 10_000
    document = yaml.load(path.read_text(encoding="utf-8"))
    for name, value in overrides.items():
        section, _, key = name.partition(".")
        document[section][key] = value
    text = StringIO()
    yaml.dump(document, text)
    write_bytes(path, text.getvalue().encode())
