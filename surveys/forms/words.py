"""Choosing comments, by what the survey has."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from surveys.forms.responses import segment_labels
from surveys.models import Survey
from surveys.words.comments import LONGEST_SEARCH, Filter
from surveys.words.scores import GROUPS, Rating, open_questions, ratings_of
from surveys.words.shortening import shortened

LONGEST_CHOICE = 80  # characters of a question in a list of them
OF_VIEWERS = {"search", "period"}


class WordsForm(forms.Form):
    """Which comments are shown. What the survey does not have is no valid choice."""

    search = forms.CharField(label=_("Search"), required=False, max_length=LONGEST_SEARCH)
    question = forms.ChoiceField(label=_("Question"), required=False)
    period: Any = forms.ModelChoiceField(
        label=_("Period"), required=False, queryset=None, to_field_name="public_id", empty_label=_("all")
    )
    segment = forms.ChoiceField(label=_("Segment"), required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)
    rating = forms.ChoiceField(label=_("Rating"), required=False)
    group = forms.ChoiceField(
        label=pgettext_lazy("of scores", "Group"), required=False, choices=[("", _("all")), *GROUPS.items()]
    )

    def __init__(self, data: Any, survey: Survey, language: str) -> None:
        super().__init__(data, auto_id="choose_%s")
        self.survey = survey
        self.questions = open_questions(survey, language)
        self.ratings: Mapping[str, Rating] = ratings_of(survey, language)
        self.segments = segment_labels(survey, language)
        periods: Any = self.fields["period"]
        periods.queryset = survey.periods.order_by("-first_day", "-pk")
        self._offer(
            "question", {code: shortened(text, LONGEST_CHOICE) for code, text in self.questions.items()}
        )
        self._offer("segment", self.segments)
        self._offer("language", {code: dict(settings.LANGUAGES).get(code, code) for code in survey.languages})
        self._offer(
            "rating",
            {code: shortened(one.text, LONGEST_CHOICE) for code, one in self.ratings.items()},
            any_too=False,
        )
        if not self.ratings:
            del self.fields["group"]
        elif survey.privacy == Survey.Privacy.ANONYMOUS:
            del self.fields["rating"]  # several of them, each asked for, would make up a whole response

    def _offer(self, name: str, choices: Mapping[str, str], any_too: bool = True) -> None:
        """One with nothing to choose is not asked."""
        if not choices:
            del self.fields[name]
            return
        field: Any = self.fields[name]
        field.choices = [("", _("all")), *choices.items()] if any_too else list(choices.items())

    def shown(self, may_edit: bool) -> list[forms.BoundField]:
        """The fields that the reader may use."""
        kept_apart = {"segment", "language"} if self.survey.privacy == Survey.Privacy.ANONYMOUS else set()
        mine = set(self.fields) - kept_apart if may_edit else OF_VIEWERS
        return [field for field in self if field.name in mine]

    def chosen(self) -> Filter:
        given = dict(self.cleaned_data)
        code = given.pop("rating", "")
        usual = next(iter(self.ratings.values()), None)
        return Filter(rating=self.ratings.get(code, usual), **given)
