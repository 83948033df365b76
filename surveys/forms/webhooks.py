"""An address that is told of a survey, and of what."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from surveys.models import Survey, Webhook
from surveys.outgoing.addresses import LONGEST

HELP = {
    Survey.Privacy.ANONYMOUS: gettext_lazy(
        "The survey is anonymous: each morning it is told how many responses were finished on the day "
        "before, and nothing of a single one."
    ),
    Survey.Privacy.CONFIDENTIAL: gettext_lazy(
        "A finished response is told at once, with its id and where to read it, but without its answers."
    ),
}


class EventsForm(forms.Form):
    events = forms.MultipleChoiceField(
        label=gettext_lazy("Tell of"),
        choices=Webhook.Event.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any, survey: Survey, **more: Any) -> None:
        super().__init__(data, **more)
        self.fields["events"].help_text = HELP[Survey.Privacy(survey.privacy)]


class WebhookForm(EventsForm):
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=LONGEST,
        help_text=gettext_lazy("Such as https://crm.example.com/hooks/barometer."),
    )
    field_order = ("url", "events")
