"""Makes a reranker from the section `rerank`, which names genres and ids."""

import difflib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recommender.columns import ITEM, RELEASE_DATE, TITLE
from recommender.errors import ParameterError
from recommender.features.context import ItemTable, genre_names
from recommender.log.histories import Ints
from recommender.ranking.rerank import Reranker
from recommender.ranking.settings import Rerank
from recommender.retrieval.factors import ItemFactors


def make_reranker(
    settings: Rerank, items: pd.DataFrame, table: ItemTable, vocabulary: NDArray[Any], factors: ItemFactors
) -> Reranker:
    """Turn names into codes.

    Args:
        settings: see params.yaml.
        items: the table of items, with any `genre_*` columns.
        table: the same by item code.
        vocabulary: sorted item ids, (n_items,).
        factors: of the items; compared where an item has no genres.

    Raises:
        ParameterError: a genre that no item could have, or an id that is neither in the log nor in the table of items.
    """
    genres = table.genres > 0
    unwanted = genre_columns("rerank.exclude_genres", settings.exclude_genres, genre_names(items))
    _require_items(settings.exclude_items, [*items[ITEM].tolist(), *vocabulary.tolist()])
    excluded = genres[:, unwanted].any(axis=1) | pd.Series(vocabulary).isin(settings.exclude_items).to_numpy()
    return Reranker(
        diversity=settings.diversity,
        max_per_genre=settings.max_per_genre,
        excluded=excluded,
        genres=np.packbits(genres, axis=1),
        factors=factors.unit,
        twins=_twins(items, vocabulary) if settings.one_per_title else np.arange(len(vocabulary)),
    )


def _twins(items: pd.DataFrame, vocabulary: NDArray[Any]) -> Ints:
    """Give the items of one title and year of release the code of the first of them; one without a title its own."""
    own = pd.Series(np.arange(len(vocabulary)))
    known = items.set_index(ITEM).reindex(vocabulary).reset_index(drop=True)
    titled = known[TITLE].notna()
    year = known[RELEASE_DATE].astype(object).str[:4]
    first = own[titled].groupby([known[TITLE][titled], year[titled]], dropna=False).transform("min")
    return first.reindex(own).fillna(own).to_numpy(dtype=np.int64)


def genre_columns(key: str, wanted: Sequence[str], known: list[str]) -> list[int]:
    """Find genres by name.

    Args:
        key: the parameter that names them, for the message.
        wanted: names of genres.
        known: all names, in the order of the columns.

    Raises:
        ParameterError: a name is unknown.
    """
    for name in wanted:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            every = ", ".join(known) or "none, the items have no genres"
            hint = f"did you mean {near[0]}?" if near else f"known: {every}"
            raise ParameterError(f"{key}: no genre {name!r}; {hint}")
    return [known.index(name) for name in wanted]


def _require_items(wanted: Sequence[int | str], known: Sequence[int | str]) -> None:
    """Refuse an id that no item has: a mistyped id would exclude nothing."""
    missing = [item for item in wanted if item not in set(known)]
    if missing:
        raise ParameterError(
            f"rerank.exclude_items: no item {missing[0]!r} in the log or in the table of items, whose ids look like "
            f"{known[0]!r}; correct or remove it, and put quotes around an id that is text"
        )
