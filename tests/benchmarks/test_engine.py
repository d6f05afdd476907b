import pytest

from benchmarks.engine import digests, rows


def cost(cpu, wall, gib):
    return {"cpu_s": cpu, "wall_s": wall, "peak_bytes": gib * 2**30}


def test_a_line_per_stage_with_the_ratio_of_processor_time():
    costs = {"local": {"build_ranking": cost(80.0, 60.0, 2)}, "dask": {"build_ranking": cost(100.0, 50.0, 1)}}
    [line] = rows(costs)
    assert (line["stage"], line["ratio"]) == ("build_ranking", pytest.approx(100 / 80))
    assert (line["wall s, local"], line["wall s, Dask"], line["GiB, local"]) == (60.0, 50.0, 2.0)


def test_one_other_byte_is_another_digest(tmp_path):
    for name in ("models/svd", "models/sequence", "data/ranking", "data/recommendations", "data/request_logs"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "file").write_bytes(b"content")
    before = digests(tmp_path)
    (tmp_path / "data/ranking/file").write_bytes(b"contemt")
    after = digests(tmp_path)
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, True, False, True, True]
