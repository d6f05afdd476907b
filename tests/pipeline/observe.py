"""Runs stages of the project in the working folder, each in a process of its own, and tells what each one touched.

`python observe.py < stages.json > seen.json`: in come `{stage: [module, arguments]}`, out go for each stage its exit
code, what it opened, wrote, imported and loaded of this folder, and the parameters that it read. The libraries are
loaded once, before the processes part; the project's own modules are loaded by each.
"""

import importlib
import json
import os
import sys
import warnings
from functools import partial

FOLDER = os.getcwd() + os.sep
sys.path[:0] = [FOLDER, FOLDER + "src"]


def load_libraries():
    warnings.simplefilter("ignore")
    for name in ("lightgbm", "pandera.pandas", "pydantic", "pyarrow.parquet", "scipy.linalg", "sklearn.decomposition"):
        importlib.import_module(name)


def watch_files(seen, event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        seen["opened" if _only_reads(*arguments[1:]) else "begun"].add(os.path.abspath(arguments[0]))
    if event == "os.rename":
        seen["written"].add(os.path.abspath(arguments[1]))


def _only_reads(mode, flags):
    return not flags & (os.O_WRONLY | os.O_RDWR) if mode is None else not set(mode) & set("wax+")


def watch_params(seen):
    """Note each leaf that is read after params.yaml was checked; a section dumped as a whole reads all its leaves."""
    from pydantic import BaseModel

    from recommender import sections, stage

    own, plain_get, plain_dump = {}, sections.Section.__getattribute__, BaseModel.model_dump
    stage.fingerprint = lambda *_: {}  # it reads and opens what is declared, whether the work needs it or not
    load = sections.Params.model_validate

    def register(section, prefix):
        own[id(section)] = (prefix, section)  # the section too: its id must not be used again
        for name, value in vars(section).items():
            if isinstance(value, sections.Section):
                register(value, f"{prefix}{name}.")

    def read(section, name):
        value = plain_get(section, name)
        if id(section) in own and name in type(section).model_fields and not isinstance(value, sections.Section):
            seen["params"].add(own[id(section)][0] + name)
        return value

    def dump(model, **options):
        for part in [model, *vars(model).values()]:
            if id(part) in own:
                [read(part, name) for name in type(part).model_fields]
        return plain_dump(model, **options)

    def validate(values):
        params = load(values)
        register(params, "")
        return params

    sections.Section.__getattribute__, BaseModel.model_dump = read, dump
    sections.Params.model_validate = validate


def observe(module, arguments):
    seen = {name: set() for name in ("opened", "begun", "written", "params")}
    sys.addaudithook(partial(watch_files, seen))
    watch_params(seen)
    main = importlib.import_module(module).main
    seen["imported"] = _own_modules()
    code = main(arguments)
    seen["loaded"] = _own_modules()
    report = {name: sorted(path.removeprefix(FOLDER) for path in _inside(paths)) for name, paths in seen.items()}
    return report | {"params": sorted(seen["params"]), "code": code}


def _inside(paths):
    return {path for path in paths if path.startswith(FOLDER) and "__pycache__" not in path}


def _own_modules():
    return {module.__file__ for module in list(sys.modules.values()) if getattr(module, "__file__", None)}


def in_a_child(module, arguments):
    incoming, outgoing = os.pipe()
    child = os.fork()
    if not child:
        try:
            with open(outgoing, "w", encoding="utf-8") as file:
                json.dump(observe(module, arguments), file)
        finally:
            os._exit(0)
    os.close(outgoing)
    with open(incoming, encoding="utf-8") as file:
        text = file.read()
    os.waitpid(child, 0)
    return json.loads(text)


if __name__ == "__main__":
    load_libraries()
    json.dump({name: in_a_child(*call) for name, call in json.load(sys.stdin).items()}, sys.stdout)
