"""How often a member gets a digest."""

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from indices.models import Digest


class DigestForm(forms.ModelForm):
    weekday = forms.TypedChoiceField(
        label=_("Day of the week"),
        coerce=int,
        choices=tuple(WEEKDAYS.items()),
        help_text=_("Of a weekly one; it comes in the morning, in the organisation's time zone."),
    )

    class Meta:
        model = Digest
        fields = ("every", "weekday")
