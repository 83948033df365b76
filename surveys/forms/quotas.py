"""Making a quota, and changing how many it takes."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from surveys.models import Quota, Survey
from surveys.quotas import keeping
from surveys.quotas.wording import said
from surveys.weighting import segment_questions

PREFIX = "segment_"


def _most() -> forms.IntegerField:
    return forms.IntegerField(
        label=gettext_lazy("Finished answers at most"), min_value=1, max_value=keeping.LARGEST
    )


def _per() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=gettext_lazy("Counted"), choices=Quota.Per.choices, initial=Quota.Per.SURVEY
    )


class QuotaForm(forms.Form):
    """A field for each segment question: whom the quota is about."""

    most = _most()
    per = _per()

    def __init__(self, data: Any, survey: Survey) -> None:
        super().__init__(data)
        self.survey = survey
        for question in segment_questions(survey):
            options = [(option.code, said(option.text)) for option in question.options]
            self.fields[PREFIX + question.code] = forms.ChoiceField(
                label=said(question.text),
                choices=[("", gettext_lazy("anybody")), *options],
                required=False,
            )
        self.order_fields([*(name for name in self.fields if name.startswith(PREFIX)), "most", "per"])

    def made(self) -> Quota | None:
        """The new quota; None, with the errors told, where it was refused."""
        given = {
            name.removeprefix(PREFIX): option
            for name, option in self.cleaned_data.items()
            if name.startswith(PREFIX) and option
        }
        try:
            return keeping.make(self.survey, given, self.cleaned_data["most"], self.cleaned_data["per"])
        except keeping.QuotaRefused as refused:
            for field, problem in refused.problems.items():
                self.add_error(field if field in self.fields else None, problem)
            return None


class EachForm(forms.Form):
    question = forms.ChoiceField(label=gettext_lazy("The same number for each option of"))
    most = _most()
    per = _per()

    def __init__(self, data: Any, survey: Survey) -> None:
        super().__init__(data, auto_id="each_%s")
        self.survey = survey
        question: Any = self.fields["question"]
        question.choices = [(one.code, said(one.text)) for one in segment_questions(survey)]

    def made(self) -> int | None:
        """How many new quotas; None, with the errors told, where it was refused."""
        try:
            return keeping.make_each(self.survey, **self.cleaned_data)
        except keeping.QuotaRefused as refused:
            for field, problem in refused.problems.items():
                self.add_error(field, problem)
            return None


class MostForm(forms.Form):
    most = _most()
