"""Every generated block of README.md and docs/: what stands between `<!-- NAME -->` and `<!-- /NAME -->`."""

import contextlib
import re
from collections.abc import Callable
from pathlib import Path

from tests.docs.ab_test import ab_test_block
from tests.docs.ablation import ablation_block, search_block
from tests.docs.breakdowns import BREAKDOWNS
from tests.docs.commands import COMMANDS, NoModelsError
from tests.docs.drift import check_block
from tests.docs.kills import kills_block
from tests.docs.load import load_block
from tests.docs.nearest import nearest_block
from tests.docs.neural import neural_block, neural_ranker_block
from tests.docs.other_logs import other_logs_block
from tests.docs.past import past_block
from tests.docs.promises import promises_block
from tests.docs.reference import REFERENCE
from tests.docs.resilience import resilience_block
from tests.docs.results import RESULTS
from tests.docs.scale import engine_block, large_block, largest_block, scale_block
from tests.docs.simulations import SIMULATIONS
from tests.docs.splits import ceiling_block, splits_block
from tests.docs.tables import Read
from tests.docs.user_columns import user_columns_block
from tests.project.project import ROOT

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
OTHERS = (ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", ROOT / "data/local/README.md")

BLOCKS: dict[str, Callable[[Read], str]] = REFERENCE | RESULTS | BREAKDOWNS | SIMULATIONS | COMMANDS
BLOCKS |= {
    "splits": splits_block,
    "ceiling": ceiling_block,
    "past": past_block,
    "ablation": ablation_block,
    "search": search_block,
}
BLOCKS |= {"ab_test": ab_test_block, "check": check_block, "promises": promises_block}
BLOCKS |= {"load": load_block, "kills": kills_block, "resilience": resilience_block, "scale": scale_block}
BLOCKS |= {"nearest": nearest_block, "neural": neural_block, "neural_ranker": neural_ranker_block}
BLOCKS |= {"user_columns": user_columns_block}
BLOCKS |= {"other_logs": other_logs_block, "large": large_block, "largest": largest_block, "engines": engine_block}


def blocks_of(text: str) -> dict[str, str]:
    """Return the generated blocks of a page by name."""
    return dict(re.findall(r"^<!-- (\w+) -->\n(.*?)^<!-- /\1 -->$", text, flags=re.M | re.S))


def rewritten(text: str, read: Read) -> str:
    """Return a page with its blocks generated again; outputs of commands stay where the models are missing."""
    for name, old in blocks_of(text).items():
        with contextlib.suppress(NoModelsError):
            new = BLOCKS[name](read) if name in BLOCKS else old
            text = text.replace(f"<!-- {name} -->\n{old}<!-- /", f"<!-- {name} -->\n{new}<!-- /")
    return text


def rewrite(page: Path, read: Read) -> bool:
    """Write the blocks of a page again; return whether anything changed."""
    old = page.read_text(encoding="utf-8")
    new = rewritten(old, read)
    if new != old:
        page.write_text(new, encoding="utf-8")
    return new != old
