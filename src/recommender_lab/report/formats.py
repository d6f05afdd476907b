"""Numbers as the page writes them."""

import math
from collections.abc import Callable, Mapping


def short(value: float) -> str:
    """Write a number with three digits below 100: `1,682`, `98,114`, `0.153`, `2.47`, `0`."""
    if value == 0:
        return "0"
    if abs(value) >= 100 or float(value).is_integer():
        return f"{value:,.0f}"
    text = f"{value:.{min(max(0, 2 - math.floor(math.log10(abs(value)))), 3)}f}"
    return text if float(text) else f"{value:.0e}"


def percent(value: float) -> str:
    """Write a share in percent, with a decimal below 10 %."""
    return f"{100 * value:.0f} %" if abs(value) >= 0.1 or value == 0 else f"{100 * value:.1f} %"


def span(low: float, high: float) -> str:
    """Write an interval: `[0.129, 0.182]`."""
    return f"[{short(low)}, {short(high)}]"


def defined(values: Mapping[str, float], name: str, write: Callable[[float], str] = short) -> str:
    """Write one of some values, or a dash where it is absent because it is not defined."""
    return write(values[name]) if name in values else "-"


def interval(values: Mapping[str, float], name: str) -> str:
    """Write a value and its interval, `0.153 [0.129, 0.182]`, or a dash where one of the three is absent."""
    if not {name, "low", "high"} <= values.keys():
        return "-"
    return f"{short(values[name])} {span(values['low'], values['high'])}"
