import numpy as np
import pytest

from recommender.errors import DataError, ParameterError
from recommender.log.histories import build_histories
from recommender.log.views import View
from recommender.retrieval.factors import ItemFactors, fit_factors
from recommender.retrieval.sources.svd import Svd
from tests.logs import asking, asking_all, checkerboard, histories_of, log, view_of

RATED = build_histories([log(*((u, i, 1 + (3 * u + 2 * i) % 5, i) for u in range(8) for i in range(6) if (u + i) % 3))])
CELLS = {"rating": lambda r: r, "binary": np.sign, "log_count": np.log1p}


def fit(histories, n_components=3, values="rating", seed=0):
    return fit_factors(histories, n_components, values, n_iter=7, seed=seed)


@pytest.mark.parametrize("values", CELLS)
class TestAgainstNumpy:
    def oracle(self, values):
        return np.linalg.svd(CELLS[values](RATED.matrix().toarray().astype(np.float64)), full_matrices=False)

    def test_factors_up_to_sign(self, values):
        _, _, rows = self.oracle(values)
        factors = fit(RATED, values=values).factors
        assert np.abs(factors.T) == pytest.approx(np.abs(rows[:3]), abs=2e-6)

    def test_folding_in_gives_u_times_s_of_the_training_rows(self, values):
        left, sizes, _ = self.oracle(values)
        folded = fit(RATED, values=values).fold_in(View(RATED, asking_all(RATED)), decay=1)
        assert np.abs(folded) == pytest.approx(np.abs(left[:, :3] * sizes[:3]), abs=1e-4)

    def test_scores_are_the_best_approximation_of_rank_three(self, values):
        left, sizes, rows = self.oracle(values)
        scores = Svd(fit(RATED, values=values), decay=1).score(View(RATED, asking_all(RATED)))
        assert scores == pytest.approx((left[:, :3] * sizes[:3]) @ rows[:3], abs=1e-4)

    def test_explained_variance(self, values):
        left, sizes, _ = self.oracle(values)
        matrix = CELLS[values](RATED.matrix().toarray().astype(np.float64))
        shares = (left[:, :3] * sizes[:3]).var(axis=0) / matrix.var(axis=0).sum()
        assert fit(RATED, values=values).explained_variance == pytest.approx(shares, abs=1e-5)


class TestCheckerboard:
    """Even users like even items; each lacks one item of its own colour, and that is the answer."""

    BOARD = build_histories([checkerboard()])
    KNOWN = BOARD.until(BOARD.lengths - 1)

    def test_the_withheld_item_has_the_best_score_of_the_unseen(self):
        view = View(self.KNOWN, asking_all(self.KNOWN))
        scores = Svd(fit(self.KNOWN, n_components=2, values="binary"), decay=1).score(view)
        best = np.where(view.seen, -np.inf, scores).argmax(axis=1)
        assert best.tolist() == self.BOARD.item[self.BOARD.indptr[1:] - 1].tolist()

    def test_a_user_whom_the_factorisation_never_saw(self):
        model = fit(self.KNOWN.until(np.where(np.arange(30) == 4, 0, self.KNOWN.lengths)), n_components=2)
        scores = Svd(model, decay=1).score(view_of(self.BOARD, [4], [5]))[0]
        assert scores[0::2].min() > scores[1::2].max()


def test_decay_weighs_the_latest_event_most():
    """The history "ab" with decay 1/2: the factors of b plus half of those of a."""
    histories = histories_of({1: "abc", 2: "cab", 3: "bd", 4: "ad"})
    model = fit(histories, n_components=2)
    folded = model.fold_in(view_of(histories, [0], [2]), decay=0.5)
    assert folded[0] == pytest.approx(model.factors[1] + model.factors[0] / 2, abs=1e-6)


def test_a_request_sees_nothing_after_it():
    histories = histories_of({1: "abcd", 2: "cab", 3: "bd", 4: "ad"})
    model = fit(histories, n_components=2)
    cut = histories.until(np.array([2, 3, 2, 2]))
    scores = [Svd(model, 0.9).score(View(events, asking(events, [0], [2]))) for events in (histories, cut)]
    assert scores[0].tobytes() == scores[1].tobytes()


def test_an_empty_history_scores_zero():
    assert not Svd(fit(RATED), decay=1).score(view_of(RATED, [0], [0])).any()


def test_an_item_without_events_has_no_factors():
    histories = histories_of({1: "abc", 2: "bcz", 3: "cab", 4: "abz"})
    assert not fit(histories.until(np.array([3, 2, 3, 2])), n_components=2).factors[3].any()


def test_same_seed_same_bytes_and_rounded():
    factors = [fit(RATED, seed=5).factors for _ in range(2)]
    assert factors[0].tobytes() == factors[1].tobytes()
    assert (factors[0] == np.round(factors[0].astype(np.float64), 6).astype(np.float32)).all()
    assert not np.signbit(factors[0][factors[0] == 0]).any()


@pytest.mark.parametrize("n_components", [6, 50])
def test_too_many_components_for_the_matrix(n_components):
    message = f"train_svd.n_components: {n_components} is too large for 8 users x 6 items .* must be less than 6"
    with pytest.raises(ParameterError, match=message):
        fit(RATED, n_components=n_components)


def test_items_and_users_without_events_do_not_count_as_a_side_of_the_matrix():
    with pytest.raises(ParameterError, match="3 users x 3 items"):
        fit(histories_of({1: "abc", 2: "abc", 3: "abc", 4: "abcd"}).until(np.array([3, 3, 3, 0])), n_components=3)


def test_the_logarithm_of_a_low_rating_is_refused():
    rated = build_histories([log((1, 1, -5, 0), (1, 2, 3, 1), (2, 1, 2, 0), (2, 3, 1, 1))])
    with pytest.raises(ParameterError, match=r"train_svd.values: log_count needs ratings above -1, found -5"):
        fit(rated, n_components=1, values="log_count")


class TestArrays:
    def test_round_trip(self):
        model = fit(RATED)
        again = ItemFactors.from_arrays(model.arrays(RATED.items), RATED.items, "x.npz")
        assert again.factors.tobytes() == model.factors.tobytes()
        assert again.values == model.values
        assert again.explained_variance.tolist() == model.explained_variance.tolist()

    @pytest.mark.parametrize("items", [np.arange(5), np.arange(1, 7)])
    def test_a_model_of_other_items_is_refused(self, items):
        with pytest.raises(DataError, match=r"x.npz: fitted on other items than data/split has; run `dvc repro`"):
            ItemFactors.from_arrays(fit(RATED).arrays(RATED.items), items, "x.npz")
