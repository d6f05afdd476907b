"""Runs stages of the project in the working folder, each in a process of its own, and reports what each one touched.

`python observe.py < stages.json > seen.json`: the input is `{stage: [module, arguments]}`. The output has for each
stage its exit code, the files of this folder that it opened, wrote and loaded as modules, and the parameters that it
read. The libraries are loaded once, before the processes fork; each process loads the project's own modules.
"""

import importlib
import json
import os
import sys
import warnings
from functools import partial

from pydantic import BaseModel

LIBRARIES = (
    *("jinja2", "lightgbm", "pyarrow.dataset", "pyarrow.parquet", "pydantic.types", "ruamel.yaml"),
    *("scipy.linalg", "scipy.stats", "sklearn.decomposition", "threadpoolctl", "tqdm"),
)
FOLDER = os.getcwd() + os.sep
sys.path[:0] = [FOLDER, FOLDER + "src"]


def load_libraries():
    warnings.simplefilter("ignore")
    for name in LIBRARIES:
        importlib.import_module(name)


def watch_files(seen, event, arguments):
    if event == "open" and isinstance(arguments[0], str):
        seen["opened" if _only_reads(*arguments[1:]) else "begun"].add(os.path.abspath(arguments[0]))
    if event == "os.rename":
        seen["written"].add(os.path.abspath(arguments[1]))


def _only_reads(mode, flags):
    return not flags & (os.O_WRONLY | os.O_RDWR) if mode is None else not set(mode) & set("wax+")


def models_in(model, prefix=""):
    """Yield a model and those inside it, each with its place in params.yaml."""
    yield prefix, model
    for name, value in vars(model).items():
        if isinstance(value, BaseModel):
            yield from models_in(value, f"{prefix}{name}.")


def watch_params(seen):
    """Note each parameter that is read after `load` has validated it; to dump a section reads all its keys.

    A section is known by its object, not by its class: one class may describe several sections. A class other than
    `Section` picks single keys of one in order to check them: they count as read.
    """
    from recommender import params, stage

    places, plain_get, plain_dump, load = {}, BaseModel.__getattribute__, BaseModel.model_dump, params.load
    stage.fingerprint = lambda *_: {}  # it reads and opens what is declared, whether the work needs it or not

    def read(model, name):
        value = plain_get(model, name)
        if id(model) in places and name in type(model).model_fields and not isinstance(value, BaseModel):
            seen["params"].add(places[id(model)][0] + name)
        return value

    def read_all(model):
        if id(model) in places:
            [read(model, name) for name in type(model).model_fields]

    def dump(model, **options):
        for part in [model, *vars(model).values()]:
            read_all(part)
        return plain_dump(model, **options)

    def watched_load(*arguments):
        loaded = load(*arguments)
        for prefix, model in models_in(loaded):
            places[id(model)] = (prefix, model)  # the model too: its id must not be used again
            if not isinstance(model, (params.Section, params.Sections)):
                read_all(model)
        return loaded

    BaseModel.__getattribute__, BaseModel.model_dump, params.load = read, dump, watched_load


def observe(module, arguments):
    seen = {name: set() for name in ("opened", "begun", "written", "params")}
    sys.addaudithook(partial(watch_files, seen))
    watch_params(seen)
    main = importlib.import_module(module).main
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
