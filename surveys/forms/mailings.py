"""Writing an invitation: for every language of the survey a subject and a text."""

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from surveys.contacts.rows import LONGEST_OPTION, SEGMENT
from surveys.forms.links import new_order
from surveys.mailings import wording
from surveys.mailings.planning import Plan, languages_of, suggested
from surveys.models import Survey
from surveys.models.mailing import LARGEST_SAMPLE, LONGEST_WAIT, MOST_REMINDERS


class MailingForm(forms.Form):
    send_at = forms.DateTimeField(
        label=_("Send at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        help_text=_("In your organisation's time zone; left empty, now."),
    )
    most_reminders = forms.IntegerField(
        label=_("Reminders, at most"), min_value=0, max_value=MOST_REMINDERS, initial=0,
        help_text=_("Only to those who have not handed in. The same text is sent again."),
    )  # fmt: skip
    remind_after_days = forms.IntegerField(
        label=_("Days until a reminder"), min_value=1, max_value=LONGEST_WAIT, initial=7
    )
    segment = forms.RegexField(
        SEGMENT.pattern + r"\Z", label=_("Only contacts whose segment"), required=False, max_length=40,
        help_text=_("The name of a column, such as region; left empty, all contacts."),
    )  # fmt: skip
    option = forms.CharField(label=_("has the value"), required=False, max_length=LONGEST_OPTION)
    sample_size = forms.IntegerField(
        label=_("Only a random sample of so many"), required=False, min_value=1, max_value=LARGEST_SAMPLE,
        help_text=_(
            "Drawn when the invitations go out, from those who may be invited then; left empty, everybody."
        ),
    )  # fmt: skip
    order = forms.CharField(required=False, max_length=64, initial=new_order, widget=forms.HiddenInput)

    def __init__(self, *args: Any, survey: Survey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.languages = languages_of(survey)
        names = dict(settings.LANGUAGES)
        for code in self.languages:
            text = suggested(code)
            subject = forms.CharField(
                label=_("Subject (%s)") % names[code],
                required=False,
                initial=text["subject"],
                max_length=wording.LONGEST_SUBJECT,
            )
            body = forms.CharField(
                label=_("Text (%s)") % names[code],
                required=False,
                initial=text["body"],
                max_length=wording.LONGEST_BODY,
                widget=forms.Textarea(attrs={"rows": 12}),
            )
            self.fields |= {f"subject_{code}": subject, f"body_{code}": body}

    def plan(self) -> Plan:
        """A language is left out where neither its subject nor its text is written."""
        said = self.cleaned_data
        texts = {
            code: {"subject": said[f"subject_{code}"], "body": said[f"body_{code}"]}
            for code in self.languages
            if said[f"subject_{code}"] or said[f"body_{code}"]
        }
        at: datetime = said["send_at"] or timezone.now()
        return Plan(
            texts,
            at,
            said["remind_after_days"],
            said["most_reminders"],
            segment=said["segment"],
            option=said["option"],
            sample_size=said["sample_size"] or 0,
            key=said["order"],
        )

    def refuse(self, problems: list[tuple[str, str]]) -> None:
        for field, reason in problems:
            _texts, _dot, place = field.partition("texts.")
            code, _dot, part = place.partition(".")
            name = f"{part}_{code}" if part else field
            self.add_error(name if name in self.fields else None, reason)
