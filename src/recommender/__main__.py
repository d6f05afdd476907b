"""Command line: python -m recommender USER --model two_stage -k 10."""

import sys
import warnings
from collections.abc import Sequence

from recommender.bundle.recommending import UnknownUserWarning, recommend
from recommender.columns import POLICIES, RANK, TITLE, WHY
from recommender.errors import ParameterError, RecommenderError
from recommender.terminal import Parser, show


def main(argv: Sequence[str] | None = None) -> int:
    """Print the recommendations for one user.

    Returns:
        0, or 1 after a message that a person can act on.
    """
    parser = Parser(prog="python -m recommender", description="Recommend items to a user.")
    parser.add_argument("user", help="user id, as in the log")
    parser.add_argument("--model", default="two_stage", help=f"one of {', '.join(POLICIES)} (default: %(default)s)")
    parser.add_argument("-k", type=int, default=10, help="how many items (default: %(default)s)")
    parser.add_argument("--now", metavar="TIME", help="the moment, as '2026-01-31 12:00' (default: end of the log)")
    parser.add_argument("--genres", nargs="+", default=(), metavar="GENRE", help="only items of one of these genres")
    parser.add_argument("--exclude", nargs="+", default=(), metavar="ITEM", help="items to exclude")
    parser.add_argument("--root", default=".", help="the project's folder (default: here)")
    parser.add_argument("--explain", action="store_true", help="say why, item by item")
    parser.add_argument("--log", metavar="FOLDER", help="add the call to the request log in this folder, such as logs")
    args = parser.parse_args(argv)
    try:
        if args.log == "":
            raise ParameterError("--log: found an empty text, expected a folder, such as logs")
        with warnings.catch_warnings(record=True) as notes:
            warnings.simplefilter("always", UnknownUserWarning)
            wanted = {"now": args.now, "exclude": args.exclude, "genres": args.genres}
            answer = recommend(args.user, args.model, args.k, args.root, args.log, args.explain, **wanted)
    except RecommenderError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stderr.writelines(f"note: {note.message}\n" for note in notes)
    if answer.empty:
        sys.stderr.write(f"note: nothing is left for user {args.user}: every item is known to the user or excluded\n")
        return 0
    blocks = [answer.drop(columns=WHY, errors="ignore").to_string(index=False)]
    if args.explain:
        lines = zip(answer[RANK], answer[TITLE], answer[WHY], strict=True)
        blocks += [f"{rank}. {title}:\n   {why}" for rank, title, why in lines]
    return show("\n\n".join(blocks))


if __name__ == "__main__":
    raise SystemExit(main())
