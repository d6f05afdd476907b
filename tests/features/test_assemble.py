from dataclasses import replace

import numpy as np
import pytest

from recommender.features import assemble as module
from recommender.features.assemble import GROUPS, assemble
from recommender.features.settings import Features
from recommender.log.views import Requests, View

ALL = Features.model_validate(dict.fromkeys(GROUPS, True))


def test_every_group_has_a_switch():
    assert list(GROUPS) == list(Features.model_fields)


def test_a_column_for_each_name_in_the_order_of_the_groups(context):
    names, matrix = assemble(context, ALL)
    assert (matrix.dtype, matrix.shape) == (np.float32, (12, len(names)))
    groups = [group(context) for group in GROUPS.values()]
    assert names == [name for group in groups for name in group]
    columns = {name: column for group in groups for name, column in group.items()}
    assert all(np.array_equal(matrix[:, at], columns[name], equal_nan=True) for at, name in enumerate(names))


def test_names_are_unique(context):
    names, _ = assemble(context, ALL)
    assert len(set(names)) == len(names) == sum(len(group(context)) for group in GROUPS.values())


def test_two_groups_with_one_name_are_an_error(context, monkeypatch):
    monkeypatch.setitem(module.GROUPS, "context", module.GROUPS["user"])
    with pytest.raises(ValueError, match="context: another group has user_events, "):
        assemble(context, ALL)


@pytest.mark.parametrize("off", GROUPS)
def test_a_group_switched_off_takes_its_names_and_nothing_else(context, off):
    names, matrix = assemble(context, ALL)
    kept = [at for at, name in enumerate(names) if name not in GROUPS[off](context)]
    fewer, columns = assemble(context, ALL.model_copy(update={off: False}))
    assert fewer == [names[at] for at in kept]
    assert columns.tobytes() == np.ascontiguousarray(matrix[:, kept]).tobytes()


def test_names_do_not_depend_on_the_candidates(context):
    """Not on how many there are, or whether there are any."""
    names, matrix = assemble(replace(context, candidates=context.candidates[np.zeros(12, dtype=bool)]), ALL)
    assert names == assemble(context, ALL)[0]
    assert matrix.shape == (0, len(names))


def test_a_candidate_has_the_same_features_in_any_company(context):
    some = np.arange(12) % 3 == 1
    _, matrix = assemble(replace(context, candidates=context.candidates[some]), ALL)
    assert matrix.tobytes() == assemble(context, ALL)[1][some].tobytes()


def test_unknown_is_nan_and_never_infinite(context):
    _, matrix = assemble(context, ALL)
    assert not np.isinf(matrix).any()
    assert np.isnan(matrix).any()


def test_one_event_is_enough_to_know_the_user(context):
    """Only what the table of items lacks of d is unknown, and when an item was chosen that never was."""
    view = View(context.view.histories, Requests(np.array([0]), np.array([1]), context.view.requests.time[[0]]))
    names, matrix = assemble(replace(context, view=view, candidates=context.candidates[np.arange(12) < 4]), ALL)
    unknown = {names[column] for column in np.flatnonzero(np.isnan(matrix[:3]).any(axis=0))}
    assert unknown == {"own_days", "own_due"}
    assert {names[column] for column in np.flatnonzero(np.isnan(matrix[3]))} - unknown == {
        "item_year",
        *("item_number_price", "item_difference_price", "item_text_brand", "item_match_brand"),
        "year_difference_1",
        "year_difference_5",
        "year_difference_10",
    }


def test_the_inputs_stay(context):
    held = [context.view.requests.time, context.candidates.item, context.items.genres, context.knowledge.items.counts]
    before = [values.copy() for values in held]
    assemble(context, ALL)
    assert all((values == was).all() for values, was in zip(held, before, strict=True))
