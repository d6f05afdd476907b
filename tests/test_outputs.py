import errno
import os

import pytest

from recommender.outputs import as_a_set, remove, write_bytes, write_now


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def path(folder):
    return folder / "folder" / "file"


def failing(monkeypatch, name, code=errno.ENOSPC, after=0):
    """Let a function of the system fail, from some call on."""
    calls, plain = [], getattr(os, name)

    def fail(*arguments):
        calls.append(arguments)
        if len(calls) > after:
            raise OSError(code, os.strerror(code))
        return plain(*arguments)

    monkeypatch.setattr(os, name, fail)


def texts(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("write", [write_bytes, write_now])
class TestOneFile:
    def test_makes_folders_and_leaves_nothing_else_behind(self, write, path):
        write(path, b"new")
        assert path.read_bytes() == b"new"
        assert list(path.parent.iterdir()) == [path]

    @pytest.mark.parametrize("call", ["fsync", "replace"])
    def test_a_failure_leaves_the_old_file_whole_and_no_part_of_the_new_one(self, write, call, path, monkeypatch):
        path.parent.mkdir()
        path.write_bytes(b"old")
        failing(monkeypatch, call)
        with pytest.raises(OSError, match="No space") as raised:
            write(path, b"new")
        assert raised.value.filename == str(path)
        assert path.read_bytes() == b"old"
        assert list(path.parent.iterdir()) == [path]

    def test_the_error_of_the_cleaning_up_does_not_hide_the_first_one(self, write, path, monkeypatch):
        failing(monkeypatch, "fsync")
        failing(monkeypatch, "unlink", errno.EROFS)
        with pytest.raises(OSError, match="No space"):
            write(path, b"new")


class TestASet:
    def test_nothing_is_in_its_place_before_the_end_and_all_is_after_it(self, folder):
        write_bytes(folder / "a", b"old")
        write_bytes(folder / "b/c", b"old")
        with as_a_set():
            write_bytes(folder / "a", b"new")
            write_bytes(folder / "b/d", b"new")
            remove(folder / "b/c")
            seen = texts(folder)
        assert {name: text for name, text in seen.items() if ".tmp" not in name} == {"a": "old", "b/c": "old"}
        assert texts(folder) == {"a": "new", "b/d": "new"}

    def test_an_error_leaves_everything_as_it_was(self, folder):
        write_bytes(folder / "a", b"old")

        def work():
            write_bytes(folder / "a", b"new")
            write_bytes(folder / "b", b"new")
            remove(folder / "a")
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            as_a_set()(work)()
        assert texts(folder) == {"a": "old"}

    def test_a_disk_that_fills_up_at_the_second_file_leaves_everything_as_it_was(self, folder, monkeypatch):
        for name in ("a", "b"):
            write_bytes(folder / name, b"old")
        failing(monkeypatch, "fsync", after=1)

        def work():
            for name in ("a", "b"):
                write_bytes(folder / name, b"new")

        with pytest.raises(OSError, match="No space"):
            as_a_set()(work)()
        assert texts(folder) == {"a": "old", "b": "old"}

    def test_the_last_write_of_a_file_counts(self, folder):
        with as_a_set():
            for content in (b"first", b"last"):
                write_bytes(folder / "a", content)
        assert texts(folder) == {"a": "last"}

    def test_what_is_written_now_does_not_wait(self, folder):
        with as_a_set():
            write_now(folder / "a", b"new")
            assert texts(folder) == {"a": "new"}

    def test_after_a_set_files_are_written_at_once(self, folder):
        with as_a_set():
            pass
        write_bytes(folder / "a", b"new")
        assert texts(folder) == {"a": "new"}


def test_remove_takes_files_folders_and_what_is_not_there(folder):
    write_bytes(folder / "a", b"old")
    write_bytes(folder / "b/c", b"old")
    for name in ("a", "b", "d"):
        remove(folder / name)
    assert list(folder.iterdir()) == []
