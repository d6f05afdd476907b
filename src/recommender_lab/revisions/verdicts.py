"""Metric by metric: both values, their paired difference, and whether it is more than noise."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.errors import ParameterError
from recommender.evaluation.metrics import ACCURACY
from recommender.evaluation.paired import differences
from recommender.evaluation.per_user import exact_means
from recommender.evaluation.significance import ALPHA, FEWEST_USERS, TOO_FEW, holm, smallest_detectable
from recommender_lab.revisions.pairing import Paired

Values = NDArray[np.float64]
POWER = 0.8
BETTER, WORSE, HIGHER, LOWER = "better", "worse", "higher", "lower"
NONE, SAME = "no difference seen", "the same for every user"


@dataclass(frozen=True)
class Comparison:
    """One metric of one policy in two revisions, over the users with values in both.

    Attributes:
        policy: the policy.
        metric: the metric, with its K.
        old: mean in the first revision; `new` in the second.
        difference: new minus old, with `low` and `high`, the 95 % paired bootstrap.
        p_holm: p-value of the sign-flip test, corrected for the number of comparisons; NaN if no user differs.
        detectable: the smallest difference that would be found four times in five, in spite of that correction.
        users: those compared.
        verdict: see `compare`.
    """

    policy: str
    metric: str
    old: float
    new: float
    difference: float
    low: float
    high: float
    p_holm: float
    detectable: float
    users: int
    verdict: str


def compare(
    paired: Paired, metrics: Sequence[str], random: np.random.Generator, resamples: int, margin: float
) -> list[Comparison]:
    """Compare two revisions, policy by policy and metric by metric.

    Comparisons with the same difference for every user, such as Hit and Recall where each user has one held-out item,
    are tested once. A difference that passes Holm's correction over all tests, and whose interval does not hold 0, is
    `better` or `worse`, and `higher` or `lower` for the metrics beyond accuracy, where neither is better in itself. Of
    the others `no difference seen` needs the whole interval within the margin around 0 (as in the two one-sided tests
    of Schuirmann, 1987); else there are `too few users to tell`, as always with fewer than `FEWEST_USERS`. Where no
    user differs, nothing is tested: `the same for every user`.

    Args:
        paired: both revisions on the same users.
        metrics: those to compare, with their K.
        random: generator of the resamples of the users, and then of the signs of the test.
        resamples: how many of each.
        margin: a difference below this share of the old value counts as none.

    Returns:
        One comparison per policy and metric that some user has on both sides.

    Raises:
        ParameterError: with so few resamples no p-value could survive the correction.
    """
    tables = {f"{side} {policy}": table[list(metrics)] for side, table, policy in _tables(paired)}
    pairs = [(f"new {policy}", f"old {policy}") for policy in paired.old]
    found = differences(tables, pairs, random, resamples)
    rows = [
        _row(policy, name, tables[old][name].to_numpy(), tables[new][name].to_numpy(), values)
        for policy, (new, old) in zip(paired.old, pairs, strict=True)
        for name, values in found[f"{new}_minus_{old}"].items()
    ]
    first = _first_alike(
        [tables[new][name].sub(tables[old][name]) for new, old in pairs for name in found[f"{new}_minus_{old}"]]
    )
    alone = np.array(
        [row.p_holm if at == place else np.nan for at, (row, place) in enumerate(zip(rows, first, strict=True))]
    )
    corrected = holm(alone)
    tested = int((~np.isnan(corrected)).sum())
    _require_resamples(tested, resamples)
    return [_judge(row, p_holm, tested, margin) for row, p_holm in zip(rows, corrected[first].tolist(), strict=True)]


def _first_alike(gaps: Sequence["pd.Series[float]"]) -> list[int]:
    """Return for each comparison the place of the first with the same differences user by user."""
    places: dict[bytes, int] = {}
    return [places.setdefault(gap.to_numpy().tobytes(), at) for at, gap in enumerate(gaps)]


def _tables(paired: Paired) -> Iterator[tuple[str, pd.DataFrame, str]]:
    for policy in paired.old:
        yield "new", paired.new[policy], policy
        yield "old", paired.old[policy], policy


def _row(policy: str, metric: str, old: Values, new: Values, values: Mapping[str, float]) -> Comparison:
    """Collect what is known before the correction; a metric that changed for no user is not tested."""
    gaps = (new - old)[~np.isnan(new - old)]
    before, after = exact_means(np.where(np.isnan(new - old)[:, None], np.nan, np.column_stack([old, new])))
    error = float(gaps.std(ddof=1)) / len(gaps) ** 0.5 if len(gaps) > 1 else np.nan
    p_value = values["p_value"] if gaps.any() else np.nan
    interval = values["difference"], values["low"], values["high"]
    return Comparison(policy, metric, float(before), float(after), *interval, p_value, error, len(gaps), "")


def _judge(row: Comparison, p_holm: float, tested: int, margin: float) -> Comparison:
    """Put the corrected p-value, the smallest effect and the verdict into a row that holds the standard error."""
    detectable = float(smallest_detectable(row.detectable, ALPHA / max(1, tested), POWER))
    reach = margin * abs(row.old)
    if np.isnan(p_holm):
        verdict = SAME
    elif row.users < FEWEST_USERS:
        verdict = TOO_FEW
    elif p_holm <= ALPHA and not row.low <= 0 <= row.high:
        names = (BETTER, WORSE) if row.metric.partition("@")[0] in ACCURACY else (HIGHER, LOWER)
        verdict = names[row.difference < 0]
    else:
        verdict = NONE if -reach <= row.low and row.high <= reach else TOO_FEW
    return replace(row, p_holm=p_holm, detectable=detectable, verdict=verdict)


def _require_resamples(tested: int, resamples: int) -> None:
    fewest = int(np.ceil(tested / ALPHA))
    if resamples + 1 < fewest:
        raise ParameterError(
            f"--resamples: {resamples} can show no difference among {tested} comparisons, give {fewest} or more"
        )
