"""How fieldwork goes: counts that every member may see."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from surveys.fieldwork.counts import fieldwork as how_it_goes
from surveys.fieldwork.day_bars import day_bars
from surveys.models import Member
from surveys.views.access import for_members, get_survey


@for_members()
def fieldwork(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    found = get_survey(member, survey)
    counted = how_it_goes(found, get_language() or "en")
    context = {
        "member": member,
        "survey": found,
        "fieldwork": counted,
        "chart": day_bars(counted.days) if counted.days else None,
        "audit": found.audits.first(),
        "least_group": member.organisation.least_group,
    }
    return render(request, "surveys/fieldwork/fieldwork.html", context)
