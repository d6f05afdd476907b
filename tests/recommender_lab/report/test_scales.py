import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender_lab.report.scales import (
    extent,
    interval,
    linear,
    logarithmic,
    percent,
    powers,
    short,
    span,
    tick,
    ticks,
    told,
)

values = st.floats(-1e6, 1e6).map(lambda value: round(value, 6))


def test_a_linear_scale_keeps_distances():
    place = linear(10, 20, 100, 0)
    assert [place(value) for value in (10, 15, 20)] == [100, 50, 0]


def test_a_range_without_width_lies_in_the_middle():
    assert linear(3, 3, 0, 100)(3) == 50


def test_a_logarithmic_scale_keeps_ratios():
    place = logarithmic(1, 1000, 0, 300)
    assert [place(value) for value in (1, 10, 100, 1000)] == pytest.approx([0, 100, 200, 300])


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 0.3, [0, 0.1, 0.2, 0.3]),
        (0, 5800, [0, 2000, 4000, 6000]),
        (-0.13, 0.17, [-0.2, -0.1, 0, 0.1, 0.2]),
        (0.75, 0.82, [0.74, 0.76, 0.78, 0.8, 0.82]),
        (1, 1, [1, 1.5]),
        (0, 0, [0, 0.5]),
    ],
)
def test_ticks_are_round_and_span_the_range(low, high, expected):
    assert ticks(low, high) == expected


@given(values, values)
def test_ticks_span_any_range_with_few_values(one, other):
    low, high = sorted((one, other))
    found = ticks(low, high)
    slack = 1e-6 * max(abs(low), abs(high), 1)
    assert found[0] <= low + slack
    assert found[-1] >= high - slack
    assert 2 <= len(found) <= 7
    assert sorted(set(found)) == found


def test_powers_span_the_range():
    assert powers(1, 583) == [1, 10, 100, 1000]
    assert powers(1, 1) == [1, 10]


def test_an_extent_may_hold_zero_and_stands_for_nothing():
    assert extent([2, 5, 3]) == (2, 5)
    assert extent([2, 5], zero=True) == (0, 5)
    assert extent([]) == extent([], zero=True) == (0, 1)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1682, "1,682"), (98114.4, "98,114"), (0.1527, "0.153"), (2.474, "2.47"), (3.0, "3"), (0.0001, "1e-04")],
)
def test_numbers_are_short(value, text):
    assert short(value) == text


def test_ticks_are_written_without_ends_of_zeros():
    assert [tick(value) for value in (0.1, 40000, 0, 0.05)] == ["0.1", "40,000", "0", "0.05"]


def test_shares_and_intervals():
    assert [percent(share) for share in (0, 0.0053, 0.44, 1)] == ["0 %", "0.5 %", "44 %", "100 %"]
    assert span(0.1291, 0.1824) == "[0.129, 0.182]"


def test_what_is_absent_is_a_dash():
    found = {"mean": 0.15, "low": 0.12, "high": 0.18}
    assert interval(found, "mean") == "0.150 [0.120, 0.180]"
    assert interval({"mean": 0.15}, "mean") == told({}, "mean") == "-"
    assert told(found, "mean", percent) == "15 %"
