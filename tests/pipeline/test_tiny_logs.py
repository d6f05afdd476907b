"""Logs of a few events, drawn with a seed: each ends with results or with one message, never with a trace."""

import logging

import numpy as np
import pandas as pd
import pytest

from tests.project.project import make_project, run_stages, stages

COLUMNS = ["user_id", "item_id", "rating", "timestamp"]


def tiny_log(random):
    """3 to 9 users who each met some of 3 to 9 items, often in the same second, at times all of them alike."""
    n_users, n_items = random.integers(3, 10, 2)
    alike = random.random() < 0.3
    rows = []
    for user in range(n_users):
        items = np.arange(n_items) if alike else random.permutation(n_items)[: random.integers(1, n_items + 1)]
        rows += [
            (user, item, user % 5 + item % 2, 884_000_000 + 100 * (at // 2) + 7 * user) for at, item in enumerate(items)
        ]
    return pd.DataFrame(rows, columns=COLUMNS)


def tiny_params(random):
    choices = {
        "split.method": ["last_interaction", "global_time"],
        "build_ranking.label": ["next_event", "liked"],
        "build_ranking.min_history": [1, 2],
        "train_svd.values": ["rating", "binary"],
        "sequence.request_time": [True, False],
        "dataset.items_path": [None, "data/local/items.csv"],
    }
    drawn = {key: values[random.integers(len(values))] for key, values in choices.items()}
    dates = {"split.valid_from": 0.5, "split.test_from": 0.75}
    return (
        drawn | dates | {"train_svd.n_components": 1, "evaluate.ks": [1], "ab_test.k": 1, "train_ranker.max_rounds": 2}
    )


@pytest.mark.filterwarnings("ignore:invalid value encountered in divide:RuntimeWarning:sklearn")
def test_a_tiny_log_ends_with_results_or_one_message(tmp_path, caplog):
    wrong = {}
    for seed in range(12):
        random = np.random.default_rng(seed)
        folder = make_project(tmp_path / str(seed), tiny_params(random))
        tiny_log(random).to_csv(folder / "data/local/log.csv", index=False)
        caplog.clear()
        with caplog.at_level(logging.ERROR):
            codes = run_stages(folder)
        messages = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
        if len(messages) != sum(codes.values()) or len(messages) > 1 or (not messages and len(codes) < len(stages())):
            wrong[seed] = (codes, messages)
    assert not wrong
