from recommender_lab.report import drift_section as drift

WINDOWS = {"requests": {"reference": 1660, "current": 283}, "alerts": 1}
FOUND = WINDOWS | {
    "unknown_users": {"reference": 0.0, "current": 0.02},
    "unknown_items": {"reference": 0.01, "current": 0.2},
    "coverage": {"change": 0.29},
}


def measure_rows(alert=1):
    return [
        {"policy": policy, "feature": feature, "measure": measure, "value": 0.25, "alert": alert * (feature == "hour")}
        for policy in ("svd", "two_stage")
        for feature in ("hour", "history_events")
        for measure in ("psi", "ks")
    ]


def bin_rows(shares):
    return [
        {"policy": "svd", "feature": "hour", "window": window, "low": float(at), "high": at + 1.0, "share": share}
        for window, values in shares.items()
        for at, share in enumerate(values)
    ]


def test_windows_and_their_alerts_are_listed():
    windows = drift.draw({"svd": FOUND}, [], [], []).parts[0]
    assert windows.rows == [("svd", "1,660 / 283", "1", "0 % → 2.0 %", "1.0 % → 20 %", "+29%")]


def test_of_an_empty_window_the_rest_is_dashes():
    windows = drift.draw({"svd": WINDOWS}, [], [], []).parts[0]
    assert windows.rows[0][-3:] == ("- → -", "- → -", "-")


def test_alerts_are_marked_and_drawn():
    bins = bin_rows({"reference": [0.5, 0.5], "current": [0.1, 0.9]})
    _, psi, ks, hour, _ = drift.draw({"svd": FOUND}, measure_rows(), bins, []).parts
    marked = ("hour", "<mark>0.250</mark>", "<mark>0.250</mark>")
    assert psi.title == "PSI of each feature"
    assert psi.rows == ks.rows == [marked, ("history_events", "0.250", "0.250")]
    assert hour.title == "hour (svd): share by bin"
    assert hour.rows == bins


def test_without_an_alert_nothing_is_marked_or_drawn():
    _, psi, ks, _ = drift.draw({"svd": FOUND}, measure_rows(alert=0), [], []).parts
    assert "<mark>" not in str(psi.rows + ks.rows)


def test_a_feature_that_only_one_policy_has_is_a_dash_for_the_other():
    rows = [row for row in measure_rows(0) if (row["policy"], row["feature"]) != ("svd", "hour")]
    assert sum(row.count("-") for row in drift.draw({}, rows, [], []).parts[1].rows) == 1


def test_sources_are_listed_by_window():
    rows = [
        {"policy": "two_stage", "source": "ease", "window": "reference", "share": 0.1},
        {"policy": "two_stage", "source": "ease", "window": "current", "share": 0.25},
        {"policy": "two_stage", "source": "new", "window": "current", "share": 0.05},
    ]
    sources = drift.draw({}, [], [], rows).parts[-1]
    assert sources.rows == [("two_stage: ease", "10 %", "25 %"), ("two_stage: new", "0 %", "5.0 %")]
