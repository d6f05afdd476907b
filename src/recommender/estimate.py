"""A value with its standard error: the interval and the p-value that follow from them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """Estimated values with their standard errors, arrays of any one shape or single numbers.

    Attributes:
        value: what was estimated.
        error: its standard error.
        freedom: degrees of freedom of that error; infinite for the normal distribution instead of Student's t.
    """

    value: Values | float
    error: Values | float
    freedom: Values | float = np.inf

    def reach(self, alpha: float = 0.05) -> Values:
        """Return half the width of the interval at `1 - alpha`."""
        return np.asarray(stdtrit(self.freedom, 1 - alpha / 2) * self.error)

    def interval(self, alpha: float = 0.05) -> tuple[Values, Values]:
        """Return the lower and the upper end of the interval at `1 - alpha`."""
        return self.value - self.reach(alpha), self.value + self.reach(alpha)

    def p_values(self) -> Values:
        """Test against 0, two-sided; NaN where the error is 0 or not defined."""
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = np.where(np.asarray(self.error) > 0, np.abs(self.value) / np.asarray(self.error), np.nan)
        return np.asarray(2 * stdtr(self.freedom, -distance))
