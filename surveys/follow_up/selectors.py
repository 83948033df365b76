"""Alerts and follow-ups as pages list and count them."""

from collections.abc import Iterable

from django.db.models import Count, F, QuerySet

from surveys.models import Alert, FollowUp, Survey, TextAnswer

OPEN, ASSIGNED, CLOSED = "open", "assigned", "closed"


def open_alerts(survey_ids: Iterable[int]) -> dict[int, int]:
    """How many alerts are not closed, by the survey's primary key; surveys without any are left out."""
    waiting = Alert.objects.filter(response__survey__in=list(survey_ids), follow_up__closed_at=None)
    counted = waiting.order_by().values("response__survey").annotate(n=Count("pk"))
    return dict(counted.values_list("response__survey", "n"))


def alerts_of(survey: Survey, state: str = "") -> QuerySet[Alert]:
    """The latest first; of an anonymous survey the latest period, and within it as if by lot: in the order of
    time alerts could be laid beside the list of responses. `state`: open (with and without an owner),
    assigned (to somebody, and open) or closed."""
    alerts = Alert.objects.filter(response__survey=survey)
    if state in {OPEN, ASSIGNED}:
        alerts = alerts.filter(follow_up__closed_at=None)
    if state == ASSIGNED:
        alerts = alerts.filter(follow_up__owner__isnull=False)
    if state == CLOSED:
        alerts = alerts.filter(follow_up__closed_at__isnull=False)
    found = alerts.select_related("follow_up__owner__user", "response__period", "response__survey")
    if survey.privacy == Survey.Privacy.ANONYMOUS:
        return found.order_by(F("response__period__first_day").desc(nulls_last=True), "public_id")
    return found.order_by("-pk")


def follow_up_of(survey: Survey, public_id: str) -> FollowUp | None:
    found = FollowUp.objects.filter(response__survey=survey, public_id=public_id)
    return found.select_related(
        "owner__user", "text", "response__period", "response__survey__organisation"
    ).first()


def texts_of(follow_up: FollowUp) -> list[TextAnswer]:
    """What it may show of what was written: in an anonymous survey the comment that it was begun from, and
    nothing where that was an alert, whose time of arrival tells when somebody answered."""
    if follow_up.response.survey.privacy == Survey.Privacy.ANONYMOUS:
        return [follow_up.text] if follow_up.text else []
    return list(follow_up.response.texts.order_by("pk"))


def follow_up_beside(survey: Survey, text: TextAnswer) -> FollowUp | None:
    """The one to which a comment leads."""
    if survey.privacy == Survey.Privacy.ANONYMOUS:
        return getattr(text, "own_follow_up", None)
    return next((one for one in text.response.follow_ups.all() if one.text_id is None), None)
