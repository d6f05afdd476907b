"""Check params.yaml and dvc.lock before a run, because DVC removes the outputs of a stage before it runs the stage."""

import sys
from collections.abc import Sequence
from pathlib import Path

from recommender.bundle.settings import require_candidates
from recommender.errors import RecommenderError
from recommender.evaluation.settings import EvaluateParams
from recommender.params import load
from recommender.terminal import Parser
from recommender_lab.check import lock_file
from recommender_lab.check.sections import AllParams, require_columns, without_effect

LOCK = Path("dvc.lock")


def main(argv: Sequence[str] | None = None) -> int:
    """Check both files in the present folder.

    Returns:
        The exit code: 0, or 1 after one message that names what to do.
    """
    Parser(prog="python -m recommender_lab.check", description=__doc__).parse_args(argv)
    try:
        params = load(AllParams)
        load(EvaluateParams)
        require_candidates(params.candidates, params.sequence, params.recommend.k)
        require_columns(params)
        sys.stderr.writelines(f"warning: {text}\n" for text in without_effect(params))
        if LOCK.exists():
            lock_file.check(LOCK.read_text(encoding="utf-8", errors="replace"))
    except (RecommenderError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
