"""The arms of a live experiment; the command that compares them is tested in tests/recommender_lab/ab_test."""

import pytest

from recommender.arms import arm_of
from recommender.errors import ParameterError
from recommender.serving.experiment import Experiment, read_experiment
from recommender.serving.options import Options
from recommender_lab.drift.reader import LogReader, log_files
from tests.project.project import OWN
from tests.serving.client import event, serving

SHARES = {"popularity": 0.2, "svd": 0.4, "two_stage": 0.4}
USERS = [*range(30), "newcomer", "another"]
ARM = {user: arm_of(user, SHARES, "1") for user in USERS}


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    return tmp_path_factory.mktemp("logs")


@pytest.fixture(scope="module")
def tried(project, logs):
    """A client of a service with the experiment of the miniature project."""
    options = Options(project, logs / "events.sqlite", log=logs / "log", experiment=read_experiment(project))
    with serving(options) as client:
        yield client


def test_users_fall_into_every_arm():
    assert set(ARM.values()) == set(SHARES)


class TestArms:
    @pytest.mark.parametrize("user", USERS)
    def test_a_user_has_one_by_any_route_and_for_ever(self, tried, user):
        answers = [tried.ask(user=name, k=3) for name in (user, str(user), user)]
        answers.append(tried.json("GET", f"/v1/users/{user}/recommendations?k=3"))
        assert {answered["arm"] for answered in answers} == {ARM[user]}
        known = isinstance(user, int)
        assert {answered["policy"] for answered in answers} == {ARM[user] if known else "popularity"}

    def test_the_items_are_those_of_the_policy(self, tried):
        for user in range(10):
            assert tried.ask(user=user)["items"] == tried.ask(user=user, policy=ARM[user])["items"]

    def test_who_has_none(self, tried):
        tried.json("DELETE", "/v1/users/29")
        named, anonymous, erased = tried.ask(user=4, policy="svd"), tried.ask(events=[{"item": 5}]), tried.ask(user=29)
        assert not [one for one in (named, anonymous, erased) if "arm" in one]
        assert [one["policy"] for one in (named, anonymous, erased)] == ["svd", "two_stage", "popularity"]

    def test_the_log_and_the_metrics_name_it(self, tried, logs):
        context = {"page": "start", "device": ""}
        answered = [tried.ask(user=5, context=context), tried.ask(user=5, policy="random"), tried.ask(user="newcomer")]
        lines = {line.request_id: line for line in LogReader(log_files(logs / "log"))}
        found = [lines[one["request_id"]] for one in answered]
        assert [line.arm for line in found] == [ARM[5], None, ARM["newcomer"]]
        assert [line.model for line in found] == [ARM[5], "random", ARM["newcomer"]]
        assert [line.context for line in found] == [context, None, None]
        _, _, content = tried.send("GET", "/metrics")
        for labels in (f'arm="{ARM[5]}",policy="{ARM[5]}"', f'arm="{ARM["newcomer"]}",policy="popularity"'):
            assert f"recommender_answers_total{{{labels}}}" in content.decode()


@pytest.mark.parametrize(
    ("context", "message"),
    [
        ({"page": 1}, "context.page: input should be a valid string, found 1"),
        ({"page": "x" * 201}, "context.page: string should have at most 200 characters"),
        ({str(at): "" for at in range(21)}, "context: dictionary should have at most 20 items"),
        (["start"], "context: input should be a valid dictionary"),
    ],
)
def test_a_context_is_a_few_short_texts(client, context, message):
    found = client.json("POST", "/v1/recommendations", {"user": 4, "context": context}, status=422)
    assert found["error"].startswith(message)


def test_without_an_experiment_nobody_has_an_arm(client):
    answered = client.ask(user=4)
    assert "arm" not in answered
    assert answered["policy"] == "two_stage"


class TestReadExperiment:
    def read(self, folder, old="", new=""):
        text = OWN.read_text(encoding="utf-8")
        assert old in text
        (folder / "params.yaml").write_text(text.replace(old, new), encoding="utf-8")
        return read_experiment(folder)

    def test_arms_without_users_are_left_out(self, tmp_path):
        assert self.read(tmp_path) == Experiment(SHARES, "1")

    def test_a_salt_may_be_a_number(self, tmp_path):
        assert self.read(tmp_path, "salt: '1'", "salt: 1").salt == "1"

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            ("svd: 0.4,", "svd: 0.5,", r"ab_test.arms: found .*, expected the share of each of random, .*, in all 1"),
            ("popularity: 0.2, svd: 0.4", "popularity: -0.2, svd: 0.8", "ab_test.arms: found"),
            ("popularity: 0.2", "popularity: many", "ab_test.arms: found"),
            ("arms: {random: 0, popularity: 0.2, svd: 0.4, two_stage: 0.4}", "arms: all", "ab_test.arms: found all"),
            ("salt: '1'", 'salt: ""', "ab_test.salt: found '', expected a text"),
        ],
    )
    def test_what_is_no_experiment(self, tmp_path, old, new, message):
        with pytest.raises(ParameterError, match=message):
            self.read(tmp_path, old, new)


def test_an_event_changes_no_arm(tried):
    tried.tell(event("any", 7, 0, "rating", value=5))
    assert tried.ask(user=7)["arm"] == ARM[7]
