import contextlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recommender.files import read_table, write_json, write_table
from recommender.measured import write_measured
from recommender.outputs import write_bytes
from stages import report
from tests.logs import save_events
from tests.recommender_lab.report.browser import at_the_end, needs_chromium, opened
from tests.recommender_lab.report.reading import HOSTILE, Reader
from tests.recommender_lab.report.test_drift_section import FOUND, bin_rows, measure_rows
from tests.recommender_lab.report.test_experiments import AB, GAPS, replayed, round_rows
from tests.recommender_lab.report.test_glance import FACTS
from tests.recommender_lab.report.test_results import curve, difference_rows, group_rows, value_rows

ROOT = Path(__file__).parents[2]
PAGE = Path("reports/index.html")
USERS, ITEMS, EVENTS = 12, 30, 6
ESTIMATOR = {"estimator": "ips", "bias": 0.01, "bias_low": 0.0, "bias_high": 0.02, "interval_coverage": 0.95}
SOURCES = [{"policy": "svd", "source": "svd", "window": name, "share": 1.0} for name in ("reference", "current")]
PLOTS = {
    "ab_test_differences.json": GAPS,
    "policies.json": value_rows(),
    "differences.json": difference_rows(),
    "history_length.json": group_rows({"1-5": 12}),
    "item_popularity.json": group_rows({str(at): 1 for at in range(1, 11)}),
    "replay.json": round_rows(["transitions_all_never", "transitions_all_every_n"], ["ndcg@10"]),
    "feedback_loop.json": round_rows(["svd", "two_stage"], ["coverage"]),
    "off_policy.json": [ESTIMATOR],
    "drift.json": measure_rows(),
    "drift_sources.json": SOURCES,
    "drift_features.csv": bin_rows({"reference": [0.5, 0.5], "current": [0.2, 0.8]}),
    "learning_curve.csv": curve(2, 20),
    "importances.csv": [{"feature": "pause", "gain": 1.0}],
}
METRICS = {
    "prepare": FACTS,
    "ab_test": AB,
    "replay": {"arms": {"transitions_all_never": replayed()}},
    "monitor": {"svd": FOUND},
}


def log(name):
    """Users who each meet six items, a day apart; the ids are text that a careless page would take for tags."""
    rows = [(name(user), (5 * user + at) % ITEMS, 4.0, user * 10 + at) for user in range(USERS) for at in range(EVENTS)]
    frame = pd.DataFrame(rows, columns=["user_id", "item_id", "rating", "day"])
    return frame.assign(timestamp=pd.to_datetime(frame.pop("day"), unit="D", utc=True))


def ranked(random, users):
    rows = [(user, rank, item, -rank) for user in users for rank, item in enumerate(random.permutation(ITEMS)[:20], 1)]
    return pd.DataFrame(rows, columns=["user_id", "rank", "item_id", "score"])


def lay_out(folder, name=str):
    events, random = log(name), np.random.default_rng(0)
    place = events.groupby("user_id", sort=False).cumcount()
    titles = [f"Film {at}" for at in range(ITEMS - 1)] + [HOSTILE]
    tables = {
        "prepared/interactions": events,
        "prepared/items": pd.DataFrame({"item_id": range(ITEMS), "title": titles, "genre_drama": np.uint8(1)}),
        "split/train": events[place < EVENTS - 2],
        "split/valid": events[place == EVENTS - 2],
        "split/test": events[place == EVENTS - 1],
        **{f"recommendations/{policy}": ranked(random, events["user_id"].unique()) for policy in report.POLICIES},
    }
    for path, frame in tables.items():
        write = save_events if path.startswith(("split/", "prepared/interactions")) else write_table
        write(frame, folder / f"data/{path}.parquet")
    for stem, values in METRICS.items():
        with contextlib.chdir(folder):
            write_measured(stem, values, ())
    for path, rows in PLOTS.items():
        if path.endswith(".csv"):
            text = pd.DataFrame(rows).to_csv(index=False, lineterminator="\n")
            write_bytes(folder / f"metrics/plots/{path}", text.encode())
        else:
            write_json(folder / f"metrics/plots/{path}", {path: rows})
    shutil.copy(ROOT / "params.yaml", folder)
    shutil.copytree(ROOT / ".dvc/plots", folder / ".dvc/plots")


@pytest.fixture
def project(tmp_path, monkeypatch):
    lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def set_param(name, value):
    path = Path("params.yaml")
    head, _, own = path.read_text(encoding="utf-8").partition("\nreport:")
    path.write_text(f"{head}\nreport:{re.sub(rf'{name}: [0-9]+', f'{name}: {value}', own)}", encoding="utf-8")


def test_the_page_has_every_section(project):
    assert report.main([]) == 0
    ids = [tag.get("id") for name, tag in Reader(PAGE.read_text(encoding="utf-8")).tags if name == "section"]
    assert ids == ["data", "policies", "ranker", "groups", "ab-test", "replay", "feedback", "drift", "users"]
    assert "Nothing to show" not in PAGE.read_text(encoding="utf-8")


def test_nothing_on_the_page_points_outside(project):
    assert report.main([]) == 0
    read = Reader(PAGE.read_text(encoding="utf-8"))
    pointing = {"src", "href", "srcset", "action", "data", "poster", "xlink:href", "style", "background", "ping"}
    targets = [value for _, tag in read.tags for name, value in tag.items() if name in pointing]
    assert all(target.startswith("#") for target in targets)
    assert not {"link", "base", "iframe", "img", "object", "embed"} & {name for name, _ in read.tags}


def test_all_users_are_there_or_as_many_as_the_parameter_says(project):
    assert report.main([]) == 0
    assert "sampled with the seed" not in PAGE.read_text(encoding="utf-8")
    set_param("users", 5)
    assert report.main([]) == 0
    assert "5 of 12 users, sampled with the seed." in PAGE.read_text(encoding="utf-8")


def test_the_parameters_cut_lists_and_histories(project):
    sizes = []
    for name, value in {"k": 10, "history": 20}.items():
        set_param(name, value)
        assert report.main([]) == 0
        sizes.append(PAGE.stat().st_size)
        set_param(name, 1)
        assert report.main([]) == 0
        assert PAGE.stat().st_size < sizes[-1]


def test_the_same_bytes_under_any_hash_seed_and_time_zone(project):
    assert report.main([]) == 0
    before = PAGE.read_bytes()
    variables = {"PYTHONPATH": str(ROOT / "src"), "PYTHONHASHSEED": "7", "TZ": "Asia/Kathmandu", "LC_ALL": "C"}
    command = [sys.executable, "-W", "error", str(ROOT / "stages/report.py")]
    subprocess.run(command, env=os.environ | variables, check=True)
    assert PAGE.read_bytes() == before


def test_a_missing_input_is_named(project, caplog):
    for path in set(report.INPUTS) - {str(report.TEMPLATES)}:
        aside = Path(path).rename("aside")
        assert report.main([]) == 1, path
        found = "parts" if path in (report.EVENTS, *report.SPLIT) else "such file"
        assert f"{path}: no {found}; run `dvc repro`" in caplog.text
        assert not PAGE.exists(), path
        aside.rename(path)


def test_missing_chart_libraries_are_named(project, caplog):
    (report.TEMPLATES / "offline.html").unlink()
    assert report.main([]) == 1
    assert ".dvc/plots/offline.html: No such file" in caplog.text


def test_a_bad_parameter_is_named(project, caplog):
    set_param("users", 0)
    assert report.main([]) == 1
    assert "params.yaml: report.users: " in caplog.text


def test_an_item_that_nobody_knows_is_shown_by_its_id(project):
    items = read_table(Path("data/prepared/items.parquet"))
    write_table(items[items["item_id"] != 3], Path("data/prepared/items.parquet"))
    assert report.main([]) == 0
    assert '["3",[]]' in PAGE.read_text(encoding="utf-8")


@needs_chromium
class TestInABrowser:
    WIDE = """<script>
const wide = [...document.querySelectorAll("body *")].filter(one => !one.closest(".scroll, svg")
  && one.getBoundingClientRect().right > document.documentElement.clientWidth + 1);
document.body.dataset.wide = document.documentElement.clientWidth + ":" + wide.map(one => one.tagName).join();
</script>"""

    def test_a_user_with_any_id_has_all_lists_and_no_request_leaves(self, tmp_path, monkeypatch):
        from urllib.parse import quote

        lay_out(tmp_path, lambda user: f"{user} {HOSTILE}")
        monkeypatch.chdir(tmp_path)
        assert report.main([]) == 0
        found, asked = opened(PAGE.resolve(), f"#user={quote(f'3 {HOSTILE}')}", tmp_path / "profile")
        text = found.partition('id="user"')[2].partition("</main>")[0]
        assert "User 3 &lt;/script&gt;" in text
        assert [title.replace(" ", "_") for title in re.findall("<h4>(.*?)</h4>", text)] == list(report.POLICIES)
        assert "latest 5 of 5" in text or "latest 5 events" in text
        assert "Film 20" in text  # item (5 x 3 + 5) % 30, the sixth event of user 3
        assert asked == set()

    def test_on_a_phone_nothing_is_wider_than_the_screen(self, project, tmp_path):
        assert report.main([]) == 0
        text = re.sub(r"<meta http-equiv[^>]*>", "", PAGE.read_text(encoding="utf-8"))
        copy = tmp_path / "copy.html"
        copy.write_text(at_the_end(text, self.WIDE), encoding="utf-8")
        found, _ = opened(copy, "", tmp_path / "profile")
        width, _, wide = re.search('data-wide="(.*?)"', found)[1].partition(":")
        assert int(width) <= 500
        assert wide == ""
