"""Make a log of any size that behaves like a real one; the same arguments give the same log.

A few items take most events (Zipf), users have favourite groups of items, come in sessions, and often go on to an item
close to the last one, so that both collaborative and sequential models find something. No user meets an item twice.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from recommender.terminal import Parser

Ints = NDArray[np.int64]

GROUPS = 20
FAVOURITES = 3
FOLLOWS = 0.5
"""Share of the events that go on from the one before, to an item up to three places further in its group."""
ROUNDS = 12
_ZIPF, _ZIPF_SHIFT = 1.3, 4.0
_START, _SPAN_S = 1_420_070_400, 3 * 365 * 86_400
_SESSION_EVENTS, _GAP_S, _PAUSE_S = 15, 25.0, 6 * 86_400.0


def generate(users: int, items: int, events: int, seed: int) -> pd.DataFrame:
    """Make a log.

    Args:
        users: how many users; each has at least one event.
        items: how many items there are; the rarest may have no event.
        events: how many rows.
        seed: decides everything.

    Returns:
        `user_id, item_id, rating, timestamp`: int64, int64, int8 1-5 and int64 seconds since 1970, in order of time.

    Raises:
        ValueError: the events do not fit: fewer than users, or more than half of all pairs.
    """
    if not users <= events <= users * items // 2:
        raise ValueError(f"events: {events} is not in {users} (users) to {users * items // 2} (half of the pairs)")
    random = np.random.default_rng(seed)
    lengths = draw_lengths(users, events, items // 2, random)
    user, item = draw_pairs(items, lengths, random)
    columns = {
        "user_id": random.permutation(users)[user] + 1,
        "item_id": random.permutation(items)[item] + 1,
        "rating": draw_ratings(user, item, random),
        "timestamp": draw_times(user, random),
    }
    return pd.DataFrame(columns).sort_values("timestamp", kind="stable", ignore_index=True)


def save_parts(path: Path, users: int, items: int, events: int, parts: int, seed: int) -> None:
    """Write a log of any size as Parquet: in parts, each of some of the users, so that memory stays bounded.

    Args:
        path: the file.
        users: how many users, a multiple of the parts; `events` likewise.
        items: how many items there are; the users of all parts choose among them.
        events: how many rows; by user, not in order of time.
        parts: how many parts.
        seed: decides everything.
    """
    names = np.random.default_rng(seed).permutation(items) + 1
    writer: pa.parquet.ParquetWriter | None = None
    for part in range(parts):
        random = np.random.default_rng([seed, part])
        user, item = draw_pairs(items, draw_lengths(users // parts, events // parts, items // 2, random), random)
        columns = {
            "user_id": user + 1 + part * (users // parts),
            "item_id": names[item],
            "rating": draw_ratings(user, item, random),
            "timestamp": draw_times(user, random),
        }
        table = pa.table(columns)
        writer = writer or pa.parquet.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def draw_lengths(users: int, events: int, most: int, random: np.random.Generator) -> Ints:
    """Share the events among the users, a log-normal each, 1 to `most`; they add up to `events`."""
    wish = random.lognormal(0.0, 1.0, users)
    lengths = np.clip((wish * events / wish.sum()).astype(np.int64), 1, most)
    while (missing := events - int(lengths.sum())) != 0:
        open_to = np.flatnonzero(lengths < most if missing > 0 else lengths > 1)
        chosen = random.permutation(open_to)[: abs(missing)]
        lengths[chosen] += np.sign(missing)
    return lengths


def draw_pairs(n_items: int, lengths: Ints, random: np.random.Generator) -> tuple[Ints, Ints]:
    """Draw the items of each user, none twice; sorted by user, in the order in which they are met."""
    favourites = random.integers(0, min(GROUPS, n_items), (len(lengths), FAVOURITES))
    pairs = np.empty(0, dtype=np.int64)
    for attempt in range(10 * ROUNDS):
        have = np.bincount(pairs // n_items, minlength=len(lengths))
        user = np.repeat(np.arange(len(lengths)), lengths - have)
        if not len(user):
            break
        item = (
            draw_items(n_items, user, favourites, random)
            if attempt < ROUNDS
            else random.integers(0, n_items, len(user))
        )
        pairs = pd.unique(np.concatenate([pairs, user * n_items + item]))
    user = pairs // n_items
    order = np.argsort(user, kind="stable")
    return user[order], (pairs % n_items)[order]


def draw_items(n_items: int, user: Ints, favourites: Ints, random: np.random.Generator) -> Ints:
    """Draw an item per row: `GROUPS * rank + group` of a favourite group, or one soon after that of the row before."""
    n = len(user)
    groups = min(GROUPS, n_items)
    weights = (np.arange(-(-n_items // groups)) + _ZIPF_SHIFT) ** -_ZIPF
    rank = np.searchsorted(np.cumsum(weights) / weights.sum(), random.random(n)).clip(0, len(weights) - 1)
    start = rank * groups + favourites[user, random.integers(0, FAVOURITES, n)]
    fresh = (random.random(n) >= FOLLOWS) | (np.diff(user, prepend=-1) != 0)
    head = np.maximum.accumulate(np.where(fresh, np.arange(n), 0))
    steps = np.cumsum(random.integers(1, 4, n))
    drawn: Ints = (start[head] + groups * (steps - steps[head])) % n_items
    return drawn


def draw_ratings(user: Ints, item: Ints, random: np.random.Generator) -> NDArray[np.int8]:
    """Draw ratings from 1 to 5: some users are kinder, some items better."""
    kind, good = random.normal(0, 0.5, user.max() + 1), random.normal(0, 0.5, item.max() + 1)
    return np.rint(3.6 + kind[user] + good[item] + random.normal(0, 0.8, len(user))).clip(1, 5).astype(np.int8)


def draw_times(user: Ints, random: np.random.Generator) -> Ints:
    """Draw times in whole seconds, ascending within a user: sessions of some minutes, days apart."""
    n = len(user)
    pause = random.random(n) < 1 / _SESSION_EVENTS
    gaps = np.where(pause, random.exponential(_PAUSE_S, n), random.exponential(_GAP_S, n)).astype(np.int64)
    elapsed = np.cumsum(gaps)
    first = np.searchsorted(user, user)
    since: Ints = elapsed - elapsed[first] + _START
    return since + random.integers(0, _SPAN_S, user.max() + 1)[user]


def save(log: pd.DataFrame, path: Path) -> None:
    """Write a log as Parquet if the name says so, else as CSV."""
    table = pa.Table.from_pandas(log, preserve_index=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        pa.parquet.write_table(table, path)
    else:
        pa.csv.write_csv(table, path)


def main(argv: Sequence[str] | None = None) -> int:
    """Make a log from the command line."""
    parser = Parser(prog="python -m benchmarks.synthetic_log", description=__doc__)
    parser.add_argument("out", type=Path, help="the file: .csv or .parquet")
    for name, default in (("users", 70_000), ("items", 14_000), ("events", 5_000_000), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=default, help="default: %(default)s")
    chosen = parser.parse_args(argv)
    try:
        log = generate(chosen.users, chosen.items, chosen.events, chosen.seed)
    except ValueError as error:
        parser.error(str(error))
    save(log, chosen.out)
    print(f"{chosen.out}: {len(log):,} events, {log.user_id.nunique():,} users, {log.item_id.nunique():,} items")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
