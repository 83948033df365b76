"""What several models share: unguessable ids, time zones, and choices the database itself holds to."""

import secrets
import string
import zoneinfo

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

LETTERS = string.ascii_letters + string.digits


def public_id() -> str:
    """22 random characters (over 128 bits), safe in an address, that cannot be counted through or guessed.

    The first is a letter or digit: on a command line a leading hyphen would make the id an option.
    """
    return secrets.choice(LETTERS) + "".join(secrets.choice(LETTERS + "-_") for _ in range(21))


def check_time_zone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(_("Unknown time zone. A valid one is, for example, Asia/Taipei."))


def only_choices(field: str, choices: type[models.TextChoices], name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": choices.values}), name=name)
