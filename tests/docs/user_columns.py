"""The block about the columns of users: what they bring on MovieLens."""

import json

from tests.docs.results import DATASETS
from tests.docs.tables import Read, difference_cell, markdown


def user_columns_block(read: Read) -> str:
    """Return the validation accuracy of two_stage without and with them."""
    rows = []
    for name, title in DATASETS.items():
        if name != "interaction-log":
            found = json.loads(read(f"benchmarks/results/user_columns_{name}.json"))
            values = " → ".join(f"{found['validation'][side]:.3f}" for side in ("without", "with"))
            gap = difference_cell(found["validation"]["with_minus_without"])
            rows.append([title, f"{values} ({gap})", str(found["tie_seeds"]), str(found["ranker_seeds"])])
    header = ["log", "validation NDCG@10", "tie seeds", "seeds of the ranker"]
    return "Without the group → with it (difference [95 % interval]).\n\n" + markdown(header, rows) + "\n"
