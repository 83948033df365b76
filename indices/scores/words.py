"""What scores, classes and what is left out of them are called in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from indices.numbers import rounded

OVERALL: Mapping[tuple[str, str], Any] = {
    ("servqual", "unweighted"): gettext_lazy("Overall gap"),
    ("servqual", "weighted"): gettext_lazy("Overall gap, weighted"),
    ("servperf", "unweighted"): gettext_lazy("Overall perception"),
    ("servperf", "weighted"): gettext_lazy("Overall perception, weighted"),
    ("servqual_zone", "msa"): gettext_lazy("Above the lowest acceptable"),
    ("servqual_zone", "mss"): gettext_lazy("Against the desired"),
}
PARTS: Mapping[str, Any] = {
    "gap": "%s",
    "perception": "%s",
    "msa": gettext_lazy("%s: above the lowest acceptable"),
    "mss": gettext_lazy("%s: against the desired"),
    "better": gettext_lazy("%s: better with it"),
    "worse": gettext_lazy("%s: worse without it"),
}
CATEGORIES: Mapping[str, Any] = {
    "M": gettext_lazy("Must-be"),
    "O": gettext_lazy("One-dimensional"),
    "A": gettext_lazy("Attractive"),
    "I": gettext_lazy("Indifferent"),
    "R": gettext_lazy("Reverse"),
    "Q": gettext_lazy("Questionable"),
}
REASONS = ("skipped", "dont_know", "not_applicable", "not_shown", "not_asked")
ISSUES: Mapping[str, Any] = {
    "points_left_out": gettext_lazy(
        "The points of %(count)s respondents do not sum to 100; they are in no weighted figure."
    ),
    "inconsistent": gettext_lazy(
        "%(count)s answers of %(respondents)s respondents name a lowest acceptable level above the desired "
        "one; they are kept and never lie in the zone."
    ),
}


def score_name(code: str, kind: str, constructs: Mapping[str, str], items: Mapping[str, str]) -> str:
    """The name of a score: of its construct, its dimension, its statement or its feature."""
    if code in constructs:
        return constructs[code]
    if said := OVERALL.get((kind, code)):
        return str(said)
    if code == "answer.mean":
        return _("Mean of the answers")
    part, _dot, of = code.partition(".")
    name = constructs.get(of) or items.get(f"p{of}") or of
    return str(PARTS[part]) % name if part in PARTS else code


def category_name(letter: str) -> str:
    return str(CATEGORIES[letter])


def combined_name(letters: str) -> str:
    """Two classes that cannot be told apart."""
    first, second = letters.split("/")
    return _("%(first)s or %(second)s") % {"first": category_name(first), "second": category_name(second)}


def issue_sentence(code: str, params: Mapping[str, Any]) -> str:
    return str(ISSUES[code]) % params


def reason_sentences(reasons: Mapping[str, int]) -> list[str]:
    """Why there is no number, each reason with how often."""
    n = {name: reasons.get(name, 0) for name in REASONS}
    said = {
        "skipped": ngettext("%d skipped the question.", "%d skipped the question.", n["skipped"]),
        "dont_know": ngettext("%d did not know.", "%d did not know.", n["dont_know"]),
        "not_applicable": ngettext("To %d it did not apply.", "To %d it did not apply.", n["not_applicable"]),
        "not_shown": ngettext("%d was not shown it.", "%d were not shown it.", n["not_shown"]),
        "not_asked": ngettext("%d was not asked.", "%d were not asked.", n["not_asked"]),
    }
    return [text % n[name] for name, text in said.items() if n[name]]


def range_of(least: float, most: float) -> str:
    return _("from %(least)s to %(most)s") % {"least": rounded(least, 0), "most": rounded(most, 0)}
