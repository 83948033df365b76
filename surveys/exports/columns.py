"""Which columns a survey's answers have: what is told of each response, and every question ever asked.

A column is a code in one kind of answer, over all versions: the words and order are those of the newest
version that asks it, what only earlier ones asked comes after. Where a code's kind of answer changed, the
older kind has a column of its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, Literal

from django.utils import translation

from surveys.exports.facts import SEGMENT, Fact, facts_of
from surveys.exports.missing import NOT_ASKED
from surveys.models import Survey, Version
from surveys.questionnaire.pages import pages
from surveys.questionnaire.questions import Question

Family = Literal["number", "single", "date", "text"]
Texts = Mapping[str, str]  # by language
FAMILIES: Mapping[str, Family] = {"single": "single", "date": "date", "short": "text", "long": "text"}


@dataclass(frozen=True)
class Column:
    """`key` is what its values are found under; `labels` name values, by their text. `scales` says, for each
    version, from what to what was answered. `heading` is for tables, where it is another than the name."""

    name: str
    key: str
    family: Family
    texts: Texts
    labels: Mapping[str, Texts] = field(default_factory=dict)
    lowest: float | None = None
    highest: float | None = None
    is_whole: bool = True
    is_question: bool = True
    kind: str = ""
    versions: tuple[int, ...] = ()
    scales: Mapping[int, str] = field(default_factory=dict)
    heading: str = ""

    def title(self, language: str | None) -> str:
        """What stands above it in a table; with a language the question, too."""
        own = self.heading or self.name
        return f"{own}: {in_language(self.texts, language)}" if language else own

    def label(self, value: str, language: str) -> str:
        return in_language(self.labels.get(value, {}), language) or value


def in_language(texts: Texts, language: str) -> str:
    return " ".join((texts.get(language) or next(iter(texts.values()), "")).split())


@dataclass(frozen=True)
class Layout:
    """`keys` has for each version's primary key the place of every column's value in a response; `several`
    the questions with several answers, each with its options; `constants` what all its responses share."""

    columns: tuple[Column, ...]
    keys: Mapping[int, tuple[str, ...]]
    several: Mapping[int, Mapping[str, tuple[str, ...]]]
    constants: Mapping[int, Mapping[str, Any]]
    languages: tuple[str, ...]

    @property
    def segments(self) -> list[str]:
        named = (column.name for column in self.columns if not column.is_question)
        return [name.removeprefix(SEGMENT) for name in named if name.startswith(SEGMENT)]

    @property
    def with_texts(self) -> bool:
        return any(column.family == "text" and column.is_question for column in self.columns)


def layout_of(survey: Survey) -> Layout:
    versions = list(survey.versions.prefetch_related("uses").order_by("-number"))
    languages = tuple(dict.fromkeys(code for one in versions for code in one.languages))
    asked = {version.pk: list(_of_version(version, languages)) for version in versions}
    facts = [_fact_column(fact, languages) for fact in facts_of(survey, versions)]
    told = _pooled(asked.values())
    if survey.privacy == Survey.Privacy.ANONYMOUS:  # by their words somebody may know who it was
        told = [column for column in told if column.family != "text"]
    columns = (*facts, *_named(told, {fact.name for fact in facts}))
    return Layout(
        columns=columns,
        keys={pk: _keys(columns, own) for pk, own in asked.items()},
        several={version.pk: _several(version) for version in versions},
        constants={version.pk: _constants(version) for version in versions},
        languages=languages or ("en",),
    )


def _pooled(versions: Iterable[list[Column]]) -> list[Column]:
    """Each column once, over all versions; the newest comes first."""
    found: dict[tuple[str, str], Column] = {}
    for column in chain.from_iterable(versions):
        place = (column.key, column.family)
        found[place] = _joined(found[place], column) if place in found else column
    return list(found.values())


def _keys(columns: Sequence[Column], own: Sequence[Column]) -> tuple[str, ...]:
    """Where a version's answers have the value of each column: nowhere, where it asked in another kind."""
    places = {(column.key, column.family) for column in own}
    return tuple(
        one.key if not one.is_question or (one.key, one.family) in places else NOT_ASKED for one in columns
    )


def _named(columns: Iterable[Column], taken: set[str]) -> list[Column]:
    """Every column under a name that is not taken: an older kind of the same code says which it is."""
    named = []
    for column in columns:
        name = column.name if column.name not in taken else f"{column.name}_{column.family}"
        while name in taken:
            name += "_"
        taken.add(name)
        named.append(replace(column, name=name))
    return named


def _fact_column(fact: Fact, languages: tuple[str, ...]) -> Column:
    texts = {}
    for language in languages:
        with translation.override(language):
            texts[language] = str(fact.text)
    return Column(
        name=fact.name,
        key=fact.key,
        family=fact.family,
        texts=texts,
        labels=fact.labels,
        lowest=0 if fact.family == "number" else None,
        is_question=False,
        heading=f"{fact.name} [{fact.zone}]" if fact.zone else "",
    )


def _constants(version: Version) -> dict[str, Any]:
    keys = {f"@measurement_key.{use.instrument_id}": use.measurement_key for use in version.uses.all()}
    return {"@version": version.number} | keys


def _several(version: Version) -> dict[str, tuple[str, ...]]:
    return {
        question.code: tuple(choice.value for choice in question.choices)
        for page in pages(version.content, version.languages[0])
        for question in page.questions
        if question.kind == "multiple"
    }


# -- the columns of one version


def _of_version(version: Version, languages: tuple[str, ...]) -> Iterator[Column]:
    in_languages: dict[str, dict[str, Question]] = defaultdict(dict)
    for language in (one for one in languages if one in version.languages):
        for page in pages(version.content, language):
            for question in page.questions:
                in_languages[question.code][language] = question
    for spoken in in_languages.values():
        yield from _of_question(spoken, version.number)
    yield from _derived(version)


def _of_question(spoken: Mapping[str, Question], version: int) -> Iterator[Column]:
    question = next(iter(spoken.values()))
    texts = {language: one.text for language, one in spoken.items()}
    labels: dict[str, dict[str, str]] = defaultdict(dict)
    for language, one in spoken.items():
        for value, label in _labels(one):
            labels[value][language] = label
    if question.kind == "multiple":
        yield from _options(question, texts, labels, version)
        return
    lowest, highest = _bounds(question)
    yield Column(
        name=question.code,
        key=question.code,
        family=FAMILIES.get(question.kind, "number"),
        texts=texts,
        labels=labels,
        lowest=lowest,
        highest=highest,
        is_whole=question.kind != "number",
        kind=question.kind,
        versions=(version,),
        scales={version: _scale(lowest, highest)},
    )


def _options(question: Question, texts: Texts, labels: Mapping[str, Texts], version: int) -> Iterator[Column]:
    """Of a question with several answers each option is a column: 1 chosen, 0 not."""
    for choice in question.choices:
        named = {
            language: f"{text}: {labels[choice.value].get(language, '')}" for language, text in texts.items()
        }
        yield Column(
            name=f"{question.code}.{choice.value}",
            key=f"{question.code}:{choice.value}",
            family="number",
            texts=named,
            lowest=0,
            highest=1,
            kind=question.kind,
            versions=(version,),
            scales={version: _scale(0, 1)},
        )


def _labels(question: Question) -> Iterator[tuple[str, str]]:
    """What the values mean: every option or named point, or the two ends of a scale."""
    if question.is_list:
        yield from ((choice.value, choice.label) for choice in question.choices)
    elif question.choices:
        yield question.choices[0].value, question.low
        yield question.choices[-1].value, question.high


def _bounds(question: Question) -> tuple[float | None, float | None]:
    if question.kind == "scale":
        return float(question.choices[0].value), float(question.choices[-1].value)
    return question.minimum, question.maximum


def _scale(lowest: float | None, highest: float | None) -> str:
    ends = ["" if one is None else f"{one:g}" for one in (lowest, highest)]
    return "..".join(ends) if any(ends) else ""


def _derived(version: Version) -> Iterator[Column]:
    """Items computed from questions of which each respondent is asked one."""
    for instrument in version.content.instruments.values():
        for one in instrument.derived:
            low, high = one.scale.minimum, one.scale.maximum
            code = instrument.item_code(one.item)
            scales = {version.number: _scale(low, high)}
            yield Column(
                code, code, "number", one.text, {}, low, high, kind="derived",
                versions=(version.number,), scales=scales,
            )  # fmt: skip


def _joined(newer: Column, older: Column) -> Column:
    """The newer column with what only the older one has."""
    return replace(
        newer,
        labels={**older.labels, **newer.labels},  # in the order in which they first came: SPSS numbers stay
        lowest=_wider(min, newer.lowest, older.lowest),
        highest=_wider(max, newer.highest, older.highest),
        is_whole=newer.is_whole and older.is_whole,
        versions=(*older.versions, *newer.versions),
        scales={**older.scales, **newer.scales},
    )


def _wider(of: Any, one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else of(one, other)
