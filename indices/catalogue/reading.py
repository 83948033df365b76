"""An instrument as a manager reads it: every question with its answers, in one of its languages."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.utils.translation import get_language_info, ngettext, override
from django.utils.translation import gettext as _

from indices.selectors import construct_names
from scoring.instrument import AnswerScale, Condition, Derived, Feature, Instrument, Item, Text, fill

INTERFACE = frozenset(code for code, _name in settings.LANGUAGES)


@dataclass(frozen=True)
class Language:
    code: str
    name: str
    direction: str


@dataclass(frozen=True)
class Point:
    """A point of a scale as it is written, and its name; no value where the name says it."""

    value: str
    name: str


@dataclass(frozen=True)
class Remark:
    """A sentence in the reader's language, about a question that is quoted in the instrument's."""

    sentence: str
    question: str = ""


@dataclass(frozen=True)
class Question:
    code: str
    text: str
    points: list[Point]
    names_every_point: bool
    remarks: list[Remark]


@dataclass(frozen=True)
class Computed:
    """An item that is not asked but computed, and what it is computed from."""

    code: str
    text: str
    points: list[Point]
    rules: list[Remark]


def language_of(code: str) -> Language:
    """The language in its own name; by its code where nothing is known of it."""
    try:
        info = get_language_info(code)
    except KeyError:
        return Language(code, code, "ltr")
    return Language(code, info["name_local"], "rtl" if info["bidi"] else "ltr")


@dataclass(frozen=True)
class Reading:
    """`language` is one of the instrument's."""

    instrument: Instrument
    language: str

    @cached_property
    def direction(self) -> str:
        return language_of(self.language).direction

    def said(self, text: Text) -> str:
        """The text with what a survey puts into it named in brackets."""
        return fill(text.get(self.language, text["en"]), self._words)

    @cached_property
    def _words(self) -> dict[str, str]:
        with override(self.language if self.language in INTERFACE else "en"):
            known = {"company": _("your company"), "category": _("what you provide")}
        return {name: f"[{known.get(name, name)}]" for name in self.instrument.placeholders}

    @cached_property
    def asked(self) -> Instrument:
        """The instrument with something to ask: Kano's method with a feature that stands for all."""
        if not self.instrument.takes_features:
            return self.instrument
        names = {}
        for language in self.instrument.languages:
            with override(language if language in INTERFACE else "en"):
                names[language] = "[" + _("your feature") + "]"  # not in an f-string: xgettext reads none
        return self.instrument.adapted(features=[Feature("feature", names)])

    @cached_property
    def sections(self) -> list[tuple[str, list[Question]]]:
        return [
            (self.said(section.title), [self._question(item) for item in section.items])
            for section in self.asked.sections
        ]

    def _question(self, item: Item) -> Question:
        points = self._points(item.scale) if item.scale and item.kind == "scale" else []
        named = bool(item.scale and item.scale.labels)
        return Question(item.code, self.said(item.text), points, named, list(self._remarks(item)))

    def _points(self, scale: AnswerScale) -> list[Point]:
        """Every point where all are named, else the two ends."""
        if scale.labels:
            named = zip(scale.points, map(self.said, scale.labels), strict=True)
            return [Point("" if _begins_with(name, value) else _signed(value), name) for value, name in named]
        return [
            Point(_signed(scale.minimum), self.said(scale.low)),
            Point(_signed(scale.maximum), self.said(scale.high)),
        ]

    def _remarks(self, item: Item) -> Iterator[Remark]:
        if item.kind == "open":
            yield Remark(_("Answered in one's own words."))
        if item.kind == "points":
            yield Remark(_("A share of 100 points."))
        if item.optional:
            yield Remark(_("May be left out of a survey."))
        if item.show_if:
            yield self._condition(item.show_if)
        if item.scale and item.scale.reverse:
            yield Remark(_("High answers are bad ones; the scale is turned round for the index."))

    def _condition(self, condition: Condition) -> Remark:
        item = next(one for one in self.asked.asked if one.code == condition.item)
        met = [point for point in item.scale.points if condition.meets(point)] if item.scale else []
        answers = (
            _("%(low)s to %(high)s") % {"low": _signed(met[0]), "high": _signed(met[-1])}
            if len(met) > 1
            else "".join(map(_signed, met))
        )
        return Remark(_("Asked only of those who answer %s to:") % answers, self.said(item.text))

    @cached_property
    def computed(self) -> list[Computed]:
        return [
            Computed(one.code, self.said(one.text), self._points(one.scale), list(self._rules(one)))
            for one in self.instrument.derived
        ]

    def _rules(self, derived: Derived) -> Iterator[Remark]:
        texts = {item.code: self.said(item.text) for item in self.instrument.asked}
        for code in derived.plus:
            yield Remark(_("Counts as it is answered:"), texts[code])
        for code in derived.minus:
            yield Remark(_("Counts with a minus sign:"), texts[code])

    @property
    def note(self) -> str:
        return self.said(self.instrument.note) if self.instrument.note else ""

    @cached_property
    def constructs(self) -> list[tuple[str, list[str]]]:
        """What is measured, each with the codes of its items."""
        return [
            (self.said(one.name), [item.code for item in one.items]) for one in self.instrument.constructs
        ]

    @cached_property
    def paths(self) -> list[tuple[str, list[str]]]:
        """Every construct that leads to others, with those, in the order of the model."""
        names = construct_names(self.instrument, self.language)
        return [
            (name, targets)
            for code, name in names.items()
            if (targets := [names[target] for source, target in self.instrument.paths if source == code])
        ]

    @property
    def headline(self) -> list[str]:
        names = construct_names(self.instrument, self.language)
        return [names[code] for code in self.instrument.headline]


def length(instrument: Instrument) -> str:
    """How much is asked, in words."""
    if instrument.feature_form:
        n = len(instrument.feature_form.questions)
        said = ngettext("%d question about each feature", "%d questions about each feature", n)
        return said % n
    n = len(instrument.asked)
    return ngettext("%d question", "%d questions", n) % n


def _begins_with(name: str, value: int) -> bool:
    """Such as "5 %" with 5: the number is not said twice."""
    return re.match(rf"{value}(?!\d)", name) is not None


def _signed(value: int) -> str:
    return str(value).replace("-", "\N{MINUS SIGN}")
