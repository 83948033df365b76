"""What the texts that belong to a whole survey are called, wherever somebody reads of them."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

LANGUAGES: dict[str, str] = dict(settings.LANGUAGES)
WORDS: dict[str, Any] = {"company": _("The company's name"), "category": _("What it provides")}
SAYINGS: dict[str, Any] = {
    "consent": _("What respondents must agree to first"),
    "thanks": _("A word of your own at the end"),
}


def in_language(label: Any, language: str) -> str:
    return f"{label} ({LANGUAGES.get(language, language)})"
