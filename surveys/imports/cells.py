"""What the text of a cell stands for: an answer, an option, a language or a moment.

Each reader remembers the cells it has seen, because a column repeats the same few: a lookup then replaces
parsing. What a cell cannot stand for is a `Wrong`, whose text is only made where it is shown.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from scoring.instrument import MeasuredItem
from surveys.imports.refusals import shown
from surveys.models import Survey
from surveys.periods import local_day, period_of_day
from surveys.questionnaire.parts import Option, OwnQuestion

NUMBER = re.compile(r"-?[0-9]{1,9}(\.0{1,9})?")
MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
WORDS = {
    **dict.fromkeys(("dk", "don't know", "don’t know", "dont know"), "dk"),
    **dict.fromkeys(("na", "n/a", "not applicable"), "na"),
}
MOST_REMEMBERED = 5_000  # cells of a column
LONGEST_REMEMBERED = 40  # characters
EARLIEST_YEAR = 1900
NOON = time(12)


class Wrong(NamedTuple):
    message: str
    params: Mapping[str, Any]

    def __str__(self) -> str:
        return gettext(self.message) % self.params


def token(text: str) -> str:
    """What two ways to write one value have in common: `-99` and `-99.0`, `NA` and `na`."""
    number = whole(text)
    return text.strip().casefold() if number is None else str(number)


def whole(text: str) -> int | None:
    """`7` and `7.0` are seven. Not `7.5`, `7,0`, `1e1`, `+7`, nor digits of other scripts."""
    text = text.strip()
    return int(text.partition(".")[0]) if NUMBER.fullmatch(text) else None


class Cells(dict[str, Any]):
    """A column's meaning: `cells[text]` is the value, or a Wrong."""

    def __missing__(self, text: str) -> Any:
        value = self.read(text)
        if len(self) < MOST_REMEMBERED and len(text) <= LONGEST_REMEMBERED:
            self[text] = value
        return value

    def read(self, text: str) -> Any:
        raise NotImplementedError


class AnswerCells(Cells):
    """A whole number on the item's scale, "dk", "na", or None for what was skipped."""

    def __init__(self, item: MeasuredItem, skipped: Collection[str]) -> None:
        super().__init__()
        self.item, self.skipped = item, skipped

    def read(self, text: str) -> Any:
        found = token(text)
        if not found or found in self.skipped:
            return None
        number = whole(text)
        if number is None:
            return self.word(text)
        scale = self.item.scale
        if number in scale.points:
            return number
        return self.wrong(gettext_noop("%(cell)s is not on the scale %(low)d..%(high)d"), text)

    def word(self, text: str) -> Any:
        word = WORDS.get(token(text))
        if word == "dk" and not self.item.dont_know:
            return self.wrong(gettext_noop("%(cell)s: this question has no “don't know”"), text)
        return word or self.wrong(
            gettext_noop(
                "%(cell)s is not a whole number on the scale %(low)d..%(high)d (empty: skipped; "
                "dk: don't know; na: not applicable)"
            ),
            text,
        )

    def wrong(self, message: str, text: str) -> Wrong:
        scale = self.item.scale
        return Wrong(message, {"cell": shown(text.strip()), "low": scale.minimum, "high": scale.maximum})


class OptionCells(Cells):
    """An option of a segment question: its code or, in any language, its label; None for an empty cell."""

    def __init__(self, question: OwnQuestion, skipped: Collection[str]) -> None:
        super().__init__()
        self.codes = [option.code for option in question.options]
        self.known = _labels(question.options) | {code.casefold(): code for code in self.codes}
        self.skipped = skipped

    def read(self, text: str) -> Any:
        found = token(text)
        if text.strip().casefold() in self.known:
            return self.known[text.strip().casefold()]
        if not found or found in self.skipped:
            return None
        return Wrong(
            gettext_noop("%(cell)s is not an option; options are: %(options)s"),
            {"cell": shown(text.strip()), "options": ", ".join(self.codes)},
        )


def _labels(options: Iterable[Option]) -> dict[str, str]:
    """Label → code, without labels that two options share."""
    owners: dict[str, set[str]] = {}
    for option in options:
        for label in option.text.values():
            owners.setdefault(label.strip().casefold(), set()).add(option.code)
    return {label: next(iter(codes)) for label, codes in owners.items() if len(codes) == 1}


class LanguageCells(Cells):
    """A language of the version; an empty cell is the version's first."""

    def __init__(self, languages: list[str]) -> None:
        super().__init__()
        self.languages = languages

    def read(self, text: str) -> Any:
        found = text.strip().lower().replace("_", "-") or self.languages[0]
        if found in self.languages:
            return found
        return Wrong(
            gettext_noop("%(cell)s is not a language of the survey; those are: %(languages)s"),
            {"cell": shown(text.strip()), "languages": ", ".join(self.languages)},
        )


class MomentCells(Cells):
    """When the answers were given: an ISO day, which stands for its noon, or date-time.

    Both are in the organisation's time zone, unless the date-time names an offset of its own.
    """

    def __init__(self, survey: Survey) -> None:
        super().__init__()
        self.survey, self.zone = survey, ZoneInfo(survey.organisation.time_zone)
        self.today = local_day(survey, timezone.now())
        self.is_waves = survey.period_kind == Survey.PeriodKind.WAVES
        self.in_wave: dict[date, bool] = {}

    def read(self, text: str) -> Any:
        cell = text.strip()
        moment = parse_moment(cell, self.zone)
        if moment is None:
            return self.wrong(
                gettext_noop("“%(cell)s” is not a date such as 2026-03-31 or 2026-03-31T14:05+08:00"), cell
            )
        day = local_day(self.survey, moment)
        if day.year < EARLIEST_YEAR or day > self.today:
            return self.wrong(gettext_noop("%(cell)s is before 1900 or in the future"), cell)
        if self.is_waves and not self.waved(day):
            return self.wrong(gettext_noop("%(cell)s is in none of the survey's waves"), cell)
        return moment

    def waved(self, day: date) -> bool:
        if day not in self.in_wave:
            self.in_wave[day] = period_of_day(self.survey, day) is not None
        return self.in_wave[day]

    def wrong(self, message: str, cell: str) -> Wrong:
        return Wrong(message, {"cell": shown(cell)})


def parse_moment(text: str, zone: ZoneInfo) -> datetime | None:
    """An ISO day or date-time as a moment; None if it is neither, or no day of the calendar."""
    if not MOMENT.fullmatch(text):
        return None
    try:
        read = datetime.fromisoformat(text)
        moment = datetime.combine(read, NOON) if len(text) == len("2026-03-31") else read
        local = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def reasons(values: list[Any]) -> Iterator[tuple[int, Wrong]]:
    return ((place, value) for place, value in enumerate(values) if type(value) is Wrong)
