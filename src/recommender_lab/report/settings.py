"""The section of params.yaml about the report."""

from recommender.params import Count, Section


class Report(Section):
    """How much of the users and their lists the report holds."""

    users: Count
    k: Count
    history: Count
