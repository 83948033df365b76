"""What several models share: unguessable ids, time zones, and choices the database itself holds to."""

import secrets
import zoneinfo

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _


def public_id() -> str:
    """128 random bits, safe in an address: ids shown outside cannot be counted through or guessed."""
    return secrets.token_urlsafe(16)


def check_time_zone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(_("Unknown time zone. A valid one is, for example, Asia/Taipei."))


def only_choices(field: str, choices: type[models.TextChoices], name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": choices.values}), name=name)
