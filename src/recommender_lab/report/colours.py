"""Which colour a series has: the policies always their own, others by their place."""

from collections.abc import Iterable, Mapping

from recommender_lab.report.markup import Markup, element

INK, FAINT, GRID = "#24292f", "#57606a", "#d8dee4"
PLAIN, STRONG = "#7aa6d8", "#0b5cad"
# Told apart by people who do not see red and green as different (Okabe and Ito, 2008), random in grey.
_POLICIES = {"random": "#8c959f", "popularity": "#e69f00", "svd": "#56b4e9", "two_stage": "#0b5cad"}
_OTHERS = ("#0b5cad", "#d55e00", "#009e73", "#cc79a7", "#7b4fc9", "#e69f00", "#56b4e9")


def colours(names: Iterable[str]) -> dict[str, str]:
    """Give each series a colour.

    Args:
        names: policies and other names.

    Returns:
        A colour by name, in the order of the names. Policies keep theirs; the others have what is left of seven, by
        their place, and start again after the last.
    """
    ordered = list(dict.fromkeys(names))
    others = [name for name in ordered if name not in _POLICIES]
    left = [colour for colour in _OTHERS if colour not in {_POLICIES.get(name) for name in ordered}]
    found = {name: left[at % len(left)] for at, name in enumerate(others)}
    return {name: (_POLICIES | found)[name] for name in ordered}


def key(colour_of: Mapping[str, str]) -> Markup:
    """Write which colour stands for what."""
    dots = [
        element("svg", element("circle", cx=5, cy=5, r=5, fill=colour), viewBox="0 0 10 10")
        for colour in colour_of.values()
    ]
    named = zip(dots, colour_of, strict=True)
    return element("p", *(element("span", dot, name.replace("_", " ")) for dot, name in named), class_="key")
