"""Requests that nobody should send, made from the service's own description: it answers, and never with an error of
its own. `python -m benchmarks.hostile --cases 20000` sends more of them.
"""

import json

from hypothesis import HealthCheck, given, settings

from benchmarks.hostile import requests


def test_no_request_breaks_it(client):
    description = client.json("GET", "/openapi.json")

    @settings(max_examples=300, suppress_health_check=list(HealthCheck))
    @given(requests(description))
    def send(request):
        status, _, content = client.send(*request)
        assert status < 500 or status == 503, (request, content)
        assert b"Traceback" not in content
        if status >= 400:
            assert set(json.loads(content)) == {"error", "request_id"}

    send()
