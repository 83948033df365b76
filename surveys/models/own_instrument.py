"""Instruments that an organisation brought itself."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from surveys.models.accounts import Organisation, User


class OwnInstrument(models.Model):
    """An instrument file of an organisation; as good as a built-in. Versions keep the text they used."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="instruments")
    instrument_id = models.CharField(max_length=40)
    text = models.TextField()
    uploaded_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "instrument_id"], name="own_instrument_once"),
        ]

    def __str__(self) -> str:
        return self.instrument_id
