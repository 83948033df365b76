"""Fields and bodies that several addresses of the API share."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework import serializers

from surveys import years

LANGUAGES = [code for code, _name in settings.LANGUAGES]
PLACEHOLDER = re.compile(r"[a-z_]{1,40}")
AnyDay = TypeVar("AnyDay", bound=date)
MOST_NAMED = 20  # unknown fields that one refusal names, however many were sent


class OnlyKnown(serializers.Serializer[Any]):
    """A body in which a field that nobody reads is a mistake: whoever sent it expected something of it.

    What can be read but not set is passed over, so that an answer may be changed and sent back.
    """

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := [name for name in data if name not in self.fields]):
            known = ", ".join(name for name, field in self.fields.items() if not field.read_only)
            problem = _("is not known here; known are: %s") % known
            raise serializers.ValidationError({name: [problem] for name in unknown[:MOST_NAMED]})
        return super().to_internal_value(data)


class ChosenKey(serializers.RegexField):
    """What a program chooses to name one thing that it asks for, so that it may ask again."""

    def __init__(self, **more: Any) -> None:
        super().__init__(r"\A[A-Za-z0-9_-]{16,64}\Z", trim_whitespace=False, **more)


class Day(serializers.DateField):
    """A day that no time zone moves beyond the calendar."""

    def to_internal_value(self, value: Any) -> date:
        return _within(super().to_internal_value(value))


class Moment(serializers.DateTimeField):
    """A time; without a zone it is UTC."""

    def to_internal_value(self, value: Any) -> datetime:
        return _within(super().to_internal_value(value))


def _within(day: AnyDay) -> AnyDay:
    if problem := years.problem_of(day):
        raise serializers.ValidationError(problem)
    return day


class Texts(serializers.DictField):
    """A text for each language: `{"en": ..., "zh-hant": ...}`."""

    def __init__(self, longest: int, **more: Any) -> None:
        super().__init__(child=serializers.CharField(max_length=longest, allow_blank=True), **more)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        texts: dict[str, str] = super().to_internal_value(data)
        if unknown := [code for code in texts if code not in LANGUAGES]:
            problem = _("must be one of: %s") % ", ".join(LANGUAGES)
            raise serializers.ValidationError({code: [problem] for code in unknown[:MOST_NAMED]})
        return texts


class Words(serializers.DictField):
    """What fills the placeholders in the instruments' texts: `{"company": {"en": "Acme"}}`."""

    def __init__(self, **more: Any) -> None:
        super().__init__(child=Texts(80), **more)

    def to_internal_value(self, data: Any) -> dict[str, dict[str, str]]:
        words: dict[str, dict[str, str]] = super().to_internal_value(data)
        if strange := [name for name in words if not PLACEHOLDER.fullmatch(name)]:
            problem = _("is not the name of a placeholder, which has small letters and _ only")
            raise serializers.ValidationError({name: [problem] for name in strange[:MOST_NAMED]})
        return words
