"""What a draft asks, as its author looks at it: part by part, with the pages they make and their mistakes."""

import copy
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from scoring.errors import ModelError
from scoring.instrument import Instrument, InstrumentError, fill
from surveys import publishing
from surveys.catalogue import catalogue
from surveys.drafts.drafting import key_of
from surveys.models import Survey
from surveys.questionnaire.conditions import Condition
from surveys.questionnaire.content import Content
from surveys.questionnaire.mistakes import Mistake
from surveys.questionnaire.names import SAYINGS, WORDS, in_language
from surveys.questionnaire.pages import Page, pages
from surveys.questionnaire.parts import OWN, InstrumentPart, OwnPage, OwnQuestion, PartRefused, read_parts
from surveys.questionnaire.questions import Question

PLACE = re.compile(r"parts\[(?P<part>\d+)\](?:\.questions\[(?P<question>\d+)\])?\.?(?P<rest>.*)", re.ASCII)
ROW = re.compile(r"(?P<kind>option|feature)s\[(?P<number>\d+)\]\.(?:text|name)\.(?P<language>.+)", re.ASCII)


class Located(NamedTuple):
    """A mistake with what it is about: a part's key, a question's code, and the form's field.

    Without a part it is about the survey's settings, or, with no field either, about the whole draft.
    """

    problem: str
    part: str = ""
    question: str = ""
    field: str = ""


@dataclass(frozen=True)
class QuestionOutline:
    """A question of the company's own."""

    code: str
    text: str
    question: OwnQuestion
    conditions: list[str]
    problems: list[str]


@dataclass(frozen=True)
class PartOutline:
    """One part; `pages` are those it makes, `questions` what a page of one's own asks."""

    key: str
    name: str
    part: InstrumentPart | OwnPage
    pages: list[Page]
    instrument: Instrument | None = None
    questions: list[QuestionOutline] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def is_page(self) -> bool:
        return isinstance(self.part, OwnPage)

    @property
    def asked(self) -> list[Question]:
        return [question for page in self.pages for question in page.questions]


class Outline:
    """A draft, read as far as it can be read, in the reader's language where the survey has it."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self.language = readers_language(survey)
        self.pages = pages(legible(survey), self.language)
        found = [self._located(one) for one in publishing.draft_mistakes(survey)]
        self.mistakes = sorted(found, key=self._order)
        self._asked = {question.code: question for page in self.pages for question in page.questions}
        self.parts = self._parts()

    def part(self, key: str) -> PartOutline | None:
        return next((one for one in self.parts if one.key == key), None)

    def problems(self, part: str = "", question: str = "") -> dict[str, list[str]]:
        """What is wrong with a part, a question or the settings, by the form's field."""
        found: dict[str, list[str]] = {}
        for one in self.mistakes:
            if (one.part, one.question) == (part, question):
                found.setdefault(one.field, []).append(one.problem)
        return found

    def earlier(self, key: str, question: str = "") -> list[tuple[str, list[Question]]]:
        """The questions that a condition may look back to, by part: all that are asked before this one."""
        groups = []
        for part in self.parts:
            if part.key != key:
                groups.append((part.name, part.asked))
                continue
            codes = [one.code for one in part.asked]
            own = f"{OWN}.{question}"
            groups.append((part.name, part.asked[: codes.index(own) if own in codes else 0]))
            break
        return [group for group in groups if group[1]]

    def where(self, mistake: Located) -> str:
        """What a mistake is about, in words."""
        part = self.part(mistake.part)
        if part is None:
            return self._setting(mistake.field)
        asked = next((one for one in part.questions if one.code == mistake.question), None)
        return f"{part.name} › {asked.text}" if asked else part.name

    def _setting(self, field: str) -> str:
        name, _line, language = field.partition("_")
        label = {**WORDS, **SAYINGS}.get(name)
        settings = _("Settings") if field else ""
        return f"{settings} › {in_language(label, language)}" if label else settings

    def _order(self, mistake: Located) -> tuple[int, int]:
        """The settings' mistakes first, then those of the parts and their questions as they are asked."""
        keys = [key_of(part) for part in self.survey.parts]
        if mistake.part not in keys:
            return -1, -1
        place = keys.index(mistake.part)
        codes = [one["code"] for one in self.survey.parts[place].get("questions", [])]
        return place, codes.index(mistake.question) if mistake.question in codes else -1

    def _about(self, key: str, question: str = "") -> list[str]:
        """What is wrong with a part or question, each thing said once."""
        return list(dict.fromkeys(one.problem for one in self.mistakes if one[1:3] == (key, question)))

    def _parts(self) -> list[PartOutline]:
        try:
            typed = read_parts(self.survey.parts)
        except PartRefused:
            return []
        known = catalogue(self.survey.organisation)
        made = []
        for row, part in zip(self.survey.parts, typed, strict=True):
            key = key_of(row)
            mine = [page for page in self.pages if page.questions and _key_of_page(page) == key]
            wrong = self._about(key)
            if isinstance(part, InstrumentPart):
                instrument = known[part.instrument].instrument if part.instrument in known else None
                name = name_of(instrument) if instrument else part.instrument
                made.append(PartOutline(key, name, part, mine, instrument, problems=wrong))
            else:
                name = said(part.title, self.language) or _("Page without a title")
                conditions = self._sentences(part.show_if)
                own = [self._question(key, one) for one in part.questions]
                made.append(PartOutline(key, name, part, mine, None, own, conditions, wrong))
        return made

    def _question(self, key: str, own: OwnQuestion) -> QuestionOutline:
        text = said(own.text, self.language) or _("Question without a text")
        words = {name: said(texts, self.language) for name, texts in self.survey.words.items()}
        text = fill(text, {name: text for name, text in words.items() if text})
        return QuestionOutline(own.code, text, own, self._sentences(own.show_if), self._about(key, own.code))

    def _sentences(self, conditions: Iterable[Condition]) -> list[str]:
        return [sentence(one, self._asked.get(one.question)) for one in conditions]

    def _located(self, mistake: Mistake) -> Located:
        match = PLACE.fullmatch(mistake.place)
        if match is None or int(match["part"]) >= len(self.survey.parts):
            name = mistake.place.removeprefix("words.").replace(".", "_")
            return Located(mistake.problem, field="" if name == "parts" else name)
        part = self.survey.parts[int(match["part"])]
        if match["question"] is None:
            return Located(mistake.problem, key_of(part), "", _field(match["rest"], part))
        question = part["questions"][int(match["question"])]
        return Located(mistake.problem, key_of(part), question["code"], _field(match["rest"], question))


def legible(survey: Survey) -> Content:
    """The draft as it can be shown: without the parts whose instrument is gone or cannot be adapted so."""
    shown = copy.copy(survey)
    known = catalogue(survey.organisation)
    shown.parts = [row for row in survey.parts if _is_legible(row, known)]
    shown.languages = survey.languages or [get_language() or "en"]
    return Content(publishing.snapshot(shown))


def _is_legible(row: dict[str, Any], known: Mapping[str, Any]) -> bool:
    try:
        (part,) = read_parts([row])
        if isinstance(part, InstrumentPart):
            known[part.instrument].instrument.adapted(part.drop, part.features)
    except (PartRefused, KeyError, InstrumentError, ModelError):
        return False
    return True


def readers_language(survey: Survey) -> str:
    """The reader's language where the survey has it, else the survey's first."""
    reader = get_language() or "en"
    return reader if reader in survey.languages else (survey.languages or [reader])[0]


def name_of(instrument: Instrument) -> str:
    return said(instrument.name, get_language() or "en")


def said(texts: Mapping[str, str], language: str) -> str:
    """The text in a language, or in any other where it has none there."""
    given = [text for text in (texts.get(language, ""), *texts.values()) if text.strip()]
    return given[0] if given else ""


def sentence(condition: Condition, question: Question | None) -> str:
    """A condition in words."""
    if question is None:
        return _("%s, which is not asked any more, is answered") % condition.question
    names = {choice.value: choice.label for choice in question.choices}
    values = [names.get(str(value), str(value)) for value in condition.values]
    said_of = {
        "is": _("“%(question)s” is %(values)s"),
        "is_not": _("“%(question)s” is answered, but not %(values)s"),
        "at_least": _("“%(question)s” is %(values)s or more"),
        "at_most": _("“%(question)s” is %(values)s or less"),
        "answered": _("“%(question)s” is answered"),
    }[condition.operator]
    return said_of % {"question": question.text, "values": _(" or ").join(values)}


def _key_of_page(page: Page) -> str:
    """The key of the part that makes the page; its code begins with the part's."""
    first, second, *_rest = page.code.split(".")
    return f"page-{second}" if first == OWN else f"instrument-{first}"


def _field(rest: str, row: dict[str, Any]) -> str:
    """The form's field for what stands behind the part or question in a mistake's place."""
    if match := ROW.fullmatch(rest):
        code = row[f"{match['kind']}s"][int(match["number"])]["code"]
        return f"{match['kind']}_{code}_{match['language']}"
    if rest.startswith("instrument"):
        return ""
    return rest.partition("[")[0].replace(".", "_")
