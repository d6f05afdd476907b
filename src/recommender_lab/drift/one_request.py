"""What a user was served and why, as text."""

from collections.abc import Mapping

from recommender.request_log.lines import Line, Offer

Id = int | str


def render(line: Line, titles: Mapping[Id, str]) -> str:
    """Write one request: its user, what was known, and each item with the sources that had proposed it.

    Args:
        line: the request.
        titles: titles by item id; an item without one is shown by its id alone.

    Returns:
        Lines of text without a newline at the end. `svd 3` means that the item was the third candidate of svd.
    """
    return "\n".join([_header(line), _knowledge(line), _offered(line), "", *_ranking(line, titles)])


def _header(line: Line) -> str:
    took = "" if line.milliseconds is None else f", {line.milliseconds:.1f} ms"
    answered = line.policy if line.policy == line.model else f"{line.policy} in the place of {line.model}"
    return f"{line.time:%Y-%m-%d %H:%M:%S} UTC  user {line.user}, {answered}, revision {line.revision}{took}"


def _knowledge(line: Line) -> str:
    found = line.features
    if not line.known:
        return "no events of this user"
    parts = [f"{found.get('history_events', 0):.0f} events before {line.as_of:%Y-%m-%d %H:%M:%S}"]
    if "pause_hours" in found:
        parts.append(f"the last {_duration(found['pause_hours'])} earlier")
    if "history_rating" in found:
        parts.append(f"mean rating of the last ten {found['history_rating']:.1f}")
    return ", ".join(parts)


def _duration(hours: float) -> str:
    """Write a duration in the largest unit of which there are two."""
    for name, size in (("days", 24.0), ("hours", 1.0), ("minutes", 1 / 60)):
        if hours >= 2 * size:
            return f"{hours / size:.0f} {name}"
    return f"{3600 * hours:.0f} seconds"


def _offered(line: Line) -> str:
    sizes = ", ".join(f"{name} {len(offer.items)}" for name, offer in line.candidates.items())
    different = {item for offer in line.candidates.values() for item in offer.items}
    return f"{len(different)} candidates: {sizes}"


def _ranking(line: Line, titles: Mapping[Id, str]) -> list[str]:
    places = {name: _places(offer) for name, offer in line.candidates.items()}
    shown = [_shown(item, titles) for item in line.ranking.items]
    width = max(map(len, shown), default=0)
    return [
        f"{rank:4d}  {title:<{width}}  {score:10.4f}  {_why(item, places)}"
        for rank, (item, score, title) in enumerate(zip(line.ranking.items, line.ranking.scores, shown, strict=True), 1)
    ]


def _places(offer: Offer) -> dict[Id, int]:
    return {item: place for place, item in enumerate(offer.items, 1)}


def _shown(item: Id, titles: Mapping[Id, str]) -> str:
    return f"{item} {titles[item]}" if item in titles else str(item)


def _why(item: Id, places: Mapping[str, Mapping[Id, int]]) -> str:
    """Name the sources that had the item, the one that had it highest first."""
    found = sorted((mine[item], name) for name, mine in places.items() if item in mine)
    return ", ".join(f"{name} {place}" for place, name in found)
