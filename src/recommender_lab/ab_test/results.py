"""The results of the test, beside those of all users under all policies."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.arms import assign
from recommender.errors import ParameterError
from recommender.estimate import Estimate
from recommender.evaluation.plot_rows import COMPARISON, point
from recommender.evaluation.significance import holm, power, smallest_detectable, widen, wilson
from recommender_lab.ab_test.design import CUPED, PAIRED, PLAIN, Design
from recommender_lab.ab_test.estimates import COUNT, difference, mean, sums
from recommender_lab.ab_test.population import Population
from recommender_lab.ab_test.ratio_check import sample_ratio

Values = NDArray[np.float64]
Nested = dict[str, Any]
_FEWEST = 2


def run(population: Population, design: Design) -> Nested:
    """Run the test once and compare the arms.

    Args:
        population: the users, with their outcome under each policy.
        design: the settings of the test.

    Returns:
        `users`; `arms`: per policy users, clicks, rate with Wilson's interval, and the graded metric; `sample_ratio`;
        `correlation` of the covariate with each metric under each policy, over all users;
        `differences`: `{"one_minus_control": {metric: {plain, cuped, paired}}}`, see `compare`.

    Raises:
        ParameterError: an arm has fewer than two users in some stratum.
    """
    arms = assign(population.keys, population.strata, list(design.shares.values()), [design.salt])
    found = {metric: sums(population, metric, arms, len(design.shares))[0] for metric in design.metrics}
    _require_users(found[design.clicks][:, 0, :, COUNT], design)
    counts = found[design.clicks][:, 0, :, COUNT].T.astype(np.int64)
    statistic, p_value = sample_ratio(counts, list(design.shares.values()))
    return {
        "users": len(population.keys),
        "arms": {policy: _arm(population, arms[0], design, policy) for policy in design.policies},
        "sample_ratio": {"chi_square": statistic, "p_value": p_value},
        "correlation": {metric: _correlations(population, metric, design) for metric in found},
        "differences": compare(population, found, design),
    }


def compare(population: Population, found: Mapping[str, Values], design: Design) -> Nested:
    """Compare each challenger with the control: by the test, by the test with CUPED, and paired on all users.

    Args:
        population: the users, with their outcome under each policy.
        found: by metric, (arms, policies, strata, 6) from `sums`.
        design: the settings of the test.

    Returns:
        `{"one_minus_control": {metric: {plain, cuped, paired}}}`, each with `difference`, `low`, `high`, `p_value`
        (Student's t), `p_holm` (corrected for the number of challengers), `width` of the interval, `power` to find the
        difference of the whole population, `smallest_detectable` effect and `times_the_users` that this way would need
        to be as exact as `paired`; for cuped also the share of the variance that the covariate removed.
    """
    compared: Nested = {f"{one}_minus_{design.control}": {metric: {} for metric in found} for one in design.challengers}
    for metric, moments in found.items():
        whole = {one: _paired(population, metric, design.pair(one)) for one in design.challengers}
        fewest = int(moments[:, 0, :, COUNT].sum(axis=-1).min())
        ways = {PLAIN: _estimates(moments, design, adjusted=False), CUPED: _estimates(moments, design, adjusted=True)}
        for way, estimates in (ways | {PAIRED: whole}).items():
            corrected = holm(np.array([estimate.p_values() for estimate in estimates.values()]))
            for one, p_holm in zip(design.challengers, corrected, strict=True):
                users = len(population.keys) if way == PAIRED else fewest
                row = _described(estimates[one], whole[one], design, users) | {"p_holm": float(p_holm)}
                if way == CUPED:
                    row["variance_removed"] = _removed(estimates[one], ways[PLAIN][one])
                compared[f"{one}_minus_{design.control}"][metric][way] = row
    return compared


def difference_rows(differences: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Put each difference into one row per way of estimating it, for a plot.

    Args:
        differences: as `compare` returns them.

    Returns:
        Rows with comparison (and way), metric, k, value, low, high, in the order of the mappings.
    """
    return [
        {COMPARISON: f"{pair.replace('_minus_', ' - ')}, {way}", **point(name, row["difference"], row)}
        for pair, metrics in differences.items()
        for name, ways in metrics.items()
        for way, row in ways.items()
    ]


def _estimates(moments: Values, design: Design, *, adjusted: bool) -> dict[str, Estimate]:
    places = {one: design.pair(one) for one in design.challengers}
    return {
        one: difference(moments[arm, arm], moments[control, control], adjusted=adjusted)
        for one, (arm, control) in places.items()
    }


def _paired(population: Population, metric: str, pair: tuple[int, int]) -> Estimate:
    outcomes = population.outcomes[metric]
    return mean(outcomes[:, pair[0]] - outcomes[:, pair[1]])


def _interval(estimate: Estimate, users: int, lowest: float, alpha: float) -> tuple[float, float]:
    """Return the interval of a value between `lowest` and 1, which has a width even where all users are alike."""
    reach = 0.0 if estimate.error == 0 else estimate.reach(alpha)
    ends = widen(estimate.value - reach, estimate.value + reach, users, lowest, 1.0, alpha)
    return float(ends[0]), float(ends[1])


def _described(estimate: Estimate, whole: Estimate, design: Design, users: int) -> dict[str, float]:
    error, (low, high) = float(estimate.error), _interval(estimate, users, -1.0, design.alpha)
    return {
        "difference": float(estimate.value),
        "low": low,
        "high": high,
        "width": high - low,
        "p_value": float(estimate.p_values()),
        "power": power(float(whole.value), error, design.alpha),
        "smallest_detectable": float(smallest_detectable(error, design.alpha, design.power)),
        "times_the_users": (error / float(whole.error)) ** 2 if whole.error > 0 else float("nan"),
    }


def _removed(adjusted: Estimate, plain: Estimate) -> float:
    """Return the share of the variance that the covariate removed; below 0 where it added variance."""
    return 1 - float(adjusted.error / plain.error) ** 2 if plain.error > 0 else float("nan")


def _correlations(population: Population, metric: str, design: Design) -> dict[str, float]:
    """Correlate the covariate with the outcome under each policy; NaN where one of them does not vary."""
    x, outcomes = population.covariate, population.outcomes[metric]
    together = ((x - x.mean())[:, None] * (outcomes - outcomes.mean(axis=0))).mean(axis=0)
    spread = x.std() * outcomes.std(axis=0)
    found = np.divide(together, spread, out=np.full(len(spread), np.nan), where=spread > 0)
    return dict(zip(design.policies, found.tolist(), strict=True))


def _arm(population: Population, arms: NDArray[np.int8], design: Design, policy: str) -> dict[str, float]:
    place = design.policies.index(policy)
    clicks, gain = (population.outcomes[metric][arms == place, place] for metric in (design.clicks, design.gain))
    low, high = wilson(int(clicks.sum()), len(clicks), design.alpha)
    mean_gain = mean(gain)
    gain_low, gain_high = _interval(mean_gain, len(gain), 0.0, design.alpha)
    return {
        "users": len(clicks),
        "clicks": int(clicks.sum()),
        "rate": float(clicks.mean()),
        "low": low,
        "high": high,
        "ndcg": float(mean_gain.value),
        "ndcg_low": gain_low,
        "ndcg_high": gain_high,
    }


def _require_users(counts: Values, design: Design) -> None:
    """Raise if an arm has fewer users than a variance needs."""
    for policy, of_arm in zip(design.policies, counts, strict=True):
        if of_arm.min() < _FEWEST:
            stratum = int(of_arm.argmin())
            where = f" of stratum {stratum + 1} of {len(of_arm)}" if len(of_arm) > 1 else ""
            raise ParameterError(
                f"ab_test.arms.{policy}: {int(of_arm[stratum])} of {int(counts.sum())} users{where} are in this arm, "
                f"expected {_FEWEST} or more; raise its share, lower ab_test.strata or test on more users"
            )
