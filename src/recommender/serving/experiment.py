"""The live experiment: which policy answers which user, by the section `ab_test` of params.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from recommender.arms import arm_of
from recommender.columns import POLICIES
from recommender.errors import ParameterError
from recommender.params import PARAMS_FILE, read, value_of


@dataclass(frozen=True)
class Experiment:
    """Shares and salt; the same ones give a user the same arm, in any process.

    Attributes:
        shares: of the arms, by policy, above 0, in all 1.
        salt: name of the experiment.
    """

    shares: Mapping[str, float]
    salt: str

    def arm(self, user: int | str) -> str:
        """Return the policy of a user; the id is as in the log."""
        return arm_of(user, self.shares, self.salt)


def read_experiment(root: Path) -> Experiment:
    """Read `ab_test.arms` and `ab_test.salt`.

    Args:
        root: the project's folder.

    Raises:
        ParameterError: params.yaml cannot be read, or the arms are no shares of policies.
    """
    path = root / PARAMS_FILE
    values = read(path)
    arms, salt = value_of(values, "ab_test.arms"), value_of(values, "ab_test.salt")
    numbers = isinstance(arms, dict) and all(isinstance(share, (int, float)) and share >= 0 for share in arms.values())
    if not numbers or not set(arms) <= set(POLICIES) or abs(sum(arms.values()) - 1) > 1e-9:
        raise ParameterError(
            f"{path}: ab_test.arms: found {arms}, expected the share of each of {', '.join(POLICIES)}, in all 1"
        )
    if not isinstance(salt, (str, int, float)) or salt == "":
        raise ParameterError(f"{path}: ab_test.salt: found {salt!r}, expected a text")
    return Experiment({policy: float(share) for policy, share in arms.items() if share > 0}, str(salt))
