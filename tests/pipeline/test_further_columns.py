"""Further columns of all three tables of a user's own log, through the stages from the download to the bundle.

Nobody says on which device the collected event was.
"""

import pandas as pd
import pytest

from recommender.bundle.live import FOLDER, Bundle
from recommender.files import read_table, write_table
from recommender.parts import read_events
from tests.project.project import PIPELINE, make_project, run_stages
from tests.shared_folder import once

CHANGES = {
    "dataset.columns.texts": ["device"],
    "features.user_columns": True,
    "features.item_columns": True,
    "features.request_columns": True,
}


def lay_out(folder):
    make_project(folder, CHANGES)
    log = pd.read_csv(folder / "data/local/log.csv")
    log.assign(device=["phone", "tv", ""] * (len(log) // 3) + ["phone"] * (len(log) % 3)).to_csv(
        folder / "data/local/log.csv", index=False
    )
    new = {
        "user_id": [1],
        "item_id": [log["item_id"].max()],
        "rating": [4.0],
        "timestamp": [log["timestamp"].max() + 9],
    }
    event = pd.DataFrame(new).assign(timestamp=lambda one: pd.to_datetime(one["timestamp"], unit="s", utc=True))
    write_table(event, folder / "data/collected/events-1.parquet")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    def run(folder):
        lay_out(folder)
        stages = [*PIPELINE, "evaluate", "publish"]
        assert run_stages(folder, stages) == dict.fromkeys(stages, 0)

    return once(tmp_path_factory, "further_columns", run)


def test_each_table_keeps_its_columns(project):
    tables = {
        name: read_events(project / f"data/{name}.parquet") for name in ("prepared/interactions", "split/requests")
    }
    assert list(tables["prepared/interactions"].columns) == ["user_id", "item_id", "rating", "timestamp", "device"]
    assert list(tables["split/requests"].columns) == ["user_id", "timestamp", "device"]
    assert set(tables["prepared/interactions"]["device"].dropna()) == {"phone", "tv"}
    assert list(read_table(project / "data/prepared/users.parquet").columns) == ["user_id", "age", "club"]
    assert {"minutes", "studio"} < set(read_table(project / "data/prepared/items.parquet").columns)


def test_of_a_collected_event_only_the_request_is_unknown(project):
    requests = read_events(project / "data/split/requests.parquet").set_index("user_id")
    assert pd.isna(requests.loc[1, "device"])
    assert requests["device"].notna().any()


def test_the_ranker_and_the_bundle_have_all_of_them(project):
    recipe = Bundle(project / FOLDER).recipe
    assert recipe.user_columns == {"age": [], "club": ["even", "odd"]}
    assert recipe.item_columns == {"minutes": [], "studio": [f"studio {code}" for code in range(4)]}
    assert recipe.request_columns == {"device": ["phone", "tv"]}
    columns = ("age", "club", "minutes", "studio", "device")
    assert {name.rpartition("_")[2] for name in recipe.names} >= set(columns)


def test_a_row_of_the_log_whose_number_is_none_is_named(tmp_path, caplog):
    make_project(tmp_path, {"dataset.columns.numbers": ["load"]})
    log = pd.read_csv(tmp_path / "data/local/log.csv")
    log.assign(load=["1", "heavy"] + ["2"] * (len(log) - 2)).to_csv(tmp_path / "data/local/log.csv", index=False)
    assert run_stages(tmp_path, ["download", "prepare"]) == {"download": 0, "prepare": 1}
    message = "data/raw/interactions.csv (copy of dataset.path), line 3: column 'load': found 'heavy', expected nothing"
    assert message in caplog.messages[-1]
