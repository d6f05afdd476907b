"""Writes into dvc.yaml what each stage's script imports, reads and takes from params.yaml.

Run it with `make declare`. The order in the file: data first, as the script names it, then modules by name. Comments
and everything else stay.
"""

import importlib
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.pipeline.imports import ROOT, closure

DVC_YAML = ROOT / "dvc.yaml"


def declared(cmd: str) -> tuple[list[str], list[str]]:
    """Return the deps and params of the stage with this command."""
    script, *argv = cmd.split()[2:]
    module = importlib.import_module(script.removesuffix(".py").replace("/", "."))
    passed: list[Any] = []
    module.run = lambda _, inputs, keys: passed.extend((inputs, keys)) or 0
    module.main(argv)
    importlib.reload(module)
    return [*passed[0], *sorted(closure(Path(ROOT / script)))], list(passed[1])


def main() -> None:
    """Rewrite dvc.yaml in place."""
    yaml = YAML()
    yaml.width, yaml.preserve_quotes = 120, True
    yaml.indent(mapping=2, sequence=4, offset=2)
    document = yaml.load(DVC_YAML.read_text(encoding="utf-8"))
    for stage in document["stages"].values():
        deps, params = declared(stage["cmd"])
        if list(stage["deps"]) != deps:
            stage["deps"] = deps
        if list(stage.get("params", [])) != params:
            stage["params"] = params
    with DVC_YAML.open("w", encoding="utf-8") as file:
        yaml.dump(document, file)


if __name__ == "__main__":
    main()
