"""From values to places on a drawing: linear and logarithmic scales, round ticks, short numbers."""

import math
from collections.abc import Callable, Iterable, Mapping

Scale = Callable[[float], float]
_STEPS = (1.0, 2.0, 5.0, 10.0)


def linear(low: float, high: float, start: float, end: float) -> Scale:
    """Map `[low, high]` onto `[start, end]`; a range without width maps onto the middle.

    Args:
        low: the value that lands on `start`.
        high: the value that lands on `end`.
        start: pixels; may be more than `end`, as y grows downwards.
        end: pixels.

    Returns:
        The map; values outside the range land outside.
    """
    if low == high:
        return lambda _: (start + end) / 2
    return lambda value: start + (value - low) / (high - low) * (end - start)


def logarithmic(low: float, high: float, start: float, end: float) -> Scale:
    """Map `[low, high]`, both above 0, onto `[start, end]` by their logarithms."""
    inner = linear(math.log10(low), math.log10(high), start, end)
    return lambda value: inner(math.log10(value))


def ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Return round values that span a range: multiples of 1, 2 or 5 times a power of ten.

    Args:
        low: the smallest value.
        high: the largest value.
        count: about as many steps.

    Returns:
        Growing values, the first at most `low`, the last at least `high`, at least two.
    """
    width = (high - low) or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(width / count))
    step = next(power * factor for factor in _STEPS if power * factor * count >= width * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(at * step, 10) for at in range(first, max(last, first + 1) + 1)]


def powers(low: float, high: float) -> list[float]:
    """Return the powers of ten that span a range of values above 0, at least two."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    return [10.0**power for power in range(first, max(last, first + 1) + 1)]


def extent(values: Iterable[float], zero: bool = False) -> tuple[float, float]:
    """Return the least and the greatest value, with 0 among them if wanted; (0, 1) if there is none."""
    found = [*values, *([0.0] if zero else [])]
    return (min(found), max(found)) if len(found) > zero else (0.0, 1.0)


def short(value: float) -> str:
    """Write a number for people: `1,682`, `98,114`, `0.153`, `2.47`, `0`; three digits below 100."""
    if value == 0:
        return "0"
    if abs(value) >= 100 or float(value).is_integer():
        return f"{value:,.0f}"
    digits = max(0, 2 - math.floor(math.log10(abs(value)))) if abs(value) < 100 else 0
    text = f"{value:.{min(digits, 3)}f}"
    return text if float(text) else f"{value:.0e}"


def tick(value: float) -> str:
    """Write a round value of an axis: `0.1`, `40,000`."""
    return f"{value:,.10g}"


def percent(value: float) -> str:
    """Write a share in percent, with a decimal below 10 %."""
    return f"{100 * value:.0f} %" if abs(value) >= 0.1 or value == 0 else f"{100 * value:.1f} %"


def span(low: float, high: float) -> str:
    """Write an interval: `[0.129, 0.182]`."""
    return f"[{short(low)}, {short(high)}]"


def told(values: Mapping[str, float], name: str, write: Callable[[float], str] = short) -> str:
    """Write one of some values, or a dash where it is absent because it is not defined."""
    return write(values[name]) if name in values else "-"


def interval(values: Mapping[str, float], name: str) -> str:
    """Write a value and its interval, `0.153 [0.129, 0.182]`, or a dash where one of the three is absent."""
    if not {name, "low", "high"} <= values.keys():
        return "-"
    return f"{short(values[name])} {span(values['low'], values['high'])}"
