"""What editors write beside a survey's series: what happened in a period, and the index to reach."""

import math

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from indices import selectors
from indices.models import SurveyNote, SurveyTarget
from scoring.instrument import Instrument
from scoring.instrument.kinds import SINGLE
from surveys.models import Member, Survey
from surveys.selectors import latest_use
from surveys.views.access import for_members, get_survey

LONGEST = 200  # characters of a note
MOST = 100  # notes of a survey


@require_POST
@for_members(may="edit")
def note_add(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """Note what happened in a period. The same words twice are one note."""
    found = get_survey(member, survey)
    period = get_object_or_404(found.periods, public_id=_posted(request, "period"))
    text = " ".join(_posted(request, "text").split())
    if not text or len(text) > LONGEST:
        messages.error(request, _("Write what happened, in up to %d characters.") % LONGEST)
    elif found.notes.count() >= MOST:
        messages.error(request, _("A survey holds up to %d notes; remove one first.") % MOST)
    else:
        defaults = {"survey": found, "created_by": member.user}
        SurveyNote.objects.get_or_create(period=period, text=text, defaults=defaults)
    return _to_report(member, found, f"?period={period.public_id}#periods")


@require_POST
@for_members(may="edit")
def note_remove(request: HttpRequest, member: Member, survey: str, note: str) -> HttpResponse:
    found = get_survey(member, survey)
    get_object_or_404(found.notes, public_id=note).delete()
    return _to_report(member, found, "#periods")


@require_POST
@for_members(may="edit")
def target_set(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """Set the index that a construct is meant to reach; an empty one takes the target away."""
    found = get_survey(member, survey)
    instrument = _instrument(found, _posted(request, "measure"))
    construct, given = _posted(request, "construct"), _posted(request, "value").strip()
    may_have = instrument and instrument.kind in {"structural", *SINGLE}  # each construct has one figure then
    names = {one.code for one in instrument.constructs} if instrument and may_have else set()
    value = _number(given)
    if not instrument or construct not in names or (given and value is None):
        messages.error(request, _("A target is a number from 0 to 100."))
        return _to_report(member, found, "#periods")
    own = SurveyTarget.objects.filter(survey=found, instrument_id=instrument.id, construct=construct)
    if value is None:
        own.delete()
    else:
        own.update_or_create(
            survey=found, instrument_id=instrument.id, construct=construct, defaults={"value": value}
        )
    return _to_report(member, found, f"?measure={instrument.id}#periods")


def _instrument(survey: Survey, asked: str) -> Instrument | None:
    """The measured instrument of this name."""
    if asked not in selectors.measured_instruments(survey):
        return None
    return latest_use(survey, selectors.measurement_keys(survey, asked)[0]).instrument


def _number(given: str) -> float | None:
    """0..100, with a point or a comma; None for anything else."""
    try:
        value = float(given.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 <= value <= 100 else None


def _posted(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\0", "")  # PostgreSQL takes no NUL


def _to_report(member: Member, survey: Survey, rest: str) -> HttpResponse:
    return redirect(reverse("report", args=[member.organisation.slug, survey.public_id]) + rest)
