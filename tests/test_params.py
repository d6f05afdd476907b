import copy
import datetime as dt
import re
from functools import reduce
from pathlib import Path

import pytest
import yaml
from dvc.utils.hydra import apply_overrides

from recommender.errors import ParameterError
from recommender.evaluation.settings import EvaluateParams
from recommender.params import known_names, load, read
from recommender.ranking.settings import ModelParams
from recommender_lab.check.sections import AllParams as Params

OWN = (Path(__file__).parents[1] / "params.yaml").read_text(encoding="utf-8")
VALUES = yaml.safe_load(OWN)
NONE = dict.fromkeys(VALUES["candidates"], 0)
SHARES = "expected a share of the events above 0 and below 1, or a date such as 1998-03-01"


@pytest.fixture
def load_text(tmp_path):
    def write_and_load(text):
        path = tmp_path / "params.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load(Params, path)

    return write_and_load


@pytest.fixture
def load_changed(load_text):
    """Load the repository's own params.yaml with some keys changed, such as `{"base.seed": 7}`."""

    def change_and_load(changes):
        values = copy.deepcopy(VALUES)
        for name, value in changes.items():
            *sections, key = name.split(".")
            reduce(dict.__getitem__, sections, values)[key] = value
        return load_text(yaml.safe_dump(values))

    return change_and_load


def test_the_repositorys_own_file_is_valid(load_text):
    found = load_text(OWN).model_dump(mode="json")
    found["candidates"].setdefault("neural", 0)  # not written where it is off, as before there was this source
    assert found == yaml.safe_load(OWN)


def test_sections_cannot_be_changed(load_text):
    with pytest.raises(ValueError, match="frozen"):
        load_text(OWN).base.seed = 1


def test_what_a_caller_changes_is_not_read_by_the_next(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text(OWN, encoding="utf-8")
    read(path)["base"]["seed"] = 7
    assert read(path) == VALUES


BAD_VALUES = [
    ({"train_svd.n_component": 3}, "train_svd.n_component: unknown parameter; did you mean n_components?"),
    ({"train_svds": {}}, "train_svds: unknown parameter; did you mean train_svd?"),
    ({"dataset.columns.usr": "x"}, "dataset.columns.usr: unknown parameter; did you mean user?"),
    ({"base.zzz": 1}, "base.zzz: unknown parameter; known keys: seed"),
    ({"train_svd.n_components": "many"}, "train_svd.n_components: expected a whole number"),
    ({"train_svd.n_components": 2.5}, "train_svd.n_components: expected a whole number"),
    ({"train_svd.n_components": True}, "train_svd.n_components: expected neither true nor false, found True"),
    ({"train_svd.n_components": 0}, "train_svd.n_components: expected 1 or more, found 0"),
    ({"train_svd.n_components": None}, "train_svd.n_components: expected a whole number, found None"),
    ({"train_svd.values": "stars"}, "train_svd.values: expected 'rating', 'binary' or 'log_count'"),
    ({"train_ranker.learning_rate": float("nan")}, "train_ranker.learning_rate: expected a finite number"),
    ({"train_ranker.learning_rate": float("inf")}, "train_ranker.learning_rate: expected a finite number"),
    ({"train_ranker.learning_rate": 0}, "train_ranker.learning_rate: expected more than 0, found 0"),
    ({"prepare.user_fraction": 1.1}, "prepare.user_fraction: expected 1 or less, found 1.1"),
    ({"base.seed": -1}, "base.seed: expected 0 or more, found -1"),
    ({"base.seed": 2**31}, "base.seed: expected less than 2147483648"),
    ({"base": None}, "base: expected keys with values"),
    ({"features.user": "maybe"}, "features.user: expected true or false"),
    ({"dataset.name": "netflix"}, "dataset.name: expected 'movielens-100k', "),
    ({"dataset.name": "interaction-log"}, "dataset: path: an interaction-log needs the path"),
    ({"dataset.rating_scale": [5, 1]}, "dataset: rating_scale: the lower end must be below the upper end"),
    ({"dataset.rating_scale": [1]}, "dataset.rating_scale"),
    ({"evaluate.ks": []}, "evaluate.ks: expected a list with at least 1 value"),
    ({"evaluate.ks": [5, 0]}, "evaluate.ks.1: expected 1 or more, found 0"),
    ({"evaluate.history_edges": [5, 5]}, "evaluate: history_edges: found [5, 5], expected numbers of events that grow"),
    ({"evaluate.history_edges": []}, "evaluate.history_edges: expected a list with at least 1 value"),
    ({"evaluate.history_edges": [0, 5]}, "evaluate.history_edges.0: expected 1 or more"),
    ({"evaluate.ks": [5, 10, 10]}, "evaluate: ks: found [5, 10, 10], expected each K once"),
    ({"evaluate.ks": [True, 10]}, "evaluate.ks: expected neither true nor false, found [True, 10]"),
    ({"rerank.exclude_items": [True]}, "rerank.exclude_items: expected neither true nor false, found [True]"),
    ({"build_ranking.past_requests": 2**31}, "build_ranking.past_requests: expected less than 2147483648"),
    ({"build_ranking.negatives": 10_000}, "build_ranking.negatives: expected less than 10000, found 10000"),
    (
        {"candidates.popularity": 9_661},
        "candidates: the sources propose up to 10001 items per request, popularity 9661 of them, expected",
    ),
    ({"evaluate.resamples": 10**30}, "evaluate.resamples: expected less than 2147483648"),
    ({"train_ranker.num_leaves": 131_073}, "train_ranker.num_leaves: expected 131072 or less"),
    ({"train_ranker.num_threads": 10**6}, "train_ranker.num_threads: expected 1024 or less"),
    ({"dataset.path": ""}, "dataset.path: expected at least 1 character, found ''"),
    ({"dataset.items_path": ""}, "dataset.items_path: expected at least 1 character, found ''"),
    ({"dataset.path": "a\0b"}, "dataset: path, items_path, users_path: a path cannot hold a NUL character"),
    ({"evaluate.resamples": 99}, "evaluate.resamples: expected 100 or more"),
    ({"candidates": NONE}, "candidates: at least one source"),
    ({"split.valid_from": 0.95, "split.test_from": 0.9}, "split: valid_from must come before test_from"),
    ({"split.valid_from": 0.9, "split.test_from": 0.9}, "split: valid_from must come before test_from"),
    (
        {"split.valid_from": dt.date(1998, 3, 1), "split.test_from": dt.date(1998, 2, 1)},
        "split: valid_from must come before test_from",
    ),
    ({"split.valid_from": dt.date(1998, 3, 1)}, "split: valid_from and test_from: both must be shares, or both dates"),
    ({"split.valid_from": "soon"}, f"split.valid_from: {SHARES}, found 'soon'"),
    ({"split.valid_from": 0}, f"split.valid_from: {SHARES}, found 0"),
    ({"split.valid_from": 86_400}, f"split.valid_from: {SHARES}, found 86400"),
    ({"split.test_from": 1}, f"split.test_from: {SHARES}, found 1"),
    ({"split.test_from": dt.datetime(1998, 3, 1, 12)}, f"split.test_from: {SHARES}"),
    ({"split.test_from": float("nan")}, f"split.test_from: {SHARES}"),
    ({"replay.half_life_days": 0}, "replay.half_life_days: expected more than 0, found 0"),
    ({"replay.half_life_days": -3}, "replay.half_life_days: expected more than 0, found -3"),
    ({"replay.window_days": 0}, "replay.window_days: expected more than 0, found 0"),
    ({"replay.rounds": 0}, "replay.rounds: expected 1 or more, found 0"),
    ({"replay.warm_up": 0}, "replay.warm_up: expected 1 or more, found 0"),
    ({"replay.period": "month"}, "replay.period: expected 'day' or 'week', found 'month'"),
    (
        {"replay.schedules": ["never", "sometimes"]},
        "replay.schedules.1: expected 'never', 'every_n' or 'every_round', found 'sometimes'",
    ),
    ({"replay.schedules": []}, "replay.schedules: expected a list with at least 1 value"),
    ({"replay.two_stage": ["never", "never"]}, "replay: two_stage: a name stands twice; write each once"),
    ({"replay.weightings": ["newest"]}, "replay.weightings.0: expected 'all', 'recent' or 'window'"),
    ({"feedback_loop.rounds": 0}, "feedback_loop.rounds: expected 1 or more, found 0"),
    ({"feedback_loop.exploration": 1.1}, "feedback_loop.exploration: expected 1 or less"),
    ({"feedback_loop.exploration": -0.1}, "feedback_loop.exploration: expected 0 or more"),
    ({"feedback_loop.pool": 9}, "feedback_loop: pool: 9 is less than k = 10; explored items come from the pool"),
    ({"feedback_loop.click.eta": -1}, "feedback_loop.click.eta: expected 0 or more"),
    ({"feedback_loop.preference.held_out": 1}, "feedback_loop.preference.held_out: expected less than 1"),
    ({"feedback_loop.explore": "boldly"}, "feedback_loop.explore: expected 'random' or 'uncertain'"),
    ({"feedback_loop.off_policy.repeats": 1}, "feedback_loop.off_policy.repeats: expected 2 or more"),
]


def refusal(load, argument):
    """Return the message with which a file is refused; nothing if it is read."""
    try:
        load(argument)
    except ParameterError as error:
        return str(error)
    return ""


def test_a_bad_value_is_one_error_that_names_the_key(load_changed):
    told = [(changes, message, refusal(load_changed, changes)) for changes, message in BAD_VALUES]
    assert not [case for case in told if case[1] not in case[2] or case[2].count(";") > 1 or "\n" in case[2]]


def test_several_bad_values_are_all_named(load_changed):
    with pytest.raises(ParameterError, match=r"base\.seed: .*; recommend\.k: "):
        load_changed({"base.seed": -1, "recommend.k": 0})


def test_a_missing_section_and_a_missing_key_are_named(load_text):
    values = yaml.safe_load(OWN)
    del values["recommend"], values["base"]["seed"]
    with pytest.raises(ParameterError, match=r"base\.seed: missing; .*; recommend: missing"):
        load_text(yaml.safe_dump(values))


BAD_TEXTS = {
    "base: {seed: 1": "not valid YAML: line 1: ",
    "base: {seed: 1, seed: 2}": "not valid YAML: line 1: found duplicate key .seed.",
    "base: {seed: 1}\nbase: {seed: 2}": "not valid YAML: line 2: found duplicate key .base.",
    "\tbase: 1": "not valid YAML",
    "base: *missing": "not valid YAML",
    "base: !!python/object:os.system {}": "not valid YAML",
    "split: {valid_from: 1998-13-45}": "not valid YAML: month must be in 1..12",
    "? [a]\n: b": r"\('a',\): unknown parameter",
    "base: {seed: !!bool maybe}": "not valid YAML",
    "base: {seed: !!timestamp maybe}": "not valid YAML",
    "[" * 3000: "not valid YAML",
    "a: \x00": "not valid YAML",
    "": "found None, expected one section per stage",
    "- base": r"found \['base'\], expected one section per stage",
    "042": "found 042, expected one section per stage",
}


def test_a_file_that_is_no_mapping_is_one_error(load_text):
    told = {text: refusal(load_text, text) for text in BAD_TEXTS}
    wrong = {text: found for text, found in told.items() if not re.search(f"params.yaml: {BAD_TEXTS[text]}", found)}
    assert not wrong | {text: found for text, found in told.items() if "\n" in found}


def test_a_missing_file(tmp_path):
    with pytest.raises(ParameterError, match=r"params.yaml: cannot be read \(No such file .*run from the project"):
        read(tmp_path / "params.yaml")


def test_a_file_that_is_not_utf8(load_text):
    with pytest.raises(ParameterError, match="byte 8 is not UTF-8; save the file as UTF-8"):
        load_text("# Zurich\xfc".encode("latin-1"))


GOOD_VALUES = [
    ("train_ranker.learning_rate", "1e-05", 1e-5),  # DVC writes -S train_ranker.learning_rate=1e-5 like this
    ("train_svd.n_components", "32", 32),
    ("dataset.rating_scale", [0.5, 5], (0.5, 5.0)),
    ("dataset.columns", {"user": "u", "item": "i", "timestamp": "t", "rating": None}, None),
    ("split.valid_from", "0.5", 0.5),
]


@pytest.mark.parametrize(("key", "written", "meant"), GOOD_VALUES)
def test_a_good_value(load_changed, key, written, meant):
    read = reduce(getattr, key.split("."), load_changed({key: written}))
    assert read.rating is None if meant is None else read == meant


@pytest.mark.parametrize("quoted", [True, False])
def test_dates_may_be_quoted_or_not(load_changed, quoted):
    days = dt.date(1998, 1, 1), dt.date(1998, 2, 1)
    valid, test = map(str, days) if quoted else days
    split = load_changed({"split.valid_from": valid, "split.test_from": test}).split
    assert (split.valid_from, split.test_from) == days


def test_every_section_refuses_unknown_keys():
    """A section that forgot to inherit from Section would accept them in silence."""
    sections = [field.annotation for field in Params.model_fields.values()]
    assert all(section.model_config["extra"] == "forbid" for section in sections)


def test_overrides_keep_every_comment(tmp_path):
    """`dvc exp run -S` writes lists anew, item by item, and the next time drops a comment that follows one."""
    path = tmp_path / "params.yaml"
    path.write_text(OWN, encoding="utf-8")
    for resamples in (1001, 1002, 1003):
        apply_overrides(path, [f"evaluate.resamples={resamples}"])
    left = path.read_text(encoding="utf-8")
    assert comments(left) == comments(OWN)
    assert yaml.safe_load(left)["evaluate"]["resamples"] == 1003


def comments(text):
    return [line.strip() for line in text.splitlines() if line.strip().startswith("#")]


def test_nobody_waits_for_a_source_for_more_than_a_day(load_changed):
    with pytest.raises(ParameterError, match=r"download.timeout_s"):
        load_changed({"download.timeout_s": 1e12})


def test_only_the_sections_that_are_asked_for_are_validated(tmp_path):
    text = OWN.replace("  users: 1000", "  users: 0")
    (tmp_path / "params.yaml").write_text(text, encoding="utf-8")
    assert load(ModelParams, tmp_path / "params.yaml").base.seed == 42
    with pytest.raises(ParameterError, match=r"report\.users: expected 1 or more, found 0"):
        load(Params, tmp_path / "params.yaml")


def test_an_unknown_name_is_an_error_in_whatever_section(tmp_path):
    (tmp_path / "params.yaml").write_text(OWN.replace("  users: 1000", "  user: 1000"), encoding="utf-8")
    with pytest.raises(ParameterError, match=r"report\.user: unknown parameter; did you mean users\?"):
        load(ModelParams, tmp_path / "params.yaml")


def test_the_known_names_are_those_of_the_file():
    def names(values):
        return {key: names(value) if isinstance(value, dict) else {} for key, value in values.items()}

    assert known_names() == names(yaml.safe_load(OWN))


def test_k_beyond_the_lists_is_an_error(tmp_path):
    (tmp_path / "params.yaml").write_text(
        OWN.replace("  - 20\n  history_edges", "  - 30\n  history_edges"), encoding="utf-8"
    )
    with pytest.raises(ParameterError, match=r"evaluate\.ks: 30 is more than recommend\.k = 20; raise recommend\.k"):
        load(EvaluateParams, tmp_path / "params.yaml")


@pytest.mark.parametrize(("text", "value"), [("010", 10), ("0x10", 16), ("1e3", 1000)])
def test_numbers_mean_what_dvc_reads(tmp_path, text, value):
    """DVC reads YAML 1.2, where 010 is ten and not eight."""
    (tmp_path / "params.yaml").write_text(OWN.replace("  seed: 42", f"  seed: {text}"), encoding="utf-8")
    assert load(ModelParams, tmp_path / "params.yaml").base.seed == value


@pytest.mark.parametrize("text", ["yes", "1:30"])
def test_text_is_text_as_dvc_reads_it(tmp_path, text):
    (tmp_path / "params.yaml").write_text(OWN.replace("  seed: 42", f"  seed: {text}"), encoding="utf-8")
    with pytest.raises(ParameterError, match=f"base.seed: expected a whole number.*found '{text}'"):
        load(ModelParams, tmp_path / "params.yaml")
