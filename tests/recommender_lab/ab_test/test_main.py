"""The command `live`, on what a service answered and took over HTTP."""

import re
import shutil

import pytest

from recommender.arms import arm_of
from recommender.serving.experiment import read_experiment
from recommender.serving.options import Options
from recommender_lab.ab_test.__main__ import main
from tests.project.project import set_params
from tests.serving.client import event, serving

USERS = range(120)
SHARES = {"popularity": 0.2, "svd": 0.4, "two_stage": 0.4}
ARM = {user: arm_of(user, SHARES, "1") for user in USERS}


@pytest.fixture(scope="module")
def lived(project, tmp_path_factory):
    """Each user asks once for two items; who has the arm svd clicks on the first and rates it, two_stage skips it.

    One request names a policy, and one event no request.
    """
    folder = tmp_path_factory.mktemp("lived")
    options = Options(project, folder / "events.sqlite", log=folder / "logs", experiment=read_experiment(project))
    with serving(options) as client:
        for user in USERS:
            answered = client.ask(user=user, k=2)
            item = answered["items"][0]["item_id"]
            follows = {"request_id": answered["request_id"], "rank": 1}
            if ARM[user] == "svd":
                client.tell(event(f"{user} click", user, item, **follows))
                client.tell(event(f"{user} rating", user, item, "rating", value=4, **follows))
            else:
                client.tell(event(user, user, item, "skip", **follows))
        client.ask(user=4, policy=ARM[4])
        client.tell(event("by itself", 4, 5), event("of another service", 4, 7, request_id="unknown"))
    return folder


def live(capsys, folder, *options):
    code = main(["live", "--log", str(folder / "logs"), "--events", str(folder / "events.sqlite"), *map(str, options)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_arms_with_their_intervals(capsys, project, lived):
    """Clicks on 1 of 2 items for svd, on none for the others; a list with the first item clicked has NDCG 1."""
    code, out, err = live(capsys, lived, "--root", project)
    assert (code, err) == (0, "")
    for arm, values in (
        ("svd", ("0.500", "1.000", "1.000")),
        ("two_stage", ("0.000",) * 3),
        ("popularity", ("0.000",) * 3),
    ):
        users = str(sum(own == arm for own in ARM.values()))
        row = re.search(rf"^{arm} +(\d+) +(\d+) +(.*)$", out, re.MULTILINE)
        assert row.groups()[:2] == (users, users)
        assert tuple(re.findall(r"(\S+) \[", row[3])[:3]) == values
    assert "sample ratio: p = " in out
    assert "two_stage - svd" in out
    assert "popularity - svd" in out
    assert out.endswith("left out: 1 requests without the user's arm, 1 events without a request\n")


class TestOneClearLine:
    def error(self, capsys, folder, *options):
        code, out, err = live(capsys, folder, *options)
        assert (code, out) == (1, "")
        (line,) = err.splitlines()
        return line

    def test_other_arms(self, capsys, project, lived, tmp_path):
        """With arms that nobody had."""
        shutil.copy(project / "params.yaml", tmp_path)
        others = {"random": 0.9999, "popularity": 0, "svd": 0.0001, "two_stage": 0}
        set_params(tmp_path, {f"ab_test.arms.{arm}": share for arm, share in others.items()})
        line = self.error(capsys, lived, "--root", tmp_path)
        assert f"logs: none of {len(USERS) + 1} requests has the arm that ab_test gives its user" in line

    def test_no_log(self, capsys, project, tmp_path):
        assert "logs" in self.error(capsys, tmp_path, "--root", project)

    def test_no_events(self, capsys, project, lived, tmp_path):
        line = self.error(capsys, lived, "--root", project, "--events", tmp_path / "none.sqlite")
        assert line.endswith("none.sqlite: cannot be read (No such file or directory); expected events of the service")

    @pytest.mark.parametrize(("name", "value"), [("effect", 0), ("margin", 1), ("margin", "nan")])
    def test_a_number_out_of_range(self, capsys, project, lived, name, value):
        line = self.error(capsys, lived, "--root", project, f"--{name}", value)
        assert line.startswith(f"error: --{name}: expected a number above 0 and below ")
