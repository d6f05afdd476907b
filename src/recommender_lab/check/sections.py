"""Every section of params.yaml in one class: a stage reads its own sections only."""

from recommender.bundle.settings import Recommend
from recommender.datasets.settings import Dataset, Download, Prepare
from recommender.engine.settings import EngineParams
from recommender.evaluation.settings import Evaluate
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


def without_effect(params: AllParams) -> list[str]:
    """Return a line for each parameter that needs `base.again_after_days`, which is null."""
    if params.base.again_after_days is not None:
        return []
    found = {"candidates.repeats": params.candidates.repeats, "features.repeats": params.features.repeats}
    need = "has no effect while base.again_after_days is null; set that to a number of days, such as 0"
    return [f"{name}: {value} {need}" for name, value in found.items() if value]
