"""The section `monitor` of params.yaml."""

from typing import Annotated

from pydantic import Field

from recommender.params import Count, Positive, Section, Share


class Monitor(Section):
    """Which windows of the request log are compared, and what difference between them is an alert."""

    current: Share
    min_requests: Count
    bins: Annotated[int, Field(ge=2)]
    psi: Positive
    kolmogorov_smirnov: Share
    alpha: Share
    sources: Share
    unknown_users: Share
    unknown_items: Share
    coverage: Positive
