"""Look up a question's answer by its code, which holds a dot and so cannot stand in a template variable."""

from collections.abc import Mapping

from django import template

register = template.Library()


@register.simple_tag
def chosen_of(answers: Mapping[str, str], code: str) -> str:
    return answers.get(code, "")
