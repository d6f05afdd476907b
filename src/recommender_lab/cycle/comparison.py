"""Whether a new bundle may replace the one in use: its evaluated run must not be clearly worse."""

from pathlib import Path

from recommender.evaluation.metrics import headline_k
from recommender.files import read_table
from recommender.seeds import generator
from recommender_lab.revisions.pairing import pair
from recommender_lab.revisions.verdicts import WORSE, Comparison, compare

POLICY = "two_stage"
RESAMPLES, MARGIN = 10_000, 0.05


def compare_runs(old: Path, new: Path) -> list[Comparison]:
    """Compare the evaluated runs behind two bundles on the users that both were tested with.

    Args:
        old: metrics per user of the run whose bundle is in use, as in data/evaluation/per_user.parquet.
        new: those of the new run.

    Returns:
        Hit and NDCG of `two_stage` at one K.

    Raises:
        DataError: the runs share no user.
    """
    paired = pair(read_table(old), read_table(new))
    names = [str(name) for name in paired.old[POLICY].columns]
    k = headline_k(int(name.partition("@")[2]) for name in names)
    rows = compare(paired, [f"hit@{k}", f"ndcg@{k}"], generator(0, "compare"), RESAMPLES, MARGIN)
    return [row for row in rows if row.policy == POLICY]


def is_worse(rows: list[Comparison]) -> bool:
    """Return whether any of the comparisons is clearly worse."""
    return any(row.verdict == WORSE for row in rows)
