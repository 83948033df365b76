"""The page that sets any two periods and segments side by side, and where a driver map's lines are set."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from indices import selectors
from indices.acting.lines import set_anew
from indices.comparing.side_by_side import Side, SideBySide
from indices.disclosing.disclosure import Disclosure
from indices.report import choice
from indices.report.choice import Choice
from indices.scores.report import report_of
from indices.scores.side_by_side import ScoresSideBySide, set_beside
from indices.segments import question_labels
from surveys.models import Member, Period, Survey
from surveys.models.survey import Estimator
from surveys.views.access import for_members, get_survey

LONGEST = 200  # characters of a note


@for_members()
def compare(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """Two periods and segments of a measure; the address says which, and opens with the last two."""
    found = get_survey(member, survey)
    asked = _choice(request, found)
    a, b = _periods(request, asked)
    segments = _segments(request, asked)
    both = _both(asked, (a, b), segments, Disclosure(found, member.may_edit)) if a and b else None
    context: dict[str, Any] = {
        "member": member,
        "survey": found,
        "choice": asked,
        "sides": [("a", _("First"), a, segments[0]), ("b", _("Second"), b, segments[1])],
        "both": both,
        **(_tables(both) if both else {}),
    }
    return render(request, "indices/compare.html", context)


def _tables(both: SideBySide) -> dict[str, Any]:
    """By the estimator that the survey shows first, and by the other one; scores with those by statement."""
    if isinstance(both, ScoresSideBySide):
        return {"shown_first": both.main_rows(), "statements": both.statement_rows(), "is_of_scores": True}
    other = both.other_estimator
    return {
        "shown_first": both.rows(both.a.report.headline_by),
        "shown_second": both.rows(other),
        "other_name": str(Estimator(other).label),
    }


def _choice(request: HttpRequest, survey: Survey) -> Choice:
    measure = request.GET.get("measure", "")
    key = selectors.reported_key(survey, measure)
    if key is None or (measure and measure not in selectors.measured_instruments(survey)):
        raise Http404
    return choice.choice(request, survey, key)


def _periods(request: HttpRequest, asked: Choice) -> tuple[Period | None, Period | None]:
    """Those asked for; otherwise the last two, or the last one twice."""
    last = asked.periods[-2:]
    a, b = (choice.period(request, asked.periods, name) for name in ("a", "b"))
    return a or (last[0] if last else None), b or (last[-1] if last else None)


def _segments(request: HttpRequest, asked: Choice) -> tuple[str, str]:
    found = request.GET.get("a_segment", ""), request.GET.get("b_segment", "")
    if not set(found) <= dict(asked.segments).keys():
        raise Http404
    return found


def _both(
    asked: Choice, periods: tuple[Period, Period], segments: tuple[str, str], disclosure: Disclosure
) -> SideBySide | None:
    """None where one of the two was never computed."""
    language, labels = get_language() or "en", dict(asked.segments)
    sides = []
    for period, segment in zip(periods, segments, strict=True):
        stored = selectors.newest(asked.survey, asked.key, period, segment, asked.window, disclosure)
        if stored is None:
            return None
        sides.append(Side(report_of(stored, asked.use, language), labels[segment]))
    questions = question_labels(asked.survey, asked.key, language)
    return set_beside(sides[0], sides[1], disclosure, labels, questions)


@require_POST
@for_members(may="edit")
def driver_lines_set(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """Lay the lines of the driver map through the means of a period, with the reason."""
    found = get_survey(member, survey)
    period = get_object_or_404(found.periods, public_id=_posted(request, "period"))
    measure, note = _posted(request, "measure"), " ".join(_posted(request, "note").split())
    key = selectors.reported_key(found, measure) if measure in selectors.measured_instruments(found) else None
    stored = selectors.newest(found, key, period, "", 1, Disclosure(found, member.may_edit)) if key else None
    if not note or len(note) > LONGEST:
        messages.error(request, _("Write why the lines are set anew, in up to %d characters.") % LONGEST)
    elif stored is None or not set_anew(found, stored.run, note, member.user):
        messages.error(request, _("The period has no drivers to set the lines by."))
    else:
        messages.success(request, _("The lines are set at the means of %s.") % period.name)
    address = reverse("report", args=[member.organisation.slug, found.public_id])
    return redirect(f"{address}?period={period.public_id}#map")


def _posted(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\0", "")  # PostgreSQL takes no NUL
