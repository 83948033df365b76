"""The report of a survey, and what a manager asks for there."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from indices import releases, selectors, wording
from indices.acting.page import acting
from indices.comparing.alike import LANGUAGE_NAMES, MeasuredAlike, told
from indices.comparing.between_segments import segment_lines
from indices.comparing.compared import Names, comparisons
from indices.disclosing.disclosure import Disclosure
from indices.models import Run
from indices.report import charts
from indices.report.choice import Choice, number
from indices.report.choice import choice as read_choice
from indices.report.standing import standing
from indices.report.structural import Report
from indices.report.time_line import AnyReport, TimeLine, time_line
from indices.runs.counted import newer_answers
from indices.runs.schedule import request_answered
from indices.runs.under_way import runs_under_way
from indices.scores.charts import score_trend
from indices.scores.report import ScoreReport, report_of
from indices.segments import question_labels
from indices.selectors import Stored
from indices.taking_away.folder import may_take_away
from surveys.models import Member, Period, Survey, Use
from surveys.periods import close
from surveys.selectors import latest_use
from surveys.views.access import for_members, get_survey


@for_members()
def report(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """The stored indices of one period and segment; opens with the newest period that has any."""
    found = get_survey(member, survey)
    shown = shown_report(request, member, found, member.may_edit)
    if shown is None:
        return render(request, "indices/report_empty.html", {"member": member, "survey": found})
    choice = shown["choice"]
    context = {**shown, "under_way": runs_under_way(found, dict(choice.segments))}
    return render(request, report_template(choice.use), context)


def shown_report(
    request: HttpRequest, member: Member, survey: Survey, reads_answers: bool
) -> dict[str, Any] | None:
    """What the address asks for, as the page shows it and the files that can be taken along hold it; None
    before the survey measures anything. A 404 for what the survey does not have."""
    measures = selectors.measured_instruments(survey)
    measure = request.GET.get("measure") or ""
    if measure and measure not in measures:
        raise Http404
    key = selectors.reported_key(survey, measure)
    if key is None:
        return None
    choice, revision = read_choice(request, survey, key), number(request, "revision")
    disclosure = Disclosure(survey, reads_answers)
    stored = selectors.series(survey, key, choice.segment, choice.window, disclosure)
    shown = {"measures": _names(survey, measures), **report_context(choice, stored, member, revision)}
    if shown["period"]:
        shown["address"] = choice.address(shown["period"])
        # Whoever looks at the newest figures without having chosen them means those that come, too.
        shown["share_address"] = choice.address(choice.period) if choice.period else choice.carried
        shown["shown_address"] = shown["address"] + (f"&revision={revision}" if revision else "")
    return shown


def report_context(
    choice: Choice, stored: list[Stored], member: Member | None = None, revision: int | None = None
) -> dict[str, Any]:
    """What a report shows of the stored series, in the language and the time zone that are active.

    Without a member the reader has but a link: nothing of computations, nothing that leads elsewhere.
    """
    period = shown_period(choice, stored)
    context: dict[str, Any] = {
        "member": member,
        "survey": choice.survey,
        "choice": choice,
        "period": period,
        **_contents(member, choice, stored, period, revision),
    }
    if period:
        context["standing"] = standing(member, period, context.get("report"))
    return context


def shown_period(choice: Choice, stored: list[Stored]) -> Period | None:
    """The one asked for; else the newest that has figures to tell, or the last."""
    newest = selectors.newest_told(stored)
    return choice.period or (newest.run.period if newest else next(reversed(choice.periods), None))


def report_template(use: Use) -> str:
    return "indices/report.html" if use.kind == "structural" else "indices/scores/report.html"


def _names(survey: Survey, measures: list[str]) -> list[tuple[str, str]]:
    """Each instrument's id with its name in the reader's language; none to choose from if there is one."""
    language = get_language() or "en"
    if len(measures) < 2:
        return []
    uses = [latest_use(survey, selectors.measurement_keys(survey, one)[0]) for one in measures]
    names = [use.instrument.name for use in uses]
    return [(one, name.get(language, name["en"])) for one, name in zip(measures, names, strict=True)]


def _contents(
    member: Member | None,
    choice: Choice,
    stored: list[Stored],
    period: Period | None,
    revision: int | None,
) -> dict[str, object]:
    """What is stored of the period: the newest, or the revision that is asked for."""
    if period is None:
        return {}
    by_period = {one.run.period_id: one for one in stored}
    contents = _without_result(choice, period) if member else {}
    if newest := by_period.get(period.pk):
        one = newest if revision is None else selectors.revision(newest, revision)
        if one is None:
            raise Http404
        shown = report_of(one, choice.use, get_language() or "en")
        periods = [(each, by_period.get(each.pk)) for each in choice.periods]
        line = _time_line(choice, stored)
        if member is None:
            line = line.within(by_period)
        contents |= {
            "report": shown,
            "newest": newest.run,
            "newer": newer_answers(one.run) if member and one == newest and not choice.segment else 0,
            "may_take_away": member is not None and may_take_away(member, one.run, one.disclosure),
            "line": line,
            "compare_address": choice.compare_address(period),
            "compared": comparisons(one.run, Names(shown.names, shown.item_texts), one.disclosure),
            **_drawn(shown, periods, line),
            **(acting(choice, shown) if isinstance(shown, Report) else {}),
            **_of_segments(choice, shown, member is not None or not choice.segment),
        }
    return contents


def _without_result(choice: Choice, period: Period) -> dict[str, object]:
    """What is said where the newest computation failed or was cancelled."""
    last = selectors.last_without_result(choice.survey, choice.key, period, choice.segment, choice.window)
    cancelled = last if last and last.status == Run.Status.CANCELLED else None
    failure = wording.failure(last.error) if last and not cancelled else ""
    return {"failure": failure, "cancelled": cancelled}


def _drawn(
    shown: AnyReport, periods: list[tuple[Period, Stored | None]], line: TimeLine
) -> dict[str, object]:
    if isinstance(shown, ScoreReport):
        return {"trend": score_trend(shown, periods, line)}
    trend = charts.trend(shown.names, shown.instrument.headline, periods, line)
    return {"trend": trend, "diagram": charts.diagram(shown)}


def _time_line(choice: Choice, stored: list[Stored]) -> TimeLine:
    reports = [report_of(each, choice.use, get_language() or "en") for each in stored]
    return time_line(choice.use, reports, choice.segment, choice.window, stored[0].disclosure)


def _of_segments(choice: Choice, shown: AnyReport, is_told: bool) -> dict[str, object]:
    """The segments beside each other; nothing of the others where a link is to one of them."""
    if not is_told:
        return {"ranked": [], "margins": []}
    margins = {"margins": shown.margins}
    return margins | (_between(choice, shown) if choice.window == 1 else {})


def _between(choice: Choice, report: AnyReport) -> dict[str, object]:
    """The segments of the period, and whether they and the languages measure the same."""
    one, labels = report.stored, dict(choice.segments)
    headline = [row.code for row in report.headline]
    digits = max((row.digits for row in report.headline), default=1)
    alike = told(one.run, one.disclosure) if one.disclosure.is_newest(one.run) else {}
    questions = question_labels(choice.survey, choice.key, report.language)
    names = Names(report.names, report.item_texts)
    languages = alike.get("")
    lines = segment_lines(one.run, report.headline_by, headline, labels, one.disclosure, alike, digits)
    return {
        "between": lines,
        "between_columns": 3 * len(headline) + 1,
        "alike": [
            MeasuredAlike(alike[code], names, labels, text)
            for code, text in questions.items()
            if code in alike
        ],
        "languages": MeasuredAlike(languages, names, LANGUAGE_NAMES)
        if languages and not choice.segment
        else None,
    }


@require_POST
@for_members(may="edit")
def request_run(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """Ask for a period's indices now. Asking twice while they wait asks once."""
    found = get_survey(member, survey)
    period = _posted_period(request, found)
    if request_answered(found, period, Run.Trigger.MANAGER, member.user):
        messages.success(request, _("The indices are being computed; this page shows how far they are."))
    else:
        messages.error(request, _("There are no finished answers in this period yet."))
    return _to_report(member, period)


@require_POST
@for_members(may="edit")
def close_period(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """Close a period without waiting longer for late answers. Closing it twice closes it once."""
    period = _posted_period(request, get_survey(member, survey))
    try:
        close(period)
    except ValidationError as refused:
        messages.error(request, refused.message)
    return _to_report(member, period)


@require_POST
@for_members(may="edit")
def release_period(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """Release a period's newest figures. Releasing it twice releases it once."""
    period = _posted_period(request, get_survey(member, survey))
    try:
        releases.release(period, member.user)
    except releases.NotReleasable as refused:
        messages.error(request, _("The period was not released. %s") % refused)
    return _to_report(member, period)


def _posted_period(request: HttpRequest, survey: Survey) -> Period:
    asked = request.POST.get("period", "").replace("\0", "")  # PostgreSQL takes no NUL
    return get_object_or_404(survey.periods.select_related("survey__organisation"), public_id=asked)


def _to_report(member: Member, period: Period) -> HttpResponse:
    address = reverse("report", args=[member.organisation.slug, period.survey.public_id])
    return redirect(f"{address}?period={period.public_id}")
