"""Fits the network with torch, which nothing else needs: this module is imported where a network is fitted."""

import math
from typing import Any

import numpy as np

from recommender.errors import ParameterError
from recommender.log.histories import Histories
from recommender.retrieval.lstm import N_PAUSES, Lstm
from recommender.retrieval.lstm_batches import Batch, Pieces
from recommender.retrieval.settings import Neural

try:
    import torch
    from torch import nn
except ModuleNotFoundError as error:
    raise ParameterError(
        "candidates.neural: the package torch is missing; install it with `make neural`, or set it to 0"
    ) from error

WARM_UP = 0.1
"""Share of the training in which the learning rate rises; then it falls to 0 along half a cosine."""
LONGEST_STEP = 1.0
"""Gradients are scaled down to this length."""


def fit_lstm(histories: Histories, settings: Neural, request_time: bool, shuffled: bool, seed: int) -> Lstm:
    """Fit the network: at every event, the next one shall be more probable than others that the user has not met.

    One thread and one seed: on one kind of processor, the same events give the same bytes.

    Args:
        histories: the events.
        settings: see params.yaml.
        request_time: see `Lstm.request_time`.
        shuffled: see `Pieces.shuffled`.
        seed: of the first weights, of the batches and of what is left out.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            net = _first_weights(histories, settings.units)
            _train(net, Pieces(histories, request_time, shuffled, np.random.default_rng(seed)), settings)
    finally:
        torch.set_num_threads(threads)
    return _weights(net, request_time)


def _first_weights(histories: Histories, units: int) -> "nn.ModuleDict":
    item, pause = nn.Embedding(histories.n_items, units), nn.Embedding(N_PAUSES, units)
    bias = nn.Embedding(histories.n_items, 1)
    lstm, out = nn.LSTM(units, units, batch_first=True), nn.Linear(2 * units, units)
    for part in (item, pause):
        nn.init.normal_(part.weight, std=0.1)
    frequency = np.log1p(histories.counts) - math.log(max(len(histories.item), 1))
    with torch.no_grad():
        out.weight[:, units:] = 0  # at first, the latest input counts only by way of the state
        bias.weight[:, 0] = torch.from_numpy(frequency.astype(np.float32))
    return nn.ModuleDict({"item": item, "pause": pause, "bias": bias, "lstm": lstm, "out": out})


def _train(net: "nn.ModuleDict", pieces: Pieces, settings: Neural) -> None:
    optimizer = torch.optim.AdamW(net.parameters(), lr=settings.learning_rate, betas=(0.9, 0.98), fused=True)
    for epoch in range(settings.epochs):
        for share, batch in pieces.epoch():
            for group in optimizer.param_groups:
                group["lr"] = settings.learning_rate * _pace((epoch + share) / settings.epochs)
            optimizer.zero_grad()
            _loss(net, batch, settings.dropout, pieces.histories.n_items).backward()
            nn.utils.clip_grad_norm_(net.parameters(), LONGEST_STEP)
            optimizer.step()


def _pace(progress: float) -> float:
    """Return the share of the learning rate that is used after a share of the training, both 0 to 1."""
    if progress < WARM_UP:
        return (progress + 0.01) / (WARM_UP + 0.01)
    return 0.5 + 0.5 * math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP))


def _loss(net: "nn.ModuleDict", batch: Batch, dropout: float, n_items: int) -> Any:
    """Return the mean negative log probability of the targets.

    Each negative stands for as many items as were left out for it.
    """
    item, pause, known, target, negatives, excluded = (torch.from_numpy(part) for part in vars(batch).values())
    given = nn.functional.dropout(net["item"](item) + net["pause"](pause), dropout)
    guess = net["out"](torch.cat((net["lstm"](given)[0], given), dim=2)[known])
    right = (guess * net["item"](target)).sum(dim=1) + net["bias"](target)[:, 0]
    wrong = guess @ net["item"](negatives).T + net["bias"](negatives)[:, 0]
    wrong = wrong.masked_fill(excluded, -1e9).logsumexp(dim=1) + math.log(n_items / len(negatives))
    return nn.functional.softplus(wrong - right).mean()


def _weights(net: "nn.ModuleDict", request_time: bool) -> Lstm:
    found = {name: part.detach().numpy().copy() for name, part in net.state_dict().items()}
    return Lstm(
        item=found["item.weight"],
        pause=found["pause.weight"],
        bias=found["bias.weight"][:, 0],
        from_input=found["lstm.weight_ih_l0"],
        from_state=found["lstm.weight_hh_l0"],
        gate_bias=found["lstm.bias_ih_l0"] + found["lstm.bias_hh_l0"],
        out=found["out.weight"],
        out_bias=found["out.bias"],
        request_time=request_time,
    )
