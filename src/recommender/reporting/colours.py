"""Which colour a series has: the policies always their own, others by their place."""

from collections.abc import Iterable, Mapping

from recommender.reporting.markup import Markup, element

INK, FAINT, GRID = "#24292f", "#57606a", "#d8dee4"
PLAIN, STRONG = "#7aa6d8", "#0b5cad"
# Told apart by people who do not see red and green as different (Okabe and Ito, 2008), random in grey.
_POLICIES = {"random": "#8c959f", "popularity": "#e69f00", "svd": "#56b4e9", "two_stage": "#0b5cad"}
_OTHERS = ("#0b5cad", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c959f")


def colours(names: Iterable[str]) -> dict[str, str]:
    """Give each series a colour.

    Args:
        names: policies, or other names; any of both kinds.

    Returns:
        A colour by name, in the order of the names. Policies keep theirs if every name is one; else by place, and the
        eighth starts again.
    """
    ordered = list(dict.fromkeys(names))
    if set(ordered) <= _POLICIES.keys():
        return {name: _POLICIES[name] for name in ordered}
    return {name: _OTHERS[at % len(_OTHERS)] for at, name in enumerate(ordered)}


def key(colour_of: Mapping[str, str]) -> Markup:
    """Write which colour stands for what."""
    dots = [
        element("svg", element("circle", cx=5, cy=5, r=5, fill=colour), viewBox="0 0 10 10")
        for colour in colour_of.values()
    ]
    named = zip(dots, colour_of, strict=True)
    return element("p", *(element("span", dot, name.replace("_", " ")) for dot, name in named), class_="key")
