"""The page /docs: the service's own description, OpenAPI, as one page that needs nothing else."""

from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape


def reference(description: dict[str, Any]) -> str:
    """Return the page as HTML.

    Args:
        description: what /openapi.json holds.
    """
    environment = Environment(
        loader=PackageLoader("recommender.serving", "page"),
        autoescape=select_autoescape(("j2",)),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("reference.html.j2").render(description)
