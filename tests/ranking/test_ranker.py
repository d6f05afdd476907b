import numpy as np
import pytest

from recommender.errors import DataError
from recommender.ranking.ranker import from_text, to_text
from recommender.ranking.training import train
from tests.ranking.test_training import SETTINGS, scores, table


class TestText:
    RANKER = train(table(), table(seed=1), SETTINGS, [1, 2])[0]
    TEXT = to_text(RANKER)

    def test_round_trip(self):
        again = from_text(self.TEXT, "x.txt")
        assert scores(again, table()).tolist() == scores(self.RANKER, table()).tolist()
        assert (again.n_trees, again.n_features) == (self.RANKER.n_trees, 2)
        assert to_text(again) == self.TEXT

    @pytest.mark.parametrize("share", [0, 0.1, 0.25, 0.6, 0.75, 0.99])
    def test_a_cut_text_is_refused(self, share):
        with pytest.raises(DataError, match=r"x.txt: not a complete LightGBM text model; delete it, then run `dvc"):
            from_text(self.TEXT[: int(share * len(self.TEXT))], "x.txt")

    @pytest.mark.parametrize("text", ["hello", "{}", "tree\nend of trees", "\npandas_categorical:null\n"])
    def test_another_text_is_refused(self, text):
        with pytest.raises(DataError, match="not a complete LightGBM"):
            from_text(text, "x.txt")

    def test_a_text_cut_within_the_first_words_of_a_later_seed_is_refused(self):
        second = self.TEXT.index("tree\nversion=", 1)
        with pytest.raises(DataError, match=r"x.txt: not a LightGBM text model .*; delete it, then run `dvc repro`"):
            from_text(self.TEXT[: second + len("tree\nver")], "x.txt")


def test_no_rows_have_no_scores():
    assert TestText.RANKER.predict(np.zeros((0, 2), np.float32)).tolist() == []
