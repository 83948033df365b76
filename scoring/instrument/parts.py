"""What an instrument is made of: scales, questions, pages, constructs, and the features of Kano's method."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
FEATURE_CODE = re.compile(r"[a-z][a-z0-9_]{0,30}")
LONGEST_KEY, LONGEST_PROBLEM = 200, 600  # what an error repeats of a file may be as long as the file

Text = Mapping[str, str]
ItemKind = Literal["scale", "points", "open"]
Answer = int | str | None


class InstrumentError(ValueError):
    """An instrument that cannot be used: names the file or instrument, the key and what would be right."""

    def __init__(self, source: str, key: str, problem: str) -> None:
        key, problem = key[:LONGEST_KEY], problem[:LONGEST_PROBLEM]
        super().__init__(f"{source}: {key}: {problem}")
        self.source, self.key, self.problem = source, key, problem


@dataclass(frozen=True)
class AnswerScale:
    """The closed scale of an item: its ends, and what they are called in each language.

    `labels` name every point in order; without them only the ends are named. `reverse` marks a scale whose
    high answers are bad.
    """

    minimum: int
    maximum: int
    low: Text
    high: Text
    reverse: bool = False
    labels: tuple[Text, ...] = ()
    step: int = 1

    @property
    def points(self) -> range:
        return range(self.minimum, self.maximum + 1, self.step)


@dataclass(frozen=True)
class Condition:
    """An instrument's own routing: a question is shown where an earlier item was answered within the ends."""

    item: str
    at_least: int | None = None
    at_most: int | None = None

    def meets(self, answer: Answer) -> bool:
        """Whether the answer lies within the ends; what is not a number never does."""
        if not isinstance(answer, int):
            return False
        return (self.at_least is None or answer >= self.at_least) and (
            self.at_most is None or answer <= self.at_most
        )


@dataclass(frozen=True)
class Item:
    """One question (manifest variable). `code` is permanent; `text` may be reworded.

    `scale`: one point of a closed scale. `points`: a share of the 100 points of its section. `open`: a free
    text, the only kind without a scale.
    """

    code: str
    text: Text
    scale: AnswerScale | None
    dont_know: bool = True
    kind: ItemKind = "scale"
    optional: bool = False
    show_if: Condition | None = None


@dataclass(frozen=True)
class MeasuredItem(Item):
    """An item with a number, so always with a scale."""

    scale: AnswerScale


@dataclass(frozen=True)
class Section:
    """What is asked together, one page; a section of points holds the items that share 100."""

    code: str
    title: Text
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Derived:
    """An item computed from questions of which a respondent is asked one, and stored beside the answers."""

    code: str
    text: Text
    scale: AnswerScale
    plus: tuple[str, ...]
    minus: tuple[str, ...]

    @property
    def inputs(self) -> tuple[str, ...]:
        return self.plus + self.minus

    @property
    def item(self) -> MeasuredItem:
        """The item it is measured as."""
        return MeasuredItem(self.code, self.text, self.scale)

    def value(self, answers: Mapping[str, Answer]) -> Answer:
        """The number of the question that was asked, with its sign, or else that one's reason."""
        given = {code: answers.get(code, "hidden") for code in self.inputs}
        for code, answer in given.items():
            if isinstance(answer, int):
                return answer if code in self.plus else -answer
        asked = [answer for answer in given.values() if answer != "hidden"]
        return asked[0] if asked else "hidden"


@dataclass(frozen=True)
class Column:
    """One of the ratings that every statement of the SERVQUAL family gets, such as expectation."""

    code: str
    name: Text
    scale: AnswerScale

    @property
    def letter(self) -> str:
        """What the codes of its items begin with: `e1`, `p1`, `a1`, `d1`."""
        return self.code[0]


@dataclass(frozen=True)
class Construct:
    """A latent variable or dimension: its name, the sentence that opens its page, its items in order."""

    code: str
    name: Text
    intro: Text
    items: tuple[MeasuredItem, ...]


@dataclass(frozen=True)
class Source:
    """Who published the instrument, when and where."""

    published_by: str
    year: int
    reference: str


@dataclass(frozen=True)
class Feature:
    """A company's own feature, asked about in Kano's way; `code` is permanent, `name` may change."""

    code: str
    name: Text


@dataclass(frozen=True)
class FeatureForm:
    """What is asked about every feature; the texts contain `{feature}`."""

    title: Text
    questions: tuple[MeasuredItem, ...]

    def section(self, feature: Feature) -> Section:
        """The feature's page, its name put into the texts."""
        return Section(feature.code, _named(self.title, feature), self.items(feature))

    def items(self, feature: Feature) -> tuple[MeasuredItem, ...]:
        return tuple(
            MeasuredItem(
                f"{feature.code}_{one.code}",
                _named(one.text, feature),
                one.scale,
                dont_know=one.dont_know,
                optional=one.optional,
            )
            for one in self.questions
        )


def feature_name(feature: Feature, language: str) -> str:
    """The feature's name in the language, or where it has none there, in English or its first language."""
    return feature.name.get(language) or feature.name.get("en") or next(iter(feature.name.values()))


def _named(text: Text, feature: Feature) -> Text:
    return {
        language: fill(said, {"feature": feature_name(feature, language)}) for language, said in text.items()
    }


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put the survey's own words into a text's placeholders.

    Only `{name}` with a known name is replaced, once: no attribute access, no format specification, and a
    value that itself looks like a placeholder stays as it is.
    """
    return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)
