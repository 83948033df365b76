"""The pages of a published version, in one language, and what may be answered on them."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from scoring.instrument import Item, fill
from surveys.models import Version

Answer = int | str | None  # a point on the scale; "dk"; None: seen and skipped
DONT_KNOW = "dk"


class AnswersRefused(ValueError):
    """An answer that cannot be: `problems` names each field and what would be right."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {text}" for field, text in problems.items()))
        self.problems = problems


@dataclass(frozen=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True)
class Question:
    """One question as shown: `code` is its field's name; a scale has named ends, a segment named options."""

    code: str
    text: str
    choices: tuple[Choice, ...]
    is_segment: bool = False
    low: str = ""
    high: str = ""
    dont_know: bool = False

    def read(self, raw: str) -> Answer:
        """The answer a form's value stands for. Raises ValueError for what is not among the choices."""
        if raw == "":
            return None
        if raw == DONT_KNOW and self.dont_know:
            return DONT_KNOW
        if all(raw != choice.value for choice in self.choices):
            raise ValueError(raw)
        return raw if self.is_segment else int(raw)


@dataclass(frozen=True)
class Page:
    """What is asked together: the items of one construct, or the questions about the respondent."""

    number: int
    title: str
    questions: tuple[Question, ...]

    def read(self, form: Mapping[str, str]) -> dict[str, Answer]:
        """Every question's answer from a form. Raises AnswersRefused; fields of other pages are not read."""
        answers: dict[str, Answer] = {}
        problems: dict[str, str] = {}
        for question in self.questions:
            try:
                answers[question.code] = question.read(form.get(question.code, ""))
            except ValueError:
                offered = ", ".join(choice.value for choice in question.choices)
                problems[question.code] = _("must be one of: %s") % offered
        if problems:
            raise AnswersRefused(problems)
        return answers


def pages(version: Version, language: str) -> tuple[Page, ...]:
    """One page a construct, then one for the segment questions if there are any."""
    words = version.words(language)
    instrument = version.instrument
    made = [
        Page(
            number,
            fill(construct.intro[language], words),
            tuple(
                _scale_question(instrument.item_code(item), item, language, words) for item in construct.items
            ),
        )
        for number, construct in enumerate(instrument.constructs, 1)
    ]
    if version.segments:
        questions = tuple(_segment_question(segment, language) for segment in version.segments)
        made.append(Page(len(made) + 1, _("About you"), questions))
    return tuple(made)


def _scale_question(code: str, item: Item, language: str, words: dict[str, str]) -> Question:
    scale = item.scale
    return Question(
        code=code,
        text=fill(item.text[language], words),
        choices=tuple(Choice(str(point), str(point)) for point in scale.points),
        low=scale.low[language],
        high=scale.high[language],
        dont_know=item.dont_know,
    )


def _segment_question(segment: dict[str, object], language: str) -> Question:
    text, options = segment["text"], segment["options"]
    assert isinstance(text, dict) and isinstance(options, list)  # noqa: S101  checked when it was published
    return Question(
        code=f"segment.{segment['code']}",
        text=text[language],
        choices=tuple(Choice(option["code"], option["text"][language]) for option in options),
        is_segment=True,
    )
