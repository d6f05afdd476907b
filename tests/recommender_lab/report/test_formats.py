from recommender_lab.report.formats import defined, interval, percent, short, span


def test_numbers_are_short():
    texts = {0: "0", 1682: "1,682", 98114.4: "98,114", 0.1527: "0.153", 2.474: "2.47", 3.0: "3", 0.0001: "1e-04"}
    assert {value: short(value) for value in texts} == texts


def test_shares_and_intervals():
    assert [percent(share) for share in (0, 0.0053, 0.44, 1)] == ["0 %", "0.5 %", "44 %", "100 %"]
    assert span(0.1291, 0.1824) == "[0.129, 0.182]"


def test_what_is_absent_is_a_dash():
    found = {"mean": 0.15, "low": 0.12, "high": 0.18}
    assert interval(found, "mean") == "0.150 [0.120, 0.180]"
    assert interval({"mean": 0.15}, "mean") == defined({}, "mean") == "-"
    assert defined(found, "mean", percent) == "15 %"
