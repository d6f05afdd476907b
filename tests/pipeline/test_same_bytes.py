"""Byte for byte: threads, hash seed, locale, time zone, folder and what is there already change nothing."""

from tests.project.project import ROOT, hashes, run_stages, stages


def different(left, right):
    return {path for path in left | right if left.get(path) != right.get(path)}


def test_the_surroundings_change_nothing(run_of, observed_folders):
    """Those of this test run against others, each stage in a process of its own; see SURROUNDINGS."""
    for name, folder in observed_folders.items():
        own = hashes(run_of(name))
        assert len(own) > len(stages())
        assert different(own, hashes(folder)) == set(), name


def test_a_second_run_over_the_first_gives_the_same_bytes(finished, copy_of_finished):
    old = {path: (copy_of_finished / path).stat().st_ino for path in hashes(copy_of_finished)}
    run_stages(copy_of_finished)
    assert hashes(copy_of_finished) == hashes(finished)
    assert not [path for path, inode in old.items() if (copy_of_finished / path).stat().st_ino == inode]


def test_no_output_names_a_host_a_folder_or_a_clock(finished):
    paths = [
        path
        for name in ("models", "metrics", "data/ranking", "data/split")
        for path in (finished / name).rglob("*.*")
        if path.is_file()
    ]
    found = [path for path in paths if any(word in path.read_bytes() for word in (b"/tmp/", str(ROOT).encode()))]
    assert paths
    assert not found
