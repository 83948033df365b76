"""A question as it is shown in one language, and which answers it takes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from surveys.questionnaire.conditions import DONT_KNOW, Answer, Condition

LONGEST_TEXT = {"short": 200, "long": 5_000}
WHOLE = re.compile(r"-?\d{1,15}", re.ASCII)
DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # what no database keeps: NUL and halves of characters


class AnswersRefused(ValueError):
    """An answer that cannot be: `problems` names each field and what would be right."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {text}" for field, text in problems.items()))
        self.problems = dict(problems)


class WrongAnswer(ValueError):
    """One question's answer cannot be; the message says what would be right."""


@dataclass(frozen=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True)
class Question:
    """One question; `code` is its permanent code and its field's name.

    `kind`: "scale" (points with named ends, or a name for each), "single", "multiple", "number", "date",
    "short", "long", "points" (its share of the 100 points of its page). `named`: every point has a name.
    """

    code: str
    kind: str
    text: str
    choices: tuple[Choice, ...] = ()
    low: str = ""
    high: str = ""
    minimum: float | None = None
    maximum: float | None = None
    named: bool = False
    dont_know: bool = False
    required: bool = False
    is_segment: bool = False
    is_scored: bool = False
    show_if: tuple[Condition, ...] = ()

    @property
    def is_text(self) -> bool:
        return self.kind in LONGEST_TEXT

    @property
    def is_list(self) -> bool:
        """Answered from a list of named options, one below the other."""
        return self.kind in {"single", "multiple"} or self.named

    @property
    def longest(self) -> int:
        return LONGEST_TEXT[self.kind]

    def read(self, raw: Sequence[str]) -> Answer:
        """The answer that a form's values stand for; none or only blanks is None, seen and skipped.

        Raises WrongAnswer.
        """
        values = [value for value in raw if value.strip()]
        if not values:
            return None
        if self.kind == "multiple":
            return self._several(values)
        if len(values) > 1:
            raise WrongAnswer(_("takes one answer only"))
        return self._one(values[0])

    def accept(self, value: Any) -> Answer:
        """The answer that a JSON value stands for: a number where numbers are asked for, else texts.

        Raises WrongAnswer; true and "9" are not the number 9.
        """
        if value is None:
            return None
        if self.kind == "multiple":
            if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
                raise WrongAnswer(_("must be a list of option codes"))
            return self._several(value) if value else None
        if value == DONT_KNOW and self.dont_know:
            return DONT_KNOW
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if is_number != (self.kind in {"scale", "points", "number"}):
            raise WrongAnswer(self.what_is_right())
        if not is_number and not isinstance(value, str):
            raise WrongAnswer(self.what_is_right())
        return self.read([str(value)])

    def what_is_right(self) -> str:
        if self.kind in {"single", "multiple", "scale"}:
            return _("must be one of: %s") % ", ".join(choice.value for choice in self.choices)
        if self.kind in {"number", "points"}:
            return self._number_hint()
        if self.kind == "date":
            return _("must be a day, such as 2026-03-31")
        return _("must be a text of at most %d characters") % self.longest

    def _number_hint(self) -> str:
        if self.minimum is not None and self.maximum is not None:
            bounds = {"low": f"{self.minimum:g}", "high": f"{self.maximum:g}"}
            return _("must be a number from %(low)s to %(high)s") % bounds
        return _("must be a number")

    def _several(self, values: Sequence[str]) -> list[str]:
        offered = [choice.value for choice in self.choices]
        if any(value not in offered for value in values):
            raise WrongAnswer(self.what_is_right())
        return [value for value in offered if value in values]

    def _one(self, value: str) -> Answer:
        if value == DONT_KNOW and self.dont_know:
            return DONT_KNOW
        if self.kind in {"single", "scale"}:
            return self._choice(value)
        if self.kind in {"number", "points"}:
            return self._number(value.strip())
        return self._day(value.strip()) if self.kind == "date" else self._text(value)

    def _choice(self, value: str) -> Answer:
        if all(value != choice.value for choice in self.choices):
            raise WrongAnswer(self.what_is_right())
        return int(value) if self.kind == "scale" else value

    def _number(self, value: str) -> Answer:
        pattern = WHOLE if self.kind == "points" else DECIMAL
        if not pattern.fullmatch(value):
            raise WrongAnswer(self.what_is_right())
        number = float(value) if "." in value else int(value)
        too_low = self.minimum is not None and number < self.minimum
        if too_low or (self.maximum is not None and number > self.maximum):
            raise WrongAnswer(self.what_is_right())
        return number

    def _day(self, value: str) -> Answer:
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            raise WrongAnswer(self.what_is_right()) from None

    def _text(self, value: str) -> Answer:
        text = value.replace("\r\n", "\n").strip()
        if len(text) > self.longest or UNSTORABLE.search(text):
            raise WrongAnswer(self.what_is_right())
        return text
