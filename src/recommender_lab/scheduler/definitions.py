"""The assets of a day: what the service received, every stage of the pipeline, and the release.

Dagster runs them in an environment of its own, which has none of the packages of this project. So each asset starts the
interpreter of `.venv` in the current folder.

Environment variables: `RECOMMENDER_AT` is the time of the day, UTC, by default 03:30. If a run fails, the command in
`RECOMMENDER_ALERT` gets the message on its standard input.
"""

import datetime as dt
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

import dagster as dg

from recommender_lab.scheduler.graph import stages_of

PYTHON = Path(".venv/bin/python").absolute()
LAST = "publish"
"""The last stage of the pipeline that serving needs."""
COLLECTED, RELEASED = "collect", "release"
WORSE = 3
"""Exit code of the cycle for a run that is worse than the one in use: another attempt would change nothing."""
RETRY = dg.RetryPolicy(max_retries=2, delay=60, backoff=dg.Backoff.EXPONENTIAL)
HOUR, MINUTE = map(int, (dg.EnvVar("RECOMMENDER_AT").get_value() or "03:30").split(":"))
DAYS = 30
"""How far back a missed day can be run."""
daily = dg.DailyPartitionsDefinition(start_date=(dt.datetime.now(dt.UTC) - dt.timedelta(days=DAYS)).date().isoformat())


def python(*arguments: str) -> str:
    """Run a module with the interpreter of the project, and return what it printed.

    Raises:
        dagster.Failure: its exit code is not 0; its message is the end of what was printed.
    """
    done = subprocess.run([PYTHON, "-m", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise dg.Failure((done.stderr or done.stdout)[-2000:].strip(), allow_retries=done.returncode != WORSE)
    return done.stdout


def asset_of(name: str, before: set[str], command: list[str], until: bool = False) -> dg.AssetsDefinition:
    """Return the asset of one step.

    Args:
        name: of the asset.
        before: the assets that it needs.
        command: arguments of the interpreter.
        until: whether the end of the day is added to the command.
    """

    @dg.asset(name=name, deps=sorted(before), partitions_def=daily, retry_policy=RETRY, description=" ".join(command))
    def _asset(context: dg.AssetExecutionContext) -> None:
        day = ["--until", context.partition_time_window.end.isoformat()] if until else []
        context.log.info(python(*command, *day))

    return _asset


def assets_of(before: Mapping[str, set[str]]) -> list[dg.AssetsDefinition]:
    """Return the assets of the cycle: collect, one per stage, release."""
    cycle = ["recommender_lab.cycle", "--step"]
    stages = [
        asset_of(stage, needed | {COLLECTED}, ["dvc", "repro", "--single-item", stage])
        for stage, needed in before.items()
    ]
    return [
        asset_of(COLLECTED, set(), [*cycle, COLLECTED], until=True),
        *stages,
        asset_of(RELEASED, {LAST}, [*cycle, RELEASED]),
    ]


@dg.run_failure_sensor(default_status=dg.DefaultSensorStatus.RUNNING)
def alert(context: dg.RunFailureSensorContext) -> None:
    """Give the message of a failed run to the command in RECOMMENDER_ALERT."""
    run = context.dagster_run
    causes = [context.failure_event.message or ""]
    for event in context.get_step_failure_events():
        given = event.step_failure_data.user_failure_data
        causes.append(f"{event.step_key}: {given.description if given else event.message}")
    text = f"{run.job_name} of {run.tags.get('dagster/partition', 'no day')} failed\n" + "\n".join(causes)
    context.log.error(text)
    if command := dg.EnvVar("RECOMMENDER_ALERT").get_value():
        subprocess.run(shlex.split(command), input=text, text=True, check=True)


job = dg.define_asset_job("cycle", partitions_def=daily, executor_def=dg.in_process_executor)
defs = dg.Definitions(
    assets=assets_of(stages_of(python("dvc", "dag", "--dot", LAST))),
    jobs=[job],
    schedules=[
        dg.build_schedule_from_partitioned_job(
            job, hour_of_day=HOUR, minute_of_hour=MINUTE, default_status=dg.DefaultScheduleStatus.RUNNING
        )
    ],
    sensors=[alert],
)
