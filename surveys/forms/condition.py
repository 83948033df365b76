"""When a page or question is shown: which earlier question, then what its answer must be."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys.questionnaire.conditions import Condition
from surveys.questionnaire.questions import Question

OPERATORS = {
    "is": gettext_lazy("is one of the answers marked below"),
    "is_not": gettext_lazy("is none of the answers marked below"),
    "at_least": gettext_lazy("is at least this number"),
    "at_most": gettext_lazy("is at most this number"),
    "answered": gettext_lazy("was given, whatever it is"),
}
BOUNDS = {"at_least", "at_most"}


def operators(question: Question) -> list[str]:
    """What can be asked of the answers to a question."""
    listed = ["is", "is_not"] if question.choices else []
    bounds = ["at_least", "at_most"] if question.kind in {"scale", "number", "points"} else []
    return [*listed, *bounds, "answered"]


class EarlierForm(forms.Form):
    """Which earlier question the condition looks back to."""

    question = forms.ChoiceField(label=gettext_lazy("Earlier question"))

    def __init__(self, data: Any = None, *, earlier: Sequence[tuple[str, list[Question]]]) -> None:
        super().__init__(data)
        field = self.fields["question"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  declared above
        field.choices = [(name, [(one.code, one.text) for one in asked]) for name, asked in earlier]


class ConditionForm(forms.Form):
    """What the answer must be."""

    operator = forms.ChoiceField(label=gettext_lazy("Shown if the answer"), widget=forms.RadioSelect)
    values = forms.MultipleChoiceField(
        label=gettext_lazy("Answers"), required=False, widget=forms.CheckboxSelectMultiple
    )
    number = forms.DecimalField(
        label=gettext_lazy("Number"), required=False, max_digits=18, decimal_places=6, localize=False
    )

    def __init__(self, data: Any = None, *, question: Question) -> None:
        super().__init__(data)
        self.question = question
        offered = operators(question)
        for name, choices in (
            ("operator", [(one, OPERATORS[one]) for one in offered]),
            ("values", [(choice.value, choice.label) for choice in question.choices]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101  declared above
            field.choices = choices
        self.fields["operator"].initial = offered[0]
        if "is" not in offered:
            del self.fields["values"]
        if not BOUNDS & set(offered):
            del self.fields["number"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        operator = cleaned.get("operator")
        if operator in {"is", "is_not"} and not self.errors and not cleaned.get("values"):
            self.add_error("values", _("Mark at least one answer."))
        if operator in BOUNDS and not self.errors and cleaned.get("number") is None:
            self.add_error("number", _("Give the number."))
        return cleaned

    def condition(self) -> Condition:
        operator = self.cleaned_data["operator"]
        values: list[str | int | float] = []
        if operator in {"is", "is_not"}:
            is_scale = self.question.kind == "scale"
            values = [int(value) if is_scale else value for value in self.cleaned_data["values"]]
        if operator in BOUNDS:
            number = self.cleaned_data["number"]
            values = [int(number) if number == int(number) else float(number)]
        return Condition(self.question.code, operator, tuple(values))
