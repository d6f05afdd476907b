import pytest

from benchmarks import scale


def costs_of(seconds):
    return {
        events: {"split": {"cpu_s": value, "peak_bytes": 2.0**30}, scale.ALL: {"cpu_s": 1.0, "peak_bytes": 0.0}}
        for events, value in seconds.items()
    }


def test_all_stages_are_the_sum_of_the_seconds_and_the_most_memory():
    stages = [{"name": name, "cpu_s": at, "peak_bytes": 10 * at, "code": 0} for name, at in (("split", 2), ("svd", 3))]
    found = scale.costs_of(stages)
    assert found[scale.ALL] == {"cpu_s": 2 + 3, "peak_bytes": 30}
    assert found["svd"] == {"cpu_s": 3, "peak_bytes": 30}


def test_users_grow_with_the_events_and_items_with_their_square_root():
    small, large = scale.log_of(1_000_000), scale.log_of(4_000_000)
    assert (small.users, small.items, small.events) == (14_285, 6_300, 1_000_000)
    assert (large.users, large.items) == (57_142, 12_600)


def test_the_exponent_is_the_slope_of_the_logarithms_and_small_logs_are_left_out():
    found = scale.growth(costs_of({100_000: 99.0, 1_000_000: 2.0, 4_000_000: 8.0, 16_000_000: 32.0}))
    assert found == {"split": pytest.approx(1.0), scale.ALL: pytest.approx(0.0, abs=1e-12)}
    assert scale.growth(costs_of({1_000_000: 2.0, 4_000_000: 32.0}))["split"] == pytest.approx(2.0)
    assert scale.growth(costs_of({100_000: 1.0, 1_000_000: 2.0})) == {}


def test_a_line_per_stage_with_the_seconds_of_each_size():
    first, _ = scale.rows(costs_of({1_000_000: 2.0, 4_000_000: 8.0}))
    assert first == {
        "stage": "split",
        "CPU s, 1,000,000": 2.0,
        "CPU s, 4,000,000": 8.0,
        "peak GiB": 1.0,
        "exponent": pytest.approx(1.0),
    }


def test_the_picture_names_each_stage_with_its_exponent():
    drawn = scale.picture(costs_of({1_000_000: 2.0, 4_000_000: 8.0}))
    assert drawn.startswith("<svg")
    assert "split (1.00)" in drawn


def test_each_size_is_measured_and_written(monkeypatch, tmp_path, capsys):
    made = costs_of({1_000_000: 2.0, 4_000_000: 8.0})
    monkeypatch.setattr(scale, "measure", made.__getitem__)
    monkeypatch.setattr(scale, "ROOT", tmp_path)
    monkeypatch.setattr(scale.report, "save", lambda name, found: tmp_path / f"{name}.json")
    assert scale.main(["4000000", "1000000"]) == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines()[-1] == "scale_synthetic.json"
    assert [line.split()[0] for line in shown.err.splitlines()] == ["1,000,000", "4,000,000"]
    assert (tmp_path / "scale_synthetic.svg").exists()
