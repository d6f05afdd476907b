"""The settings of one test."""

from collections.abc import Mapping
from dataclasses import dataclass

PLAIN, CUPED, PAIRED = "plain", "cuped", "paired"


@dataclass(frozen=True)
class Design:
    """How the test is run and its differences are estimated.

    Attributes:
        shares: share of the users of each policy, above 0, in all 1.
        control: the policy that the others are compared with.
        clicks: the metric that counts as a click, 0 or 1 per user.
        gain: the graded metric beside it.
        salt: name of the assignment.
        alpha: level of the tests; intervals are at `1 - alpha`.
        power: chance with which the smallest detectable effect would be found.
    """

    shares: Mapping[str, float]
    control: str
    clicks: str
    gain: str
    salt: str
    alpha: float
    power: float

    @property
    def metrics(self) -> tuple[str, str]:
        """What is compared."""
        return self.clicks, self.gain

    @property
    def policies(self) -> list[str]:
        """The arms, in the order of the shares."""
        return list(self.shares)

    @property
    def challengers(self) -> list[str]:
        """The arms that are compared with the control."""
        return [policy for policy in self.shares if policy != self.control]

    def pair(self, challenger: str) -> tuple[int, int]:
        """Return the places of a challenger and of the control."""
        return self.policies.index(challenger), self.policies.index(self.control)
