import os
import subprocess
import sys

import pytest

from tests.project.project import ROOT

COMMAND = [
    sys.executable,
    "-c",
    "import sys; from recommender.terminal import show; sys.exit(show('Amélie ' * 99_999))",
]
FULL = "error: the answer cannot be printed (No space left on device); free some space, or write it elsewhere\n"


def run(shell, **variables):
    """Run the command as `$@` of a shell's line; return its exit code, stdout and stderr."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")} | variables
    command = ["bash", "-c", f"set -o pipefail; {shell}", "bash", *COMMAND]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    return done.returncode, done.stdout, done.stderr.decode()


def test_letters_that_the_output_lacks_are_escaped():
    assert run('"$@"', PYTHONIOENCODING="ascii") == (0, b"Am\\xe9lie " * 99_999 + b"\n", "")
    assert run('"$@"', PYTHONIOENCODING="latin-1") == (0, b"Am\xe9lie " * 99_999 + b"\n", "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_one_line():
    assert run('"$@" > /dev/full') == (1, b"", FULL)


def test_a_closed_output_is_one_line():
    assert run('"$@" >&-') == (1, b"", FULL.replace("No space left on device", "the standard output is closed"))


def test_a_reader_that_has_read_enough_is_no_error():
    assert run('"$@" | head -c 3') == (0, b"Am\xc3", "")
