"""Every section of params.yaml in one class: a stage reads its own sections only."""

from recommender.bundle.settings import Recommend
from recommender.datasets.settings import Dataset, Download, Further, Prepare
from recommender.engine.settings import EngineParams
from recommender.evaluation.settings import Evaluate
from recommender.ranking.described import require_one_answer, without_columns
from recommender.ranking.settings import ModelParams, Rerank
from recommender_lab.ab_test.settings import AbTest
from recommender_lab.drift.settings import Monitor
from recommender_lab.feedback.settings import FeedbackLoop, Replay
from recommender_lab.report.settings import Report


class AllParams(ModelParams, EngineParams):
    """All sections."""

    dataset: Dataset
    download: Download
    prepare: Prepare
    rerank: Rerank
    recommend: Recommend
    evaluate: Evaluate
    ab_test: AbTest
    monitor: Monitor
    replay: Replay
    feedback_loop: FeedbackLoop
    report: Report


def require_columns(params: AllParams) -> None:
    """Refuse a group of features of further columns that the section `dataset` does not name.

    Raises:
        ParameterError: names the group.
    """
    dataset, features = params.dataset, params.features
    own = dataset.name == "interaction-log"
    named = {
        "user": not own or (dataset.users_path is not None and any(_further(dataset.user_columns))),
        "item": own and dataset.items_path is not None and any(_further(dataset.item_columns)),
        "request": own and any(_further(dataset.columns)),
    }
    for word, there in named.items():
        if getattr(features, f"{word}_columns") and not there:
            raise without_columns(word)
    require_one_answer(params)


def _further(columns: Further) -> tuple[str, ...]:
    return (*columns.numbers, *columns.texts)


def without_effect(params: AllParams) -> list[str]:
    """Return a line for each parameter that needs `base.again_after_days`, which is null."""
    if params.base.again_after_days is not None:
        return []
    found = {"candidates.repeats": params.candidates.repeats, "features.repeats": params.features.repeats}
    need = "has no effect while base.again_after_days is null; set that to a number of days, such as 0"
    return [f"{name}: {value} {need}" for name, value in found.items() if value]
