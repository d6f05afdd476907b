"""What a small recurrent network, which reads the latest events and the pauses between them, expects next."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from recommender.errors import DataError
from recommender.log.views import View
from recommender.retrieval.lstm import Lstm
from recommender.retrieval.source import Source, Training
from recommender.retrieval.top import Scores
from recommender.seeds import seed_for
from recommender.threads import one_blas_thread

DECIMALS = 5


@dataclass(frozen=True)
class NextItemNetwork(Source):
    """Scores an item by the log probability that it is next.

    Attributes:
        networks: one, or none if the source is off: to fit it takes more time than to fit all others.
    """

    name = "neural"
    words = ("what a network that read your latest items expects", "not what a network expects after your latest items")

    networks: tuple[Lstm, ...]

    @classmethod
    def fit(cls, training: Training) -> Self:
        """Fit the network, if the source is on.

        Raises:
            ParameterError: torch is missing.
        """
        if training.neural is None:
            return cls(())
        from recommender.retrieval.lstm_training import fit_lstm  # noqa: PLC0415 - needs torch, which is optional

        request_time, seed = training.sequence.request_time, seed_for(training.seed, "neural")
        return cls((fit_lstm(training.histories, training.neural, request_time, training.symmetric, seed),))

    def score(self, view: View) -> Scores:
        """Return the log probabilities, float32 (n_requests, n_items); the digits that could differ are rounded away.

        Raises:
            DataError: the source was off when the others were fitted.
        """
        if not self.networks:
            raise DataError("neural: the models were fitted without this source; run `dvc repro`")
        with one_blas_thread():
            return np.round(self.networks[0].log_probabilities(view), DECIMALS).astype(np.float32)
