"""Writing an invitation: for every language of the survey a subject and a text."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from surveys.contacts.rows import LONGEST_OPTION, SEGMENT
from surveys.forms.links import new_order
from surveys.forms.words import LONGEST_CHOICE
from surveys.mailings import wording
from surveys.mailings.planning import Plan, languages_of, suggested
from surveys.mailings.rating import ratings_of
from surveys.models import Survey
from surveys.models.mailing import LONGEST_WAIT, MOST_REMINDERS
from surveys.words.shortening import shortened

GROUPS = [
    (_("To whom"), ("segment", "option", "sample_size")),
    (_("When"), ("send_at",)),
    (_("Reminders"), ("most_reminders", "remind_after_days")),
]


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
    rating = forms.ChoiceField(
        label=_("A rating in the mail"), required=False,
        help_text=_(
            "One of the ratings on the first page, answered by one click. Write {rating} where it is to "
            "stand; it may take the place of {link}. What is clicked counts when it is confirmed on the page."
        ),
    )  # fmt: skip
    order = forms.CharField(required=False, max_length=64, initial=new_order, widget=forms.HiddenInput)
    option = forms.CharField(label=_("has the value"), required=False, max_length=LONGEST_OPTION)

    def __init__(self, *args: Any, survey: Survey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.languages = languages_of(survey)
        names = dict(settings.LANGUAGES)
        rating: Any = self.fields["rating"]
        rating.choices = [("", _("none")), *_offered(survey)]
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
            said["segment"],
            said["option"],
            said["order"],
            said["rating"],
        )

    def refuse(self, problems: list[tuple[str, str]]) -> None:
        for field, reason in problems:
            _texts, _dot, place = field.partition("texts.")
            code, _dot, part = place.partition(".")
            name = f"{part}_{code}" if part else field
            self.add_error(name if name in self.fields else None, reason)

    def texts(self) -> list[tuple[str, str, list[forms.BoundField], bool]]:
        """For each language its code, name and fields, and whether they are shown at once: the first,
        and where something is wrong."""
        names, first = dict(settings.LANGUAGES), self.languages[:1]
        fields = {
            code: [self[name] for name in self.fields if name.endswith(f"_{code}")] for code in self.languages
        }
        return [
            (code, names[code], own, code in first or any(one.errors for one in own))
            for code, own in fields.items()
        ]

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """What is not about the text: under what it says, in the order in which one thinks of it."""
        groups = [
            (str(title), [self[name] for name in names if name in self.fields]) for title, names in GROUPS
        ]
        placed = {"rating"} | {one.name for _title, fields in groups for one in fields}
        texts = {one.name for _code, _name, fields, _is_open in self.texts() for one in fields}
        rest = [one for one in self.visible_fields() if one.name not in placed | texts]
        return [*groups, (str(_("Further settings")), rest)] if rest else groups


def _offered(survey: Survey) -> Iterator[tuple[str, str]]:
    for code, question in ratings_of(survey, get_language() or "").items():
        yield code, shortened(question.text, LONGEST_CHOICE)
