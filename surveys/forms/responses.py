"""Choosing responses from the list, and leaving some of them out."""

from collections.abc import Iterator
from operator import itemgetter
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from surveys.channels.telling import told_channels
from surveys.models import Survey
from surveys.responses.carelessness import FLAGS
from surveys.responses.listing import COUNTED, FLAGGED, LEFT_OUT, Choice

LONGEST_REASON = 500


class ChoiceForm(forms.Form):
    """Which responses are listed. What the survey does not have is no valid choice."""

    flag = forms.ChoiceField(
        label=_("Flag"),
        required=False,
        choices=[("", _("all")), (FLAGGED, _("with any flag")), *FLAGS.items()],
    )
    period: Any = forms.ModelChoiceField(
        label=_("Period"), required=False, queryset=None, to_field_name="public_id", empty_label=_("all")
    )
    segment = forms.ChoiceField(label=_("Segment"), required=False)
    channel = forms.ChoiceField(label=_("Channel"), required=False)
    status = forms.ChoiceField(
        label=_("In the indices"),
        required=False,
        choices=[("", _("all")), (COUNTED, _("counted")), (LEFT_OUT, _("left out"))],
    )

    def __init__(self, data: Any, survey: Survey, language: str) -> None:
        super().__init__(data, auto_id="choose_%s")
        periods: Any = self.fields["period"]
        periods.queryset = survey.periods.order_by("first_day", "pk")
        segments = segment_labels(survey, language)
        segment: Any = self.fields["segment"]
        segment.choices = [("", _("all")), *segments.items()]
        if not segments:
            del self.fields["segment"]
        # As with answers one by one: by a channel of few nobody can be picked out.
        self.channels = {one.public_id: one for one in told_channels(survey).values()}
        channel: Any = self.fields["channel"]
        channel.choices = [("", _("all")), *sorted(self._names(), key=itemgetter(1))]
        if not self.channels:
            del self.fields["channel"]

    def _names(self) -> Iterator[tuple[str, str]]:
        return ((public_id, one.name) for public_id, one in self.channels.items())

    def choice(self) -> Choice:
        said = self.cleaned_data
        return Choice(**{**said, "channel": self.channels.get(said.get("channel", ""))})


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It is kept with the response and your name."),
    )


def segment_labels(survey: Survey, language: str) -> dict[str, str]:
    """`question:option` of the newest version, each with its label."""
    version = survey.current_version
    return {
        f"{question.code}:{option.code}": option.text.get(language) or next(iter(option.text.values()))
        for question in (version.content.segments if version else ())
        for option in question.options
    }
