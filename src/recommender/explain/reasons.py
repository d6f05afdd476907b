"""Why a policy recommends an item: the largest contributions of its features, in words."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.explain.evidence import feature_parts
from recommender.explain.words import Words, words_of
from recommender.features.assemble import assemble
from recommender.features.context import SIZES, Context
from recommender.log.histories import Floats, Ints
from recommender.log.views import View
from recommender.policies import Policy, SourcePolicy, TwoStagePolicy
from recommender.retrieval.candidates import CandidateSet
from recommender.retrieval.source import Parts, Source

MOST = 3
"""Most reasons for an item; one more may be given against it."""
WORTH_TELLING = 0.25
"""A reason is given if its weight is at least this share of the largest."""
LAST = ", your last one"
CLEARLY = 0.6
"""A value is high (low) if it lies above (below) those of this share of the candidates."""


@dataclass(frozen=True)
class Names:
    """Names of items and genres.

    Attributes:
        titles: of each item code.
        genres: of the columns of the items' genres.
    """

    titles: list[str]
    genres: list[str]


def reasons(policy: Policy, view: View, candidates: CandidateSet | None, item: Ints, names: Names) -> list[str]:
    """Return why a policy recommends these items.

    Args:
        policy: that recommended them.
        view: of the one request.
        candidates: that it chose them from; None if it has one source only.
        item: the items' codes, (n,); n may be 0.
        names: of items and genres.

    Returns:
        One text per item.
    """
    if not len(item):
        return []
    if isinstance(policy, TwoStagePolicy) and policy.served_by is not None:
        return _source_texts(policy.knowledge.sources[policy.served_by], view, item, names)
    if isinstance(policy, TwoStagePolicy) and candidates is not None:
        return Trees(policy, Context(view, policy.knowledge, policy.items, candidates), item, names).texts()
    assert isinstance(policy, SourcePolicy), "there are two kinds of policies"
    return _source_texts(policy.source, view, item, names)


def _source_texts(source: Source, view: View, item: Ints, names: Names) -> list[str]:
    """Return the words of one source for each item, with the event that adds most."""
    values, parts = source.score_of(view, np.zeros_like(item), item), source.parts(view, item)
    events = [None if parts is None else _event(parts, column, names) for column in range(len(item))]
    return [
        source.words[0].format(event=event, value=f"{value:.0f}") if event or parts is None else "fits your history"
        for event, value in zip(events, values.tolist(), strict=True)
    ]


def _event(parts: Parts, column: int, names: Names) -> str | None:
    """Return the title of the event that adds most to an item's score."""
    found = parts.strongest(column)
    if found is None:
        return None
    age, event = found
    return names.titles[event] + (LAST if age == 0 else "")


@dataclass(frozen=True)
class Trees:
    """The reasons of the two stages.

    Attributes:
        policy: that recommended the items.
        context: the candidates of the one request.
        item: the items' codes, (n,).
        names: of items and genres.
    """

    policy: TwoStagePolicy
    context: Context
    item: Ints
    names: Names

    @cached_property
    def features(self) -> tuple[list[str], Floats]:
        """The names of the features, and those of all candidates."""
        return assemble(self.context, self.policy.features)

    @cached_property
    def rows(self) -> Ints:
        """Rows of the items among the candidates."""
        return np.searchsorted(self.context.candidates.item, self.item)

    @cached_property
    def _parts(self) -> dict[str, Parts | None]:
        return {}

    def texts(self) -> list[str]:
        """Return for each item the strongest reasons for it and against it."""
        contributions = self.policy.ranker.contributions(self.features[1][self.rows])
        return [self._text(column, values) for column, values in enumerate(contributions)]

    def _text(self, column: int, contributions: NDArray[np.float64]) -> str:
        weighed = self._topics(column, contributions)
        if not weighed:
            return "the sum of many small signs"
        least = WORTH_TELLING * max(abs(weight) for weight, _ in weighed)
        good = [text for weight, text in weighed if weight >= least][:MOST]
        bad = [f"although {text}" for weight, text in weighed if weight <= -least][:1]
        first, last, rest = "; ".join([*good, *bad]).partition(LAST)
        return first + last + rest.replace(LAST, "")

    def _topics(self, column: int, contributions: NDArray[np.float64]) -> list[tuple[float, str]]:
        """Add up the contributions by topic, and word each topic by its strongest feature that has true words."""
        sums: dict[str, float] = {}
        texts: dict[str, str] = {}
        names = self.features[0]
        for at in np.argsort(-np.abs(contributions), kind="stable").tolist():
            words, weight = words_of(names[at]), float(contributions[at])
            sums[words.topic] = sums.get(words.topic, 0.0) + weight
        for at in np.argsort(-np.abs(contributions), kind="stable").tolist():
            words = words_of(names[at])
            if words.topic not in texts and contributions[at] * sums[words.topic] > 0:
                text = self._say(at, words, column, contributions[at] > 0)
                if text:
                    texts[words.topic] = text
        return sorted(((sums[topic], text) for topic, text in texts.items()), key=lambda pair: -abs(pair[0]))

    def _say(self, at: int, words: Words, column: int, favours: bool) -> str:
        """Say what the value means, if it is clear and agrees with what the ranker made of it; else nothing."""
        level = self._level(at, words, column)
        if level == 0 or (words.praise and (level > 0) != favours) or (words.scale == "always" and not favours):
            return ""
        text = words.high if level > 0 else words.low
        filled = {"value": words.show(float(self.features[1][self.rows[column], at]))}
        for name, find in (("event", self._loudest), ("genres", self._genres)):
            if f"{{{name}}}" in text:
                filled[name] = find(self.features[0][at], column)
                if not filled[name]:
                    return ""
        return text.format(**filled)

    def _level(self, at: int, words: Words, column: int) -> int:
        """Return 1 for a high value, -1 for a low one, 0 for neither."""
        every = self.features[1][:, at]
        value = every[self.rows[column]]
        if np.isnan(value):
            return 0
        if words.scale == "always":
            return 1
        if words.scale == "sign":
            return int(np.sign(value))
        above, below = float((every < value).mean()), float((every > value).mean())
        high, low = (below, above) if words.scale == "rank" else (above, below)
        return int(high >= CLEARLY) - int(low >= CLEARLY)

    def _loudest(self, feature: str, column: int) -> str:
        if feature not in self._parts:
            self._parts[feature] = feature_parts(feature, self.context, self.item)
        parts = self._parts[feature]
        return (_event(parts, column, self.names) if parts else None) or ""

    def _genres(self, feature: str, column: int) -> str:
        """Name the genres that an item shares with the latest events, the most frequent there first."""
        size = next(size for size in SIZES if feature.endswith(f"_{size}"))
        genres = self.context.items.genres
        weight = np.nan_to_num(self.context.latest_mean(genres, size)[0]) * genres[self.item[column]]
        order = np.argsort(-weight, kind="stable")
        return ", ".join(self.names.genres[at] for at in order[: int((weight > 0).sum())].tolist())
