"""Managers' pages: the home of an organisation, and the report of a survey."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from indices import charts, selectors, wording
from indices.models import Run
from indices.report import Report, Row
from indices.schedule import request_period, segments_of
from indices.selectors import Stored
from surveys.models import Member, Period, Survey, Version
from surveys.selectors import finished, surveys_of
from surveys.views.access import for_members, get_survey


@dataclass(frozen=True)
class Card:
    """A survey on the home page: its headline indices in the newest period that has any."""

    survey: Survey
    period: Period | None
    rows: list[Row]
    n: int
    under_way: bool


@for_members()
def home(request: HttpRequest, member: Member) -> HttpResponse:
    cards = [_card(survey) for survey in surveys_of(member).order_by("is_simulated", "-created_at")]
    return render(request, "indices/home.html", {"member": member, "cards": cards})


def _card(survey: Survey) -> Card:
    key = selectors.reported_key(survey)
    stored = selectors.series(survey, key) if key else []
    under_way = bool(selectors.under_way(survey))
    if not key or not stored:
        return Card(survey, None, [], 0, under_way)
    report = Report(stored[-1], selectors.version_of(survey, key), get_language() or "en")
    return Card(survey, stored[-1].run.period, report.headline, report.used, under_way)


@dataclass(frozen=True)
class Choice:
    """What the address asks for: a period and a segment of a survey, under one measurement key."""

    survey: Survey
    version: Version
    key: str
    periods: list[Period]
    period: Period | None
    segment: str

    @property
    def segments(self) -> list[tuple[str, str]]:
        """Each segment with its label in the reader's language."""
        language = get_language() or "en"
        labels = {"": _("All respondents")}
        for question in self.version.segments:
            for option in question["options"]:
                text = option["text"]
                labels[f"{question['code']}:{option['code']}"] = text.get(language) or next(
                    iter(text.values())
                )
        return [(segment, labels[segment]) for segment in segments_of(self.version)]


def _choice(request: HttpRequest, survey: Survey, key: str) -> Choice:
    """Read period and segment from the address; what the survey does not have is a 404."""
    version = selectors.version_of(survey, key)
    periods = list(survey.periods.order_by("first_day", "pk"))
    segment = request.GET.get("segment", "")
    if segment not in segments_of(version):
        raise Http404
    asked = request.GET.get("period")
    period = next((one for one in periods if one.public_id == asked), None)
    if asked and period is None:
        raise Http404
    return Choice(survey, version, key, periods, period, segment)


@for_members()
def report(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """The stored indices of one period and segment; opens with the newest period that has any."""
    found = get_survey(member, survey)
    key = selectors.reported_key(found)
    if key is None:
        return render(request, "indices/report_empty.html", {"member": member, "survey": found})
    choice = _choice(request, found, key)
    stored = selectors.series(found, key, choice.segment)
    period = choice.period or (stored[-1].run.period if stored else next(reversed(choice.periods), None))
    labels = dict(choice.segments)
    context = {
        "member": member,
        "survey": found,
        "choice": choice,
        "period": period,
        "under_way": [(run, labels.get(run.segment, run.segment)) for run in selectors.under_way(found)],
        **_contents(choice, stored, period),
    }
    return render(request, "indices/report.html", context)


def _contents(choice: Choice, stored: list[Stored], period: Period | None) -> dict[str, object]:
    if period is None:
        return {}
    by_period = {one.run.period_id: one for one in stored}
    failed = selectors.last_failed(choice.survey, choice.key, period, choice.segment)
    contents: dict[str, object] = {"failure": wording.failure(failed.error) if failed else ""}
    if one := by_period.get(period.pk):
        shown = Report(one, choice.version, get_language() or "en")
        periods = [(each, by_period.get(each.pk)) for each in choice.periods]
        contents |= {
            "report": shown,
            "diagram": charts.diagram(shown),
            "trend": charts.trend(shown.names, choice.version.instrument.headline, periods),
            "series": [Report(each, choice.version, shown.language) for each in stored],
        }
    return contents


@require_POST
@for_members(may="edit")
def request_run(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """Ask for a period's indices now. Asking twice while they wait asks once."""
    found = get_survey(member, survey)
    asked = request.POST.get("period", "").replace("\0", "")  # PostgreSQL takes no NUL
    period = get_object_or_404(found.periods, public_id=asked)
    key = selectors.reported_key(found)
    if key is None:
        raise Http404
    if finished(found, key, period).exists():
        request_period(found, period, key, Run.Trigger.MANAGER, member.user)
        messages.success(request, _("The indices are being computed; this page shows how far they are."))
    else:
        messages.error(request, _("There are no finished answers in this period yet."))
    address = reverse("report", args=[member.organisation.slug, found.public_id])
    return redirect(f"{address}?period={period.public_id}")
