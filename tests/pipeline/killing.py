"""Runs stages and kills them when their n-th file is whole but not yet in its place.

Each line of the input is JSON: `[folder, module, arguments, n]`. Each line of the output is the signal that ended the
stage, or 0. The libraries are loaded once; each stage runs in a child process, so it is a real SIGKILL.
"""

import importlib
import json
import os
import signal
import sys

from tests.pipeline.observe import load_libraries


def killing_replace(replace, left):
    def killing(source, target):
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        replace(source, target)

    return killing


def in_a_child(folder, module, arguments, which):
    child = os.fork()
    if not child:
        try:
            os.chdir(folder)
            os.replace = killing_replace(os.replace, [which])
            importlib.import_module(module).main(arguments)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


if __name__ == "__main__":
    load_libraries()
    for line in sys.stdin:
        sys.stdout.write(f"{in_a_child(*json.loads(line))}\n")
        sys.stdout.flush()
