"""What the pages for putting a questionnaire together look up by a name that stands in a variable."""

from collections.abc import Mapping
from typing import Any

from django import forms, template

register = template.Library()


@register.filter
def at(values: Mapping[str, Any], key: str) -> Any:
    return values.get(key, "")


@register.filter
def problems_of(form: forms.BaseForm, field: str) -> list[str]:
    """What keeps the draft from being published, for one field (see `surveys.forms.texts.mark`)."""
    problems: dict[str, list[str]] = form.problems  # type: ignore[attr-defined]
    return problems.get(field, [])
