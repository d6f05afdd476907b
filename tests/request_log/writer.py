"""Appends numbered lines to a request log: `python writer.py FOLDER NAME COUNT MAX_BYTES < template`.

Says each number on standard output once its line is written. A count of 0 goes on until it is killed.
"""

import itertools
import os
import sys
from pathlib import Path

from recommender.request_log.writer import RequestLog


def main(folder, name, count, max_bytes):
    log, template = RequestLog(Path(folder), int(max_bytes)), sys.stdin.buffer.read()
    for number in range(int(count)) if int(count) else itertools.count():
        log.append(template.replace(b"NAME", f"{name}:{number}".encode()))
        os.write(1, f"{number}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
