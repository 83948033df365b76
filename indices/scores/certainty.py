"""How sure the figures of a score report are: on whom they rest, how wide they are, and what is left out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from indices.numbers import rounded
from indices.scores.report import ScoreReport
from indices.scores.words import REASONS, reason_sentences
from scoring.instrument.kinds import SINGLE

# How the intervals of each kind are made.
INTERVALS: Mapping[str, Any] = {
    "adjusted_wald": gettext_lazy("Adjusted Wald interval (Rocks 2016)."),
    "wilson": gettext_lazy("Wilson’s interval (1927)."),
    "student": gettext_lazy("Student’s interval of a mean."),
}
TABLES: Mapping[str, str] = {"berger": "Berger et al. 1993", "pouliot": "Pouliot 1993"}


@dataclass(frozen=True)
class Aspect:
    """One side of how sure the figures are."""

    name: str
    said: list[str]


@dataclass(frozen=True)
class Unanswered:
    """A question and why there is no number, reason by reason in the order of REASONS."""

    text: str
    counts: tuple[int, ...]


def aspects(report: ScoreReport) -> list[Aspect]:
    """Those of which there is something to say."""
    found = {
        _("Base"): _base(report),
        # xgettext:no-python-format
        _("Half the 95 % interval"): _precision(report),
        _("No answer"): _no_answer(report),
        _("Figures left out"): _not_shown(report),
        _("Method"): _method(report),
        _("Remarks"): report.remarks,
    }
    return [Aspect(name, said) for name, said in found.items() if said]


def unanswered(report: ScoreReport) -> list[Unanswered]:
    """Of an instrument of several questions those that somebody did not answer, in the order asked."""
    if report.kind in SINGLE:
        return []
    missing = report.stored.run.missing
    rows = [
        (text, tuple(missing.get(code, {}).get(one, 0) for one in REASONS))
        for code, text in report.item_texts.items()
    ]
    return [Unanswered(text, counts) for text, counts in rows if any(counts)]


def _base(report: ScoreReport) -> list[str]:
    n, used = report.stored.run.responses, report.used
    said = ngettext(
        "%(used)d of %(n)d finished answer counts.", "%(used)d of %(n)d finished answers count.", n
    )
    whole = [said % {"used": used, "n": n}]
    if report.kind in SINGLE:
        return whole
    return [*whole, _("Each figure rests on those who answered what it needs; its base n stands beside it.")]


def _precision(report: ScoreReport) -> list[str]:
    rows = [row for row in report.headline if row.shown and row.shown.low is not None]
    return [
        row.name + _(": ") + f"± {rounded((row.shown.high - row.shown.low) / 2, row.digits)}"
        for row in rows
        if row.shown and row.shown.low is not None and row.shown.high is not None
    ]


def _no_answer(report: ScoreReport) -> list[str]:
    """Of a single question each reason; of several how often each occurred in all."""
    if report.kind in SINGLE:
        return report.left_unanswered or [_("Everybody answered.")]
    rows = unanswered(report)
    if not rows:
        return [_("Every question was answered by everybody.")]
    totals = [sum(row.counts[place] for row in rows) for place in range(len(REASONS))]
    return [_("Over all questions:"), *reason_sentences(dict(zip(REASONS, totals, strict=True)))]


def _not_shown(report: ScoreReport) -> list[str]:
    statements = report.item_rows if report.instrument.columns else []
    rows = [*report.dimension_rows, *statements, *report.feature_rows]
    names = [str(row["name"]) for row in rows if row.get("is_small")]
    least = report.least_base
    said = ngettext(
        "Figures from fewer than %d answer are not shown.",
        "Figures from fewer than %d answers are not shown.",
        least,
    )
    return [said % least, *([_("Here that is: %s.") % _listed(names)] if names else [])]


def _method(report: ScoreReport) -> list[str]:
    settings = report.stored.run.settings
    said = [str(INTERVALS[settings["interval"]])] if settings.get("interval") in INTERVALS else []
    return [*said, *_kano_method(settings)] if report.kind == "kano" else said


def _kano_method(settings: Mapping[str, Any]) -> list[str]:
    table = _("Pairs of answers are classed by the table of %s.") % TABLES.get(settings.get("table", ""), "–")
    rule = _("A feature has its most frequent class; of equal ones the first of M, O, A, I, R, Q.")
    return [
        table,
        rule,
        _("Fong’s test (1996) says whether the two most frequent classes can be told apart."),
    ]


def _listed(names: Iterable[str]) -> str:
    return str(get_text_list(list(names), _("and")))
