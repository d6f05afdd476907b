"""SASRec (Kang and McAuley, 2018) and HSTU (Zhai et al., 2024) as RecTools builds them, on one thread of the CPU.

Each setting is trained on train until NDCG@10 on the validation events rises no more; the highest one chooses setting
and number of epochs. The final model then trains for as many epochs on train + validation. All stop earlier when their
budget of seconds is spent.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch
from pytorch_lightning import Callback, Trainer, seed_everything
from rectools import Columns
from rectools.dataset import Dataset
from rectools.dataset.context import get_context
from rectools.models import HSTUModel, SASRecModel

from benchmarks.peers.contract import K, Model, Settings, Task, mean_ndcg
from benchmarks.peers.settings import Grid

KINDS = {"sasrec": SASRecModel, "hstu": HSTUModel}
EVERY = 4
"""Epochs between two looks at the validation events."""
_OWN = ("kind", "epochs", "patience", "cpu_s", "wall_s", "tune_cpu_s", "validation_ndcg", "tuning_cut")


class Budget(Callback):
    """Ends training when the CPU seconds or the seconds are spent."""

    def __init__(self, cpu_s: float, wall_s: float) -> None:
        self.cpu_end, self.wall_end = time.process_time() + cpu_s, time.monotonic() + wall_s
        self.batches, self.per_epoch, self.cut = 0, 1, False

    def on_train_batch_end(self, trainer: Any, *_: Any) -> None:
        """Look at the clocks."""
        self.batches, self.per_epoch = self.batches + 1, trainer.num_training_batches
        if time.process_time() > self.cpu_end or time.monotonic() > self.wall_end:
            trainer.should_stop = self.cut = True

    @property
    def epochs(self) -> float:
        """How many epochs were trained, broken ones in parts."""
        return self.batches / self.per_epoch


def ordered_times(data: Task) -> np.ndarray:
    """Return the times with the place in the user's history as microseconds: RecTools sorts by time alone."""
    return data.time + (data.age().max() - data.age()).astype("timedelta64[us]")


def dataset(data: Task) -> Dataset:
    """Return the events as RecTools keeps them."""
    columns = {Columns.User: data.user, Columns.Item: data.item, Columns.Datetime: ordered_times(data)}
    return Dataset.construct(pd.DataFrame(columns | {Columns.Weight: 1.0}))


def untrained(settings: Settings, cpu_s: float) -> Any:
    """Return a model whose training ends after so many CPU seconds."""
    seed_everything(0, verbose=False)
    torch.set_num_threads(1)
    options = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
    budget = Budget(cpu_s, settings["wall_s"])
    return KINDS[settings["kind"]](
        **{key: value for key, value in settings.items() if key not in _OWN},
        get_trainer_func=lambda: Trainer(
            **options, accelerator="cpu", devices=1, callbacks=[budget], enable_checkpointing=False
        ),
        recommend_torch_device="cpu",
    )


def budget_of(model: Any) -> Budget:
    """Return what the training took: Lightning trains on a copy of the trainer, and so of the callback."""
    return next(one for one in model.fit_trainer.callbacks if isinstance(one, Budget))


def choose(grid: Grid, data: Task, answers: pd.DataFrame) -> dict[str, Any]:
    """Return the setting whose model ranks the validation events best, with the number of epochs for it.

    Args:
        grid: settings; a single one without `tune_cpu_s` is taken as it is.
        data: the events before the validation events.
        answers: the validation events, `user_id, item_id`.

    Returns:
        The setting. `epochs` is where NDCG@10 was highest; `tuning_cut` says whether the budget ended a training before
        the patience did.
    """
    if len(grid) == 1 and not grid[0]["tune_cpu_s"]:
        return grid[0]
    found = [_tried(settings, data, answers) for settings in grid]
    return max(found, key=lambda one: float(one["validation_ndcg"]))


def _tried(settings: Settings, data: Task, answers: pd.DataFrame) -> dict[str, Any]:
    model, known = untrained(settings, settings["tune_cpu_s"]), dataset(data)
    best, epochs, trained = 0.0, EVERY, 0
    while trained < settings["epochs"] and trained - epochs < settings["patience"]:
        model.fit_partial(known, min_epochs=EVERY, max_epochs=EVERY)
        if budget_of(model).cut:
            break
        trained += EVERY
        score = mean_ndcg(recommender(model, data)(data, K), answers)
        if score > best:
            best, epochs = score, trained
    return {**settings, "epochs": epochs, "validation_ndcg": best, "tuning_cut": budget_of(model).cut}


def fit(data: Task, settings: Settings) -> Model:
    """Train for `settings["epochs"]` epochs or until the budget is spent."""
    model, epochs = untrained(settings, settings["cpu_s"]), int(settings["epochs"])
    model.fit_partial(dataset(data), min_epochs=epochs, max_epochs=epochs)
    taken = budget_of(model)
    notes = {"epochs": round(taken.epochs, 1), "cut": taken.cut or settings.get("tuning_cut", False)}
    return Model(recommender(model, data), notes)


def recommender(model: Any, data: Task) -> Callable[[Task, int], pd.DataFrame]:
    """Return what recommends from a trained model.

    Args:
        model: of RecTools.
        data: the events that it was trained on.
    """
    known = dataset(data)

    def recommend(asked: Task, k: int) -> pd.DataFrame:
        """Return `user_id, rank, item_id, score`."""
        about = pd.DataFrame({Columns.User: asked.asked, Columns.Datetime: asked.asked_at})
        context = get_context(about) if model.require_recommend_context else None
        shown = model.recommend(asked.asked, known, k, filter_viewed=True, context=context)
        return pd.DataFrame(
            {
                "user_id": asked.users[shown[Columns.User].to_numpy()],
                "rank": shown[Columns.Rank].to_numpy(np.int32),
                "item_id": asked.items[shown[Columns.Item].to_numpy()],
                "score": shown[Columns.Score].to_numpy(np.float64),
            }
        )

    return recommend
