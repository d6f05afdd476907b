"""What needs torch; without it, these tests are skipped."""

import numpy as np
import pytest

from recommender.log.views import View
from recommender.retrieval.sources.neural import NextItemNetwork
from recommender.seeds import seed_for
from tests.knowing import busy_log, know, params_of, requests_at
from tests.logs import histories_of, view_of

torch = pytest.importorskip("torch", reason="torch is not installed (make neural)")

HISTORIES = busy_log()


def fit(histories, request_time=True, shuffled=True, seed=3, **changes):
    from recommender.retrieval.lstm_training import fit_lstm

    settings = params_of(neural={"units": 8, "epochs": 2} | changes).neural
    return fit_lstm(histories, settings, request_time, shuffled, seed)


def test_numpy_answers_as_torch_does():
    lstm = fit(HISTORIES)
    view = View(HISTORIES, requests_at(HISTORIES, [3], [12], later=70))
    net = torch.nn.LSTM(8, 8, batch_first=True)
    weights = {"ih": lstm.from_input, "hh": lstm.from_state}
    named = {f"weight_{name}_l0": torch.from_numpy(part) for name, part in weights.items()}
    biases = {"bias_ih_l0": torch.from_numpy(lstm.gate_bias), "bias_hh_l0": torch.zeros(32)}
    net.load_state_dict(named | biases)
    kinds = lstm._kinds(view.recent.seconds, view.recent.item >= 0)[0, 11::-1]
    given = torch.from_numpy(lstm.item[HISTORIES.item[view.events]] + lstm.pause[kinds])
    state = net(given[None])[0][0, -1].detach().numpy()
    scores = (lstm.out @ np.append(state, given[-1]) + lstm.out_bias) @ lstm.item.T + lstm.bias
    found = lstm.log_probabilities(view)[0]
    assert np.diff(found) == pytest.approx(np.diff(scores), abs=1e-5)


def test_it_learns_what_follows_what():
    """Everybody walks the same circle of eight items from another start: what comes next is certain."""
    circle = "abcdefgh"
    histories = histories_of({user: circle[user % 8 :] + circle[: user % 8] for user in range(80)})
    found = fit(histories, epochs=150).log_probabilities(view_of(histories, range(8), [3] * 8))
    assert np.where(view_of(histories, range(8), [3] * 8).seen, -np.inf, found).argmax(axis=1).tolist() == [
        (user + 3) % 8 for user in range(8)
    ]


@pytest.mark.parametrize("request_time", [True, False])
def test_the_same_events_give_the_same_bytes_and_change_no_state_of_torch(request_time):
    torch.manual_seed(1)
    before, threads = torch.rand(1), torch.get_num_threads()
    torch.manual_seed(1)
    one, other = (fit(HISTORIES, request_time, dropout=0.5) for _ in range(2))
    assert torch.rand(1) == before
    assert torch.get_num_threads() == threads
    assert all(np.array_equal(getattr(one, name), getattr(other, name)) for name in vars(one))


@pytest.mark.parametrize(("ties", "same"), [("file_order", True), ("hashed", False)])
def test_the_source_keeps_the_order_of_ties_only_if_it_is_that_of_the_file(ties, same):
    params = params_of(neural={"units": 8, "epochs": 2}, candidates={"neural": 6}, split={"ties": ties})
    (found,) = know(HISTORIES, params)[NextItemNetwork].networks
    kept = fit(HISTORIES, params.sequence.request_time, shuffled=False, seed=seed_for(params.base.seed, "neural"))
    assert np.array_equal(found.item, kept.item) == same


@pytest.mark.parametrize("letters", [{1: "a"}, {1: "a", 2: "b"}, {1: "ab"}], ids=["one event", "no pair", "one pair"])
def test_odd_logs_give_finite_scores(letters):
    histories = histories_of(letters)
    assert np.isfinite(fit(histories).log_probabilities(view_of(histories, [0], [1]))).all()
