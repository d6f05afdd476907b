import os
import re
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


def run(shell, command=COMMAND, **variables):
    """Run the command as `$@` of a shell's line; return its exit code, stdout and stderr."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")} | variables
    command = ["bash", "-c", f"set -o pipefail; {shell}", "bash", *command]
    done = subprocess.run(command, env=environment, capture_output=True, check=False, cwd=ROOT)
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


HELP = [sys.executable, "-c", "from recommender.terminal import Parser; Parser(prog='x').parse_args(['--help'])"]


def test_help_is_printed():
    assert run('"$@"', HELP) == (0, b"usage: x [-h]\n\noptions:\n  -h, --help  show this help message and exit\n", "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_help_that_cannot_be_printed_is_an_error():
    assert run('"$@" > /dev/full', HELP) == (1, b"", FULL)
    assert run('"$@" > /dev/full', [sys.executable, "stages/split.py", "--help"]) == (1, b"", FULL)
    assert run('"$@" | head -c 3', HELP)[::2] == (0, "")


def test_every_command_line_has_this_parser():
    """Another parser ends `--help > /dev/full` with exit code 0 and no word."""
    files = [path for folder in ("src", "stages") for path in (ROOT / folder).rglob("*.py")]
    found = [
        path.name for path in files if re.search(r"argparse\.ArgumentParser\(\w", path.read_text(encoding="utf-8"))
    ]
    assert len(files) > 100
    assert found == []
