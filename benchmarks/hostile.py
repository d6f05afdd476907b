"""Send the service requests that nobody should send, made from its own description: most values fit, some do not.

Run after a run of the pipeline: python -m benchmarks.hostile --cases 20000. Prints how many got which status, and
writes benchmarks/results/hostile.json. Any 5xx but 503, or a stack trace in an answer, is a failure of the service.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from benchmarks import report
from benchmarks.service import Caller, running
from recommender.terminal import Parser

Strategy = st.SearchStrategy[Any]
Schema = Mapping[str, Any]
Request = tuple[str, str, Any]

SHOWN = 5
"""Failures that are printed."""
ODD_NUMBERS = (2**63, -(2**63) - 1, 10**400, -1, 0)
ODD_TEXTS = ("\ud800", "\0", "🙂", "../../etc/passwd", "04", "9999-12-31", "0001-01-01T00:00+23:59", "x" * 300)
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from([*ODD_NUMBERS, *ODD_TEXTS]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)
IDS = st.one_of(st.integers(-1, 30), st.sampled_from(["4", "a", "🙂", "new"]))
TIMES = st.one_of(st.datetimes().map(str), st.sampled_from(["1998-01-02T03:04:05Z", "1998-01-01", "2199-12-31T23:59Z"]))


def requests(description: Schema) -> Strategy:
    """Return a strategy of requests for all routes of an OpenAPI description."""
    found = []
    for path, methods in description["paths"].items():
        for method, route in methods.items():
            inputs = route.get("parameters", [])
            places = {one["name"]: one["in"] for one in inputs}
            values = {one["name"]: _mostly(description, one["schema"]) for one in inputs}
            content = route.get("requestBody", {}).get("content", {}).get("application/json")
            body = _mostly(description, content["schema"]) if content else st.none()
            make = partial(_request, method.upper(), path, places)
            found.append(st.builds(make, st.fixed_dictionaries({}, optional=values), body))
    return st.one_of(found)


def _request(method: str, path: str, places: Mapping[str, str], values: Mapping[str, Any], body: Any) -> Request:
    query = []
    for name, place in places.items():
        text = quote(str(values.get(name, "4")).encode("utf-8", "surrogatepass"), safe="")
        if place == "path":
            path = path.replace(f"{{{name}}}", text or "4")
        elif name in values:
            query.append(f"{name}={text}")
    return method, "?".join([path, "&".join(query)]) if query else path, body


def _mostly(description: Schema, schema: Schema) -> Strategy:
    """Return values of a schema; one in ten is anything else."""
    return st.integers(0, 9).flatmap(lambda die: JUNK if die == 0 else _described(description, schema))


def _described(description: Schema, schema: Schema) -> Strategy:
    if "$ref" in schema:
        return _described(description, description["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    kinds = schema.get("anyOf") or schema.get("oneOf")
    if kinds:
        is_id = {kind.get("type") for kind in kinds} >= {"integer", "string"}
        return IDS if is_id else st.one_of([_described(description, kind) for kind in kinds])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    return _of_type(description, schema)


def _of_type(description: Schema, schema: Schema) -> Strategy:
    kind = schema.get("type")
    if kind == "object":
        fields = {name: _mostly(description, field) for name, field in schema.get("properties", {}).items()}
        required = {name: fields.pop(name) for name in schema.get("required", ())}
        return st.fixed_dictionaries(required, optional=fields | {"surplus": st.none()})
    if kind == "array":
        return st.lists(_mostly(description, schema["items"]), max_size=5)
    if kind == "integer":
        return st.integers(schema.get("minimum", -5), schema.get("maximum", 100))
    if kind == "number":
        return st.floats(schema.get("minimum"), schema.get("maximum"))
    if kind == "string":
        return TIMES if schema.get("format") == "date-time" else st.text(min_size=1, max_size=12)
    return st.booleans() if kind == "boolean" else st.none()


def main(argv: Sequence[str] | None = None) -> int:
    """Send the requests, print and write what came back; 1 if anything failed."""
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--project", type=Path, default=Path(), help="where the pipeline ran, by default here")
    parser.add_argument("--cases", type=int, default=20_000, help="how many requests; default: %(default)s")
    chosen = parser.parse_args(argv)
    statuses: Counter[int] = Counter()
    failures: list[str] = []
    with running(chosen.project) as (port, _):
        caller = Caller(port)
        description = json.loads(caller.send("GET", "/openapi.json")[2])

        @settings(max_examples=chosen.cases, database=None, phases=[Phase.generate], deadline=None, derandomize=True,
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(requests(description))
        def _send(request: Request) -> None:
            status, _, content = caller.send(*request)
            statuses[status] += 1
            if (status >= 500 and status != 503) or b"Traceback" in content:
                failures.append(f"{request}: {status} {content!r}")

        _send()
        caller.close()
    counts = {str(status): count for status, count in sorted(statuses.items())}
    found = {"cases": statuses.total(), "failures": len(failures), "statuses": counts}
    path = report.save("hostile", found)
    lines = [*failures[:SHOWN], *(f"{status}: {count}" for status, count in counts.items()), f"{path.name} written"]
    sys.stdout.write("\n".join(lines) + "\n")
    return int(bool(failures))


if __name__ == "__main__":
    raise SystemExit(main())
