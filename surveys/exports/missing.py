"""Why there is no answer: five kinds, each with a word and a number of its own that no answer is.

In tables the words stand in square brackets, which no option's code has, and which a spreadsheet takes for
no number. Files for SPSS have numbers, declared as missing.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from surveys.questionnaire.conditions import DONT_KNOW, HIDDEN, NOT_APPLICABLE

NOT_ASKED = ""  # what stands for an answer that is not there at all
KINDS: Mapping[Any, str] = {
    None: "[skipped]",
    DONT_KNOW: "[dont_know]",
    NOT_APPLICABLE: "[not_applicable]",
    HIDDEN: "[not_shown]",
    NOT_ASKED: "[not_asked]",
}
# The first that lies below every answer of the variable; the last below any number that is taken.
STARTS = (-91, -991, -9_000_000_000_000_091)


def numbers(lowest: float | None) -> dict[Any, int]:
    """The number of each kind, for a variable with answers from `lowest` on; None where there is no bound."""
    start = next(one for one in STARTS if one is STARTS[-1] or (lowest is not None and lowest > one))
    return {kind: start - place for place, kind in enumerate(KINDS)}


def in_words() -> dict[Any, str]:
    """Each kind in the language that is active."""
    return {
        None: _("skipped"),
        DONT_KNOW: _("don't know"),
        NOT_APPLICABLE: _("not applicable"),
        HIDDEN: _("not shown"),
        NOT_ASKED: _("not asked"),
    }
