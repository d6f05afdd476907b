import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender.errors import DataError
from recommender.request_log.lines import encode
from recommender_lab.drift.reader import LogReader, log_files
from tests.recommender_lab.drift.made import line, write_lines


def read(*paths):
    reader = LogReader(paths)
    return list(reader), reader


def test_lines_come_back_as_they_were(tmp_path):
    written = [line(0), line(1, user="7 é", known=False, milliseconds=12.5), line(2, features={}, candidates={})]
    found, reader = read(write_lines(tmp_path / "a.jsonl", written))
    assert found == written
    assert (reader.whole, reader.torn) == (3, 0)


def test_files_of_a_folder_in_the_order_of_their_names(tmp_path):
    for name in ("requests.jsonl", "requests-000002.jsonl", "requests-000001.jsonl", "other.txt"):
        write_lines(tmp_path / name, [line()])
    names = [path.name for path in log_files(tmp_path)]
    assert names == ["requests-000001.jsonl", "requests-000002.jsonl", "requests.jsonl"]
    assert log_files(tmp_path / "other.txt") == [tmp_path / "other.txt"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(1, len(encode(line(1))) - 2))
def test_a_last_line_cut_anywhere_is_counted_and_skipped(tmp_path, cut):
    path = tmp_path / "a.jsonl"
    path.write_bytes(encode(line(0)) + encode(line(1))[:cut])
    found, reader = read(path)
    assert (found, reader.torn) == ([line(0)], 1)


@pytest.mark.parametrize("cut", [1, 2, 3, 60])
def test_what_follows_a_torn_line_is_read(tmp_path, cut):
    path = tmp_path / "a.jsonl"
    path.write_bytes(encode(line(0)) + encode(line(1))[:cut] + b"\n" + encode(line(2)))
    found, reader = read(path)
    assert (found, reader.torn) == ([line(0), line(2)], 1)


def test_a_last_line_that_lacks_its_newline_only_is_whole(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(encode(line(0)).rstrip(b"\n"))
    assert read(path)[0] == [line(0)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"a.jsonl: no line; expected a request log with at least one request"),
        (b"\n\n", r"a.jsonl: no line; expected"),
        (encode(line())[:50], r"a.jsonl: only 1 incomplete line\(s\); expected"),
        (encode(line()) + b"hello\n", r"a.jsonl: line 2: not JSON, found 'hello'; expected a line of a request log"),
        (b"\xff\xfe\n", r"a.jsonl: line 1: not JSON"),
        (b"user,item\n1,2\n", r"a.jsonl: line 1: not JSON, found 'user,item'"),
        (b'{"user":1}\n', r"a.jsonl: line 1: request_id: expected this key; not a line of a request log"),
        (b"[1]\n", r"a.jsonl: line 1: expected keys with values"),
        (encode(line()).replace(b'"k":2', b'"k":"x"'), r"a.jsonl: line 1: k: expected a whole number"),
        (encode(line()).replace(b'"k":2', b'"z":2'), r"a.jsonl: line 1: k: expected this key"),
    ],
)
def test_what_is_no_request_log(tmp_path, content, message):
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read(path)


def test_a_missing_place(tmp_path):
    with pytest.raises(DataError, match="nowhere: no such file or folder; expected a request log"):
        log_files(tmp_path / "nowhere")


def test_an_empty_folder(tmp_path):
    with pytest.raises(DataError, match=r"no \*.jsonl file in this folder"):
        log_files(tmp_path)


def test_a_file_that_went_away(tmp_path):
    with pytest.raises(DataError, match=r"gone.jsonl: cannot be read \(No such file or directory\)"):
        read(tmp_path / "gone.jsonl")
