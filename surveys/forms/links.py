"""Making personal links."""

import secrets
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys.responses.invitations import MOST_AT_ONCE

LONGEST_ORDER = 40


def new_order() -> str:
    return secrets.token_urlsafe(16)


class LinksForm(forms.Form):
    """`order` names this making of links: the same form sent again makes, and shows, the same links."""

    count = forms.IntegerField(
        label=gettext_lazy("How many"), min_value=1, max_value=MOST_AT_ONCE, initial=100
    )
    last_day = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy(
            "The links work to the end of this day in your organisation's time zone; left empty, as long as "
            "the survey is open."
        ),
    )
    order = forms.CharField(required=False, initial=new_order, widget=forms.HiddenInput)

    def clean_last_day(self) -> date | None:
        day: date | None = self.cleaned_data["last_day"]
        if day and (day < timezone.localdate() or day.year > timezone.localdate().year + 10):
            raise ValidationError(_("Choose today or a later day, within ten years."))
        return day

    def clean_order(self) -> str:
        return self.cleaned_data["order"][:LONGEST_ORDER] or new_order()

    @property
    def expires_at(self) -> datetime | None:
        """Midnight after the last day, in the organisation's time zone."""
        day: Any = self.cleaned_data["last_day"]
        return timezone.make_aware(datetime.combine(day + timedelta(days=1), time())) if day else None
