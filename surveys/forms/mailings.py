"""Writing an invitation: for every language of the survey a subject and a text."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from surveys.contacts.choosing import suggested as columns_of
from surveys.contacts.rows import LONGEST_OPTION, SEGMENT
from surveys.forms.links import new_order
from surveys.forms.words import LONGEST_CHOICE
from surveys.mailings import wording
from surveys.mailings.carrying import column_of
from surveys.mailings.planning import Plan, languages_of, suggested, suggested_reminder
from surveys.mailings.rating import ratings_of
from surveys.models import Survey
from surveys.models.mailing import LARGEST_SAMPLE, LONGEST_WAIT, MOST_REMINDERS
from surveys.words.shortening import shortened

GROUPS = [
    (_("To whom"), ("segment", "option", "sample_size", "also_invited_before")),
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
        help_text=_("Only to those who have not handed in."),
    )  # fmt: skip
    remind_after_days = forms.IntegerField(
        label=_("Days until a reminder"), min_value=1, max_value=LONGEST_WAIT, initial=7
    )
    segment = forms.RegexField(
        "^" + SEGMENT.pattern + r"\Z", label=_("Only contacts whose segment"), required=False, max_length=40,
        help_text=_("The name of a column, such as region; left empty, all contacts."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "list": "segments"}),
    )  # fmt: skip
    rating = forms.ChoiceField(
        label=_("A rating in the mail"), required=False,
        help_text=_(
            "One of the ratings on the first page, answered by one click. It stands before the paragraph "
            "with {link}, or where you write {rating}; it may take the place of {link}. What is clicked "
            "counts when it is confirmed on the page."
        ),
    )  # fmt: skip
    option = forms.CharField(
        label=_("has the value"), required=False, max_length=LONGEST_OPTION,
        widget=forms.TextInput(attrs={"list": "options"}),
    )  # fmt: skip
    sample_size = forms.IntegerField(
        label=_("Only a random sample of so many"), required=False, min_value=1, max_value=LARGEST_SAMPLE,
        help_text=_(
            "Drawn when the invitations go out, from those who may be invited then; left empty, everybody."
        ),
    )  # fmt: skip
    also_invited_before = forms.BooleanField(
        label=_("Also who was invited to this survey before"), required=False,
        help_text=_("For surveys that ask the same people again, such as every quarter."),
    )  # fmt: skip
    order = forms.CharField(required=False, max_length=64, initial=new_order, widget=forms.HiddenInput)

    def __init__(self, *args: Any, survey: Survey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.languages = languages_of(survey)
        rating: Any = self.fields["rating"]
        rating.choices = [("", _("none")), *_offered(survey)]
        self.columns: list[str] = []
        self._add_columns(survey)
        for code in self.languages:
            self._add_text(code, "", suggested(code), _("Subject (%s)"), _("Text (%s)"))
        for code in self.languages:
            labels = _("Subject of a reminder (%s)"), _("Text of a reminder (%s)")
            self._add_text(code, "reminder_", suggested_reminder(code), *labels)

    def _add_columns(self, survey: Survey) -> None:
        """For each segment question a field for the contacts' column that answers it."""
        version = survey.current_version
        there = columns_of(survey.organisation)
        for one in version.content.segments if version else ():
            text = one.text.get(get_language() or "") or next(iter(one.text.values()))
            self.fields[f"column_{one.code}"] = forms.RegexField(
                "^" + SEGMENT.pattern + r"\Z", label=_("“%s” is known from the contacts' column") % text,
                required=False, max_length=40, initial=column_of(one, there),
                help_text=_("For those who do not say it themselves; left empty, it is not carried."),
                widget=forms.TextInput(
                    attrs={"autocapitalize": "none", "spellcheck": "false", "list": "segments"}
                ),
            )  # fmt: skip
            self.columns.append(one.code)

    def _add_text(self, code: str, kind: str, initial: Mapping[str, str], *labels: Any) -> None:
        name = dict(settings.LANGUAGES)[code]
        subject = forms.CharField(
            label=labels[0] % name,
            required=False,
            initial=initial["subject"],
            max_length=wording.LONGEST_SUBJECT,
        )
        body = forms.CharField(
            label=labels[1] % name,
            required=False,
            initial=initial["body"],
            max_length=wording.LONGEST_BODY,
            widget=forms.Textarea(attrs={"rows": 12}),
        )
        self.fields |= {f"{kind}subject_{code}": subject, f"{kind}body_{code}": body}

    @property
    def reminder_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("reminder_")]

    @property
    def is_reminder_wrong(self) -> bool:
        return any(field.errors for field in self.reminder_fields)

    def _texts(self, kind: str = "") -> dict[str, dict[str, str]]:
        """A language is left out where neither its subject nor its text is written. A rating that is chosen
        stands in every text."""
        said = self.cleaned_data
        put_in = wording.with_rating if said["rating"] else str
        written = {
            code: {"subject": said[f"{kind}subject_{code}"], "body": put_in(said[f"{kind}body_{code}"])}
            for code in self.languages
        }
        return {code: text for code, text in written.items() if text["subject"] or text["body"]}

    def plan(self) -> Plan:
        """Texts of reminders count where there are some, and of the languages that are invited in."""
        said, texts = self.cleaned_data, self._texts()
        reminders = self._texts("reminder_") if said["most_reminders"] else {}
        return Plan(
            texts,
            said["send_at"] or timezone.now(),
            said["remind_after_days"],
            said["most_reminders"],
            segment=said["segment"],
            option=said["option"],
            sample_size=said["sample_size"] or 0,
            also_invited_before=said["also_invited_before"],
            key=said["order"],
            reminder_texts={code: text for code, text in reminders.items() if code in texts},
            rating=said["rating"],
            columns={code: said[f"column_{code}"] for code in self.columns},
        )

    @property
    def rating_shown(self) -> str:
        """The question that stands in the mail; empty for none."""
        offered: Any = self.fields["rating"]
        said = self.cleaned_data["rating"]
        return str(dict(offered.choices)[said]) if said else ""

    @property
    def digest(self) -> str:
        """Of all that is said in it: the same only where nothing was changed."""
        said = json.dumps(self.cleaned_data, sort_keys=True, default=str)
        return hashlib.sha256(said.encode()).hexdigest()

    def refuse(self, problems: list[tuple[str, str]]) -> None:
        for field, reason in problems:
            kind, _dot, place = field.partition("texts.")
            code, _dot, part = place.partition(".")
            name = f"{kind}{part}_{code}" if part else field.replace("columns.", "column_")
            self.add_error(name if name in self.fields else None, reason)

    def texts(self) -> list[tuple[str, str, list[forms.BoundField], bool]]:
        """For each language its code, name and fields, and whether they are shown at once: the first,
        and where something is wrong."""
        names, first = dict(settings.LANGUAGES), self.languages[:1]
        fields = {code: [self[f"subject_{code}"], self[f"body_{code}"]] for code in self.languages}
        return [
            (code, names[code], own, code in first or any(one.errors for one in own))
            for code, own in fields.items()
        ]

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """What is not about the text: under what it says, in the order in which one thinks of it."""
        first, *others = [(str(title), [self[name] for name in names]) for title, names in GROUPS]
        columns = [self[f"column_{code}"] for code in self.columns]
        known = [(str(_("What is known of them")), columns)] if columns else []
        return [first, *known, *others]


def _offered(survey: Survey) -> Iterator[tuple[str, str]]:
    for code, question in ratings_of(survey, get_language() or "").items():
        yield code, shortened(question.text, LONGEST_CHOICE)
