"""What is known of the population, option by option of the survey's segment questions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy

from surveys import weighting
from surveys.models import Survey
from surveys.questionnaire.parts import OwnQuestion

UNITS = {
    "percent": gettext_lazy("Percent, 100 for each question"),
    "count": gettext_lazy("Numbers of people, as they were counted"),
}


@dataclass(frozen=True)
class Margin:
    """A question as the page shows it: each option's field, and how many finished answers have it."""

    text: str
    options: list[tuple[forms.BoundField, int]]
    problems: list[str]


class WeightingForm(forms.Form):
    """A question left empty is not weighted by."""

    unit = forms.ChoiceField(
        label=gettext_lazy("The numbers are"), choices=list(UNITS.items()), widget=forms.RadioSelect
    )
    is_trimmed = forms.BooleanField(label=gettext_lazy("Keep weights within bounds"), required=False)
    least = forms.FloatField(label=gettext_lazy("Least weight, in multiples of the mean"), required=False)
    largest = forms.FloatField(label=gettext_lazy("Largest weight, in multiples of the mean"), required=False)

    def __init__(
        self, data: Any = None, *, survey: Survey, answered: Mapping[str, Mapping[str, int]]
    ) -> None:
        self.survey, self.answered = survey, answered
        self.questions = weighting.segment_questions(survey)
        super().__init__(data, initial=self._initial())
        for question in self.questions:
            for option in question.options:
                self.fields[_name(question.code, option.code)] = forms.FloatField(
                    label=_said(option.text),
                    required=False,
                    initial=survey.weighting.get("margins", {}).get(question.code, {}).get(option.code),
                    widget=forms.NumberInput({"step": "any", "min": "0"}),
                )

    def _initial(self) -> dict[str, Any]:
        stated = self.survey.weighting
        trim = stated.get("trim") if stated else {"least": weighting.LEAST, "largest": weighting.LARGEST}
        bounds = trim or {"least": weighting.LEAST, "largest": weighting.LARGEST}
        return {"unit": stated.get("unit", "percent"), "is_trimmed": bool(trim), **bounds}

    @property
    def bounds(self) -> list[forms.BoundField]:
        return [self[name] for name in ("is_trimmed", "least", "largest")]

    @property
    def margins(self) -> list[Margin]:
        return [self._margin(question) for question in self.questions]

    def _margin(self, question: OwnQuestion) -> Margin:
        counts = self.answered.get(question.code, {})
        rows = [
            (self[_name(question.code, option.code)], counts.get(option.code, 0))
            for option in question.options
        ]
        own = getattr(self, "of_questions", {}).get(question.code, [])
        return Margin(_said(question.text), rows, own)

    def clean(self) -> dict[str, Any]:
        """What `surveys.weighting` refuses is shown beside the field it names."""
        cleaned = super().clean() or self.cleaned_data
        self.of_questions: dict[str, list[str]] = {}
        if self.errors:
            return cleaned
        version = self.survey.current_version
        try:
            self.stated = weighting.read(self._given(cleaned), version.content if version else None)
        except weighting.WeightingRefused as refused:
            for place, problem in refused.problems.items():
                self._show(place, problem)
        return cleaned

    def _given(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        margins = {}
        for question in self.questions:
            numbers = {one.code: cleaned.get(_name(question.code, one.code)) for one in question.options}
            margins[question.code] = {code: given for code, given in numbers.items() if given is not None}
        bounds = {"least": cleaned.get("least"), "largest": cleaned.get("largest")}
        return {
            "unit": cleaned["unit"],
            "margins": margins,
            "trim": bounds if cleaned["is_trimmed"] else None,
        }

    def _show(self, place: str, problem: str) -> None:
        """At the option's or bound's field; what is wrong with a whole question, at its first option."""
        _whole, _, rest = place.partition(".")
        question, _, option = rest.partition(".")
        if place.startswith("margins.") and not option:
            self.of_questions.setdefault(question, []).append(problem)
            self.add_error(None, f"{self._text_of(question)}: {problem}")
        else:
            self.add_error(_name(question, option) if option else rest or place, problem)

    def _text_of(self, code: str) -> str:
        return next((_said(one.text) for one in self.questions if one.code == code), code)


def _name(question: str, option: str) -> str:
    return f"{question}:{option}"


def _said(texts: Mapping[str, str]) -> str:
    return texts.get(get_language() or "en") or next(iter(texts.values()), "")
