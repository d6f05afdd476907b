"""Makes a bundle: the models of the evaluated run, fitted again on the whole log."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from recommender.bundle.artifacts import Artifacts
from recommender.bundle.manifest import FORMAT, MANIFEST, Manifest, digest, revision_of, to_json
from recommender.bundle.settings import PublishParams
from recommender.columns import ITEM
from recommender.engine.local import Engine
from recommender.files import npz_of
from recommender.log.further import as_matrix
from recommender.log.histories import MICROSECONDS, Histories, build_histories, codes_of, lengths_without
from recommender.ranking.build import validation_rows
from recommender.ranking.fitting import as_table
from recommender.ranking.ranker import Ranker, to_text
from recommender.ranking.recipe import digest_of
from recommender.ranking.training import RankingTable
from recommender.retrieval.index_recall import require_recall
from recommender.retrieval.knowledge import fit_sequence, fit_svd

LIBRARIES = ("lightgbm", "numpy", "scipy")


def latest_rows(
    artifacts: Artifacts, parts: Sequence[pd.DataFrame], params: PublishParams, engine: Engine
) -> RankingTable:
    """Build ranking rows of the test requests, which the evaluated models answered without knowing the test events.

    Args:
        artifacts: the evaluated models.
        parts: train, valid and test; test events of items that the models do not know are left out.
        params: see params.yaml.
        engine: where chunks of requests are worked on.
    """
    train, valid, held_out = parts
    test = held_out[codes_of(held_out[ITEM].to_numpy(), artifacts.histories.items) >= 0]
    known = [train, valid, test]
    histories = artifacts.with_columns(build_histories(known, params.base.again_after_days), known)
    ends = lengths_without(histories, test)
    rows = validation_rows(histories, ends, artifacts.knowledge, artifacts.item_table, params, engine)
    return as_table(rows)


def bundle_files(
    artifacts: Artifacts,
    events: pd.DataFrame,
    ranker: Ranker,
    params: PublishParams,
    evaluated: Mapping[str, Any],
    engine: Engine,
) -> dict[str, bytes]:
    """Fit the sources on the whole log and return the files of a bundle, the manifest last.

    Args:
        artifacts: the evaluated models.
        events: the whole log, ordered by `order_events`: also users who are in no part of the split.
        ranker: of the two stages.
        params: see params.yaml.
        evaluated: metrics of the evaluated models.
        engine: where sources and blocks are worked on.
    """
    histories = artifacts.with_columns(build_histories([events], params.base.again_after_days), [events])
    trees, factors = to_text(ranker), fit_svd(histories, params, engine)
    [sequence] = fit_sequence([histories], params, engine)
    require_recall(factors, histories, params)
    parts = {
        "histories.npz": npz_of(_arrays(histories)),
        "items.parquet": artifacts.content("items.parquet"),
        "svd.npz": npz_of(factors.arrays(histories.items)),
        "sequence.npz": npz_of(sequence),
        "ranker.txt": trees.encode(),
    }
    recipe = artifacts.recipe.model_copy(update={"trees": digest_of(trees)})
    digests = {name: digest(content) for name, content in parts.items()}
    manifest = Manifest(
        format=FORMAT,
        revision=revision_of(digests, recipe, params.rerank, params.base.seed),
        known_until=_iso(int(histories.time.max())),
        events=len(histories.item),
        users=histories.n_users,
        items=histories.n_items,
        seed=params.base.seed,
        recipe=recipe,
        rerank=params.rerank,
        evaluated=dict(evaluated),
        versions={name: version(name) for name in LIBRARIES},
        parts=digests,
    )
    return parts | {MANIFEST: to_json(manifest)}


def _arrays(histories: Histories) -> dict[str, Any]:
    names = ("users", "items", "indptr", "item", "time", "rating")
    arrays = {name: getattr(histories, name) for name in names} | {"again": np.array(histories.again)}
    columns = {"user_columns": histories.user_columns, "event_columns": histories.event_columns}
    return arrays | {name: as_matrix(some) for name, some in columns.items() if some}


def _iso(moment: int) -> str:
    return str(np.datetime64(moment // MICROSECONDS, "s")) + "Z"
