"""Reports which stages of the project in the working folder changed, once for each edit of some files.

The input is JSON: a list of edits, each `{path: new text}`. The last line of the output (DVC may print lines before)
has an answer for each: `{stage: {path or file of parameters: what changed of it}}`, from `dvc status`. An edit is
taken back before the next. Before the first edit, DVC takes the outputs that are there for those of the stages.
"""

import contextlib
import json
import sys
import warnings
from pathlib import Path

warnings.simplefilter("ignore")

from dvc.repo import Repo  # noqa: E402


@contextlib.contextmanager
def edited(texts):
    old = {path: Path(path).read_bytes() for path in texts}
    try:
        for path, text in texts.items():
            Path(path).write_text(text, encoding="utf-8")
        yield
    finally:
        for path, content in old.items():
            Path(path).write_bytes(content)


def status(repo, edit):
    with edited(edit):
        return {name: changed(entries) for name, entries in repo.status().items()}


def changed(entries):
    found = {}
    for entry in entries:
        for what in entry.values() if isinstance(entry, dict) else [{"dvc.yaml": entry}]:
            found |= what
    return found


if __name__ == "__main__":
    edits = json.load(sys.stdin)
    with Repo() as project:
        project.commit(force=True)
        answers = [status(project, edit) for edit in edits]
    json.dump(answers, sys.stdout)
