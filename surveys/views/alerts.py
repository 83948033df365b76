"""The alerts of a survey, and the rules by which they are opened."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from surveys.follow_up import rules
from surveys.follow_up.selectors import ASSIGNED, CLOSED, OPEN, alerts_of
from surveys.forms.alerts import AlertRuleForm
from surveys.forms.responses import segment_labels
from surveys.models import Alert, AlertRule, Member, Response, Survey
from surveys.views.access import for_members, get_survey
from surveys.words.scores import ratings_of
from surveys.words.shortening import shortened

ROWS_A_PAGE = 50
LONGEST_SAID = 100  # characters of what somebody wrote, in the list
STATES = {"": gettext_lazy("all"), OPEN: gettext_lazy("open"), ASSIGNED: gettext_lazy("assigned"),
          CLOSED: gettext_lazy("closed")}  # fmt: skip


@for_members(may="edit")
def alerts(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    found = get_survey(member, survey)
    state = request.GET.get("state", "")
    if state not in STATES:
        raise Http404
    alerts = alerts_of(found, state).prefetch_related("response__texts")
    page = Paginator(alerts, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "member": member,
        "survey": found,
        "state": state,
        "states": [
            (code, label, urlencode({"state": code} if code else {})) for code, label in STATES.items()
        ],
        "page": page,
        "rows": _rows(found, page),
        "is_anonymous": found.privacy == Survey.Privacy.ANONYMOUS,
    }
    return render(request, "surveys/alerts/list.html", context)


def _rows(survey: Survey, alerts: Iterable[Alert]) -> list[dict[str, Any]]:
    """Each with what tells it from the others: its score, and unless the survey is anonymous its segments and
    how its words begin. The question is named only where there are rules about several."""
    language = get_language() or "en"
    ratings, labels = ratings_of(survey, language), segment_labels(survey, language)
    has_several = len(set(survey.alert_rules.values_list("item", "lowest", "highest"))) > 1
    return [
        {
            "alert": one,
            "score": rating.said(one.score) if rating else str(one.score),
            "group": rating.group_of(one.score) if rating else "",
            "question": (rating.text if rating else one.item) if has_several else "",
        }
        | ({} if survey.privacy == Survey.Privacy.ANONYMOUS else _about(one.response, labels))
        for one in alerts
        for rating in [ratings.get(one.item)]
    ]


def _about(response: Response, labels: dict[str, str]) -> dict[str, Any]:
    text = " ".join(one.text for one in sorted(response.texts.all(), key=lambda one: one.pk))
    segments = [labels.get(f"{code}:{option}", option) for code, option in response.segments.items()]
    return {"segments": segments, "said": shortened(text, LONGEST_SAID)}


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(may="edit")
def alert_rules(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """The rules there are, and a form for one more."""
    found = get_survey(member, survey)
    form = AlertRuleForm(request.POST if request.method == "POST" else None, found, get_language() or "en")
    if request.method == "POST" and form.is_valid() and _kept(request, form, None):
        return redirect("alert-rules", member.organisation.slug, found.public_id)
    return _rules_page(request, member, found, form)


def _kept(request: HttpRequest, form: AlertRuleForm, before: tuple[object, ...] | None) -> bool:
    rule = form.save(commit=False)
    try:
        rules.keep(rule, form.survey, before)
    except rules.TooManyRules:
        form.add_error(None, _("There are as many as a survey may have; remove one first."))
        return False
    form.save_m2m()
    messages.success(request, _("The rule is stored. It is about answers that come from now on."))
    return True


def _rules_page(request: HttpRequest, member: Member, survey: Survey, form: AlertRuleForm) -> HttpResponse:
    ratings = ratings_of(survey, get_language() or "en")
    kept = survey.alert_rules.order_by("pk").select_related("webhook").prefetch_related("recipients__user")
    context = {
        "member": member,
        "survey": survey,
        "is_published": survey.versions.exists(),
        "rules": [(one, ratings.get(one.item)) for one in kept],
        "is_anonymous": survey.privacy == Survey.Privacy.ANONYMOUS,
        "form": form,
    }
    return render(request, "surveys/alerts/rules.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(may="edit")
def alert_rule(request: HttpRequest, member: Member, survey: str, rule: str) -> HttpResponse:
    """Change a rule, or remove it; its alerts stay."""
    found = get_survey(member, survey)
    own = get_object_or_404(AlertRule, survey=found, public_id=rule)
    there = redirect("alert-rules", member.organisation.slug, found.public_id)
    if request.method == "POST" and request.POST.get("do") == "remove":
        own.delete()
        messages.success(request, _("The rule is removed. Alerts that it opened stay."))
        return there
    before = rules.deciding(own)
    form = AlertRuleForm(
        request.POST if request.method == "POST" else None, found, get_language() or "en", own
    )
    if request.method == "POST" and form.is_valid() and _kept(request, form, before):
        return there
    context = {"member": member, "survey": found, "form": form, "rule": own}
    return render(request, "surveys/alerts/rule.html", context)
