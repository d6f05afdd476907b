import numpy as np
import pandas as pd
import pytest

from recommender.features.context import item_table

NAN = np.nan


class TestItemTable:
    FRAME = pd.DataFrame(
        {
            "item_id": ["c", "a", "z"],
            "release_date": pd.array(["1995-01-01", "1996-12-31", None], "str"),
            "genre_x": [1, 0, 1],
            "genre_y": np.array([1, 0, 1], dtype="uint8"),
            "title": ["C", "A", "Z"],
        }
    )

    def test_in_the_order_of_the_codes(self):
        """Nothing is known of b; z is in no event. The last day of the leap year is (366 - 1) / 366 of it."""
        found = item_table(self.FRAME, np.array(["a", "b", "c"], dtype=object))
        assert found.genres.tolist() == [[0, 0], [0, 0], [1, 1]]
        assert found.year == pytest.approx([1996 + 365 / 366, NAN, 1995], nan_ok=True)
        assert (found.genres.dtype, found.year.dtype) == (np.float32, np.float32)

    def test_dates_that_are_none_are_unknown(self):
        dates = ["1995", "1995-02", "soon", "", None]
        frame = pd.DataFrame({"item_id": range(5), "release_date": pd.array(dates, "str")})
        assert item_table(frame, np.arange(5)).year == pytest.approx(
            [1995, 1995 + 31 / 366, NAN, NAN, NAN], nan_ok=True
        )

    def test_without_genres_and_dates(self):
        frame = pd.DataFrame({"item_id": [1, 2], "release_date": pd.array([None, None], "str")})
        found = item_table(frame, np.array([1, 2, 3]))
        assert found.genres.shape == (3, 0)
        assert np.isnan(found.year).all()

    def test_the_input_stays(self):
        before = self.FRAME.copy()
        item_table(self.FRAME, np.array(["a", "b"], dtype=object))
        pd.testing.assert_frame_equal(self.FRAME, before)


class TestContext:
    def test_the_latest_newest_first(self, context):
        assert context.latest[:, :4].tolist() == [[2, 1, 0, -1], [3, 1, -1, -1], [-1, -1, -1, -1]]

    def test_means_of_the_latest(self, context):
        """User 1 met a, b, c; user 2 b and d; the third nothing."""
        values = np.array([1, 2, 6, NAN], dtype=np.float32)
        assert context.latest_mean(values, 1) == pytest.approx([6, NAN, NAN], nan_ok=True)
        assert context.latest_mean(values, 2) == pytest.approx([4, 2, NAN], nan_ok=True)
        assert context.latest_mean(values, 20) == pytest.approx([3, 2, NAN], nan_ok=True)

    def test_means_of_rows(self, context):
        rows = np.array([[1, 0], [3, 0], [0, 6], [NAN, 2]], dtype=np.float32)
        wanted = [[4 / 3, 2], [3, 1], [NAN, NAN]]
        assert context.latest_mean(rows, 5).ravel() == pytest.approx(np.ravel(wanted), nan_ok=True)

    def test_a_value_per_request_is_repeated(self, context):
        assert context.per_candidate({"a": np.array([7, 8, 9])})["a"].tolist() == [7] * 4 + [8] * 4 + [9] * 4
