"""What each feature means for an item, in words.

A feature without words fails a test. `{event}` is the event of the history that adds most, `{genres}` are genres,
`{value}` is the value of the feature as `show` formats it.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from recommender.retrieval.sources import SOURCES


@dataclass(frozen=True)
class Words:
    """The words for one feature.

    Attributes:
        topic: features of one topic make one reason.
        high: words for a high value; empty for none.
        low: words for a low value.
        scale: what is high: a value above those of most `candidates`, a `rank` among the first, a value above 0
            (`sign`), or every value, as it is the same for all candidates (`always`).
        praise: a high value is for an item and a low one against it; where the ranker disagrees, no reason is
            given. Else the ranker may prefer either.
        show: writes the value.
    """

    topic: str
    high: str
    low: str
    scale: Literal["candidates", "rank", "sign", "always"] = "candidates"
    praise: bool = True
    show: Callable[[float], str] = "{:.1f}".format


def _count(log_events: float) -> str:
    return f"{round(np.expm1(log_events)):,}"


def _pause(log_seconds: float) -> str:
    seconds = round(np.expm1(log_seconds), 0)
    for name, size in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} seconds"


def _size(value: float) -> str:
    return f"{abs(value):.1f}"


def _plain(value: float) -> str:
    return f"{abs(value):.0f}"


def _year(value: float) -> str:
    return str(int(value))


def _clock(value: float) -> str:
    return f"{dt.time(int(value)):%H:%M}"


USER: Mapping[str, Words] = {
    "user_events": Words("user", "fits a user who chose {value} items", "", "always", False, _count),
    "user_mean_rating": Words("user", "fits how you rate ({value} on average)", "", "always", False),
    "user_std_rating": Words("user", "fits how far apart your ratings are", "", "always", False),
    "user_mean_popularity": Words("user", "fits how well known your latest items are", "", "always", False),
}
ITEM: Mapping[str, Words] = {
    "item_popularity": Words(
        "popularity", "chosen by many ({value})", "chosen by few ({value})", praise=False, show=_count
    ),
    "item_mean_rating": Words("rating", "well rated ({value} on average)", "not well rated ({value} on average)"),
    "item_year": Words("year", "newer than most ({value})", "older than most ({value})", praise=False, show=_year),
    "item_genres": Words(
        "genre count", "of many genres ({value})", "of few genres ({value})", praise=False, show=_plain
    ),
}
INTERACTION: Mapping[str, Words] = {
    f"similarity_last_{size}": Words("taste", f"liked by the same people as {{event}}, among {mine}", f"unlike {mine}")
    for size, mine in {1: "your last item", 5: "your last five", 20: "your last twenty"}.items()
}
MINE = {1: "your last item", 5: "your last five", 10: "your last ten"}
CONTENT: Mapping[str, Words] = {
    name: words
    for size, mine in MINE.items()
    for name, words in {
        f"genre_match_{size}": Words(
            "genres", f"fits the genres of {mine} ({{genres}})", f"of other genres than {mine}"
        ),
        f"year_difference_{size}": Words(
            "year", f"{{value}} years newer than {mine}", f"{{value}} years older than {mine}", "sign", False, _size
        ),
        f"rating_level_difference_{size}": Words(
            "rating", f"better rated than {mine}", f"not as well rated as {mine}", "sign"
        ),
        f"popularity_difference_{size}": Words(
            "popularity", f"better known than {mine}", f"less known than {mine}", "sign", False
        ),
    }.items()
}
SEQUENCE: Mapping[str, Words] = {
    "transitions_last": Words("transitions", "often chosen right after {event}", "seldom next to your last item"),
    "transitions_slow": Words("transitions", "often chosen some time after {event}", "seldom next to your items"),
    "neighbours_last": Words("neighbours", "often chosen right before or after {event}", "seldom near your last item"),
    "similarity_mean_5": Words(
        "similarity", "chosen by many who chose {event}", "chosen by few who chose your latest items"
    ),
    "similarity_mean_20": Words(
        "similarity", "chosen by many who chose {event}", "chosen by few who chose your latest items"
    ),
    "order_last": Words("order", "found in others' histories close to {event}", "seldom found close to your last item"),
    "order_recent": Words("order", "found in others' histories close to {event}", "seldom found close to your items"),
    "same_second_block": Words("page", "often chosen together with {event}", "seldom chosen on the same page"),
    "next_page_block": Words("next page", "often chosen within a minute of {event}", "seldom chosen a page later"),
    "same_second_recent": Words("page", "often chosen together with {event}", "seldom chosen together with your items"),
    "next_page_earlier": Words("next page", "often chosen within a minute of {event}", "seldom chosen a page later"),
}
REPEATS: Mapping[str, Words] = {
    "own_events": Words("own", "often chosen by you before ({value} times)", "not chosen by you before", show=_count),
    "own_days": Words(
        "own", "not chosen by you for {value} days", "chosen by you only {value} days ago", praise=False, show=_plain
    ),
    "own_due": Words("own", "due again", "not due again yet"),
}
CONTEXT: Mapping[str, Words] = {
    "pause": Words("moment", "fits your pause of {value}", "", "always", False, _pause),
    "hour": Words("moment", "fits the time of day ({value} UTC)", "", "always", False, _clock),
    "sitting_events": Words("moment", "fits the {value} items of this visit", "", "always", False, _plain),
    "block_events": Words("moment", "fits the {value} items of this page", "", "always", False, _plain),
    "item_days": Words(
        "age here", "known here for long ({value} days)", "new here ({value} days)", praise=False, show=_plain
    ),
    **{
        f"popularity_{days}_days": Words(
            "trend", f"chosen by many in the last {days} days", f"chosen by few in the last {days} days", praise=False
        )
        for days in (3, 14, 60)
    },
    "id_distance": Words(
        "place",
        "{value} places after your last item in the catalogue",
        "{value} places before your last item in the catalogue",
        "sign",
        False,
        _plain,
    ),
    "id_nearest": Words(
        "place",
        "far from your last ten in the catalogue ({value} places)",
        "close to one of your last ten in the catalogue ({value} places)",
        praise=False,
        show=_plain,
    ),
}
FEATURES: Mapping[str, Words] = {**USER, **ITEM, **INTERACTION, **CONTENT, **SEQUENCE, **CONTEXT, **REPEATS}
FURTHER: Mapping[str, Words] = {
    "request_number": Words("request", "fits the {name} of this request ({value})", "", "always", False, "{:g}".format),
    "request_text": Words("request", "fits the {name} of this request", "", "always", False),
    "request_distance": Words(
        "request {name}",
        "mostly chosen at a lower {name}",
        "mostly chosen at a higher {name}",
        "sign",
        False,
    ),
    "request_lift": Words("request {name}", "often chosen with this {name}", "seldom chosen with this {name}", "sign"),
    "user_number": Words("user", "fits your {name} ({value})", "", "always", False, "{:g}".format),
    "user_text": Words("user", "fits your {name}", "", "always", False),
    "user_distance": Words(
        "user {name}",
        "chosen by users of a lower {name} than yours",
        "chosen by users of a higher {name} than yours",
        "sign",
        False,
    ),
    "item_number": Words(
        "item {name}",
        "of a higher {name} than most ({value})",
        "of a lower {name} than most ({value})",
        praise=False,
        show="{:g}".format,
    ),
    "item_text": Words("item {name}", "of a suitable {name}", "", "always"),
    "item_difference": Words(
        "item {name}",
        "of a higher {name} than your last ten ({value} more)",
        "of a lower {name} than your last ten ({value} less)",
        "sign",
        False,
        lambda value: f"{abs(value):g}",
    ),
    "item_match": Words(
        "item {name}",
        "of the same {name} as {value} of your last ten",
        "of another {name} than your last ten",
        show="{:.0%}".format,
    ),
    "user_lift": Words(
        "user {name}", "often chosen by users of your {name}", "seldom chosen by users of your {name}", "sign"
    ),
}
"""By the beginning of the feature's name; the rest is the `{name}` of the column."""


def _further(feature: str) -> Words:
    """Put the name of the column into the words for a kind of further columns."""
    kind = next((kind for kind in FURTHER if feature.startswith(f"{kind}_")), "")
    name = feature.removeprefix(f"{kind}_").replace("{", "{{").replace("}", "}}")
    texts = {part: getattr(FURTHER[kind], part).replace("{name}", name) for part in ("topic", "high", "low")}
    return replace(FURTHER[kind], **texts)


def words_of(feature: str) -> Words:
    """Find the words of a feature.

    Args:
        feature: a name that `features.assemble` returns; `SOURCE_score` and `SOURCE_rank` have the words of the source.

    Raises:
        KeyError: it has no words.
    """
    source, _, kind = feature.rpartition("_")
    if kind in {"score", "rank"} and source in SOURCES:
        high, low = SOURCES[source].words
        return Words(source, high, low, "rank" if kind == "rank" else "candidates", show=_plain)
    return FEATURES[feature] if feature in FEATURES else _further(feature)
