"""Making a channel, naming it anew, and which pages may show the questionnaire in a frame."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy

from surveys.channels import embedding, keeping
from surveys.models import Channel, Survey
from surveys.weighting import segment_questions

PREFIX = "segment_"


class ChannelForm(forms.Form):
    """A field for each segment question: what is known of everybody who comes from there."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        help_text=gettext_lazy(
            "Such as “Counter, Main Street” or “Receipt”. It stands small at the foot of the printed poster; "
            "the questionnaire does not show it."
        ),
    )

    def __init__(self, data: Any, survey: Survey) -> None:
        super().__init__(data)
        self.survey = survey
        for question in segment_questions(survey):
            options = [(option.code, _said(option.text)) for option in question.options]
            self.fields[PREFIX + question.code] = forms.ChoiceField(
                label=_said(question.text),
                choices=[("", gettext_lazy("not known")), *options],
                required=False,
            )

    def made(self) -> Channel | None:
        """The new channel; None, with the errors told, where it was refused."""
        given = {
            name.removeprefix(PREFIX): option
            for name, option in self.cleaned_data.items()
            if name.startswith(PREFIX) and option
        }
        try:
            return keeping.make(self.survey, self.cleaned_data["name"], given)
        except keeping.ChannelRefused as refused:
            for field, problem in refused.problems.items():
                self.add_error(field if field in self.fields else None, problem)
            return None


class EachForm(forms.Form):
    question = forms.ChoiceField(label=gettext_lazy("For each option of"))

    def __init__(self, data: Any, survey: Survey) -> None:
        super().__init__(data)
        self.survey = survey
        question: Any = self.fields["question"]
        question.choices = [(one.code, _said(one.text)) for one in segment_questions(survey)]

    def made(self) -> int | None:
        """How many new channels; None, with the error told, where it was refused."""
        try:
            return keeping.make_each(self.survey, self.cleaned_data["question"])
        except keeping.ChannelRefused as refused:
            self.add_error("question", str(refused))
            return None


class NameForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)


class OriginsForm(forms.Form):
    origins = forms.CharField(
        label=gettext_lazy("Pages that may show the questionnaire"),
        required=False,
        max_length=embedding.MOST_ORIGINS * embedding.LONGEST,
        widget=forms.Textarea({"rows": 3, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One a line, such as https://www.example.com, without a path. No other page can frame it."
        ),
    )

    def clean_origins(self) -> list[str]:
        try:
            return embedding.origins_of(self.cleaned_data["origins"].split())
        except embedding.OriginRefused as refused:
            raise ValidationError(str(refused)) from None


def segment_words(survey: Survey) -> dict[str, dict[str, str]]:
    """What segment questions' options are called in the reader's language, by question and option."""
    return {
        question.code: {option.code: _said(option.text) for option in question.options}
        for question in segment_questions(survey)
    }


def _said(texts: Mapping[str, str]) -> str:
    return texts.get(get_language() or "en") or next(iter(texts.values()), "")
