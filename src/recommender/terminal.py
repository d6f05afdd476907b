"""Prints the answer of a command line, even if standard output is closed or full."""

import argparse
import os
import sys
from contextlib import suppress
from typing import Any


class Parser(argparse.ArgumentParser):
    """A parser whose `--help` fails where it cannot be printed; Python's ends with exit code 0."""

    def print_help(self, file: Any = None) -> None:
        """Print the help; exit with code 1 after one message where the standard output takes none."""
        if file is not None:
            super().print_help(file)
        elif code := show(self.format_help().rstrip("\n")):
            self.exit(code)


def show(text: str) -> int:
    r"""Print a text and a newline; a letter that the output's encoding lacks is shown as `\xe9`.

    Args:
        text: the answer.

    Returns:
        The exit code: 0, also where a reader such as `head` has read enough; 1 after one message where the output is
        closed or full.
    """
    try:
        _write(f"{text}\n")
    except BrokenPipeError:
        _let_go()
    except (OSError, ValueError) as error:
        _let_go()
        reason = getattr(error, "strerror", None) or error
        sys.stderr.write(f"error: the answer cannot be printed ({reason}); free some space, or write it elsewhere\n")
        return 1
    return 0


def _write(text: str) -> None:
    if sys.stdout is None:
        raise ValueError("the standard output is closed")
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    sys.stdout.flush()


def _let_go() -> None:
    """Send what is left in the buffer nowhere: else Python writes it once more at its end and raises an error."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
