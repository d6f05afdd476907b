import json

from benchmarks import pipeline, report, serving

FOUND = {
    "stages": [
        {"name": "split", "code": 0, "wall_s": 1.234, "cpu_s": 1.0, "peak_bytes": 2**29},
        {"name": "recommend svd", "code": 0, "wall_s": 12.5, "cpu_s": 9.0, "peak_bytes": 2**30},
    ],
    "cold": {"wall_s": 1234.5, "cpu_s": 10.0, "peak_bytes": 3 * 2**29},
    "nothing_to_do_s": 1.5,
}
TIMES = {"load_s": 1.0, "p50_ms": 2.0, "p95_ms": 3.0, "p99_ms": 150.4}


def test_text_stands_left_and_numbers_right():
    text = report.table([{"stage": "a", "s": 1.0}, {"stage": "longer", "s": 1234.5}])
    assert text.splitlines() == ["stage       s", "a        1.00", "longer  1,234"]


def test_whole_numbers_have_no_decimals():
    assert report.table([{"n": 7}]).splitlines() == ["n", "7"]


def test_the_pipeline_table_ends_with_the_whole():
    lines = pipeline.render("movielens-100k", FOUND).splitlines()
    assert lines[0] == "movielens-100k"
    assert lines[1].split() == ["stage", "wall", "s", "CPU", "s", "peak", "GiB"]
    assert lines[2].split() == ["split", "1.23", "1.00", "0.50"]
    assert lines[4].split() == ["all,", "with", "DVC", "1,234", "10.00", "1.50"]
    assert lines[5] == "nothing to do: 1.50 s"


def test_the_serving_report_names_models_and_the_ratio():
    many = {"users": 6040, "threads": 1, "seconds": 3.0, "users_per_s": 2013.3}
    cpu = {
        "answer_ms": {"1": 2.5},
        "predict_ms": 1.5,
        "recommend_ms": 3.0,
        "rows": 157.6,
        "recommend_over_predict": 2.0,
    }
    found = {"single": {"two_stage": TIMES}, "two_stage_over_popularity_p50": 4.0, "batch": many, "processor": cpu}
    text = serving.render(found | {"load_s": 0.5})
    assert text.splitlines()[0] == "loading the bundle, libraries already imported: 0.50 s"
    assert text.splitlines()[2].split() == ["two_stage", "1.00", "2.00", "3.00", "150"]
    assert "processor time of two_stage: recommend() 3.00 ms; an answer 2.50 ms in batches of 1" in text
    assert "same 158 rows: 1.50 ms; recommend() takes 2.0 x as long" in text
    assert "4.0 x as long as popularity" in text
    assert "all 6,040 test users with two_stage: 3.0 s, 2,013 users/s" in text


def test_results_are_saved_with_the_machine_but_not_its_name(tmp_path):
    path = report.save("some", {"nested": [{"x": 0.1234567}]}, tmp_path / "results")
    saved = json.loads(path.read_text())
    assert saved["nested"] == [{"x": 0.123457}]
    assert set(saved["machine"]) == {
        "cores",
        "libraries",
        "load_average",
        "memory_gib",
        "processor",
        "python",
        "system",
    }
    assert "/" not in path.read_text()
