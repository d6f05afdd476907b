"""Asks DVC which stages of the project in the working folder changed, once for each edit of some files.

In comes JSON, `{"edits": [{path: new text}, ...], "params": [...]}` with further texts of params.yaml; out goes, in the
last line (DVC may have said things before), an answer for each: `{stage: {path: what changed of it}}`. `dvc status`
answers the edits. It reads dvc.yaml anew each time, which is slow, so the texts of params.yaml are put to what it asks
itself: the status of each stage's dependency on parameters. An edit is taken back before the next. With `commit` as its
argument it first tells DVC that the outputs which are there are those of the stages.
"""

import contextlib
import json
import sys
import warnings
from pathlib import Path

warnings.simplefilter("ignore")

from dvc.dependency.param import ParamsDependency  # noqa: E402
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


def whole_status(repo, edit):
    with edited(edit):
        return {name: changed(entries) for name, entries in repo.status().items()}


def changed(entries):
    found = {}
    for entry in entries:
        for what in entry.values() if isinstance(entry, dict) else [{"dvc.yaml": entry}]:
            found |= what
    return found


def params_status(repo, texts):
    with repo.lock:
        deps = {stage.name: stage.deps for stage in repo.index.stages}
    asked = {name: [dep for dep in found if isinstance(dep, ParamsDependency)] for name, found in deps.items()}
    for text in texts:
        with edited({"params.yaml": text}):
            answers = {name: [dep.status() for dep in found] for name, found in asked.items()}
        yield {name: changed(entries) for name, entries in answers.items() if any(entries)}


if __name__ == "__main__":
    questions = json.load(sys.stdin)
    with Repo() as project:
        if sys.argv[1:] == ["commit"]:
            project.commit(force=True)
        edits = [whole_status(project, edit) for edit in questions["edits"]]
        params = list(params_status(project, questions["params"]))
    json.dump({"edits": edits, "params": params}, sys.stdout)
