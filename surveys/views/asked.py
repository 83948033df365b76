"""A page's questions as the templates show them: with what was chosen, and what is wrong with it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext as _

from surveys.questionnaire.conditions import DONT_KNOW, Answer
from surveys.questionnaire.pages import Page
from surveys.questionnaire.questions import Question

TEMPLATES = {"scale": "scale", "long": "long", "points": "share"}


class Point(NamedTuple):
    """One answer to choose. `spoken` is its whole name, where the label alone would not do."""

    value: str
    label: str
    spoken: str
    is_chosen: bool


@dataclass(frozen=True)
class Asked:
    """A question on its page; `id` is that of its element."""

    question: Question
    id: str
    given: Sequence[str] = field(default=())
    problem: str = ""
    is_first_problem: bool = False

    @property
    def template(self) -> str:
        name = "list" if self.question.is_list else TEMPLATES.get(self.question.kind, "line")
        return f"surveys/respond/{name}.html"

    @property
    def value(self) -> str:
        return self.given[0] if self.given else ""

    @property
    def points(self) -> Iterator[Point]:
        for place, choice in enumerate(self.question.choices):
            yield Point(choice.value, choice.label, self._spoken(place), choice.value in self.given)

    @property
    def knows_not(self) -> bool:
        return DONT_KNOW in self.given

    @property
    def least(self) -> str:
        return self.question.choices[0].label

    @property
    def most(self) -> str:
        return self.question.choices[-1].label

    @property
    def keyboard(self) -> str:
        """Which keys a phone offers; those for numbers alone have no minus on some."""
        if self.question.kind != "number":
            return "numeric" if self.question.kind == "points" else ""
        return "" if self.question.minimum is None or self.question.minimum < 0 else "decimal"

    @property
    def hint(self) -> str:
        """What is right, before anything is wrong."""
        low, high = self.question.minimum, self.question.maximum
        if self.question.kind == "multiple":
            return _("You may choose several.")
        if self.question.kind == "number" and low is not None and high is not None:
            return _("A number from %(low)s to %(high)s") % {"low": f"{low:g}", "high": f"{high:g}"}
        return ""

    @property
    def described_by(self) -> str:
        """The ids of the texts that belong to the question."""
        return " ".join(f"{self.id}-{name}" for name in ("hint", "problem") if getattr(self, name))

    def _spoken(self, place: int) -> str:
        """A point's label with its place on the scale; "don't know" stands beside it and is not counted."""
        question = self.question
        label = question.choices[place].label
        if question.kind != "scale":
            return ""
        if question.named:
            whole = {"label": label, "place": place + 1, "count": len(question.choices)}
            return _("%(label)s, %(place)d of %(count)d") % whole
        end = {0: question.low, len(question.choices) - 1: question.high}.get(place, "")
        spoken = _("%(point)s of %(most)s") % {"point": label, "most": self.most}
        return f"{spoken}, {end}" if end else spoken


def asked_on(page: Page, given: Mapping[str, Answer], problems: Mapping[str, str]) -> list[Asked]:
    first = next((q.code for q in page.questions if q.code in problems), "")
    return [
        Asked(q, f"q{n}", _as_fields(given.get(q.code)), problems.get(q.code, ""), q.code == first)
        for n, q in enumerate(page.questions, start=1)
    ]


def _as_fields(value: Answer) -> list[str]:
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]
