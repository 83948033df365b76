"""Opening alerts: each response that matches a rule opens one, however often and by however many it is seen.

What is looked for is not "later than the last key seen", since transactions commit out of order, but whatever
was handed in since shortly before the last look and has no alert yet.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.fields.json import KeyTransform
from django.urls import reverse
from django.utils import timezone

from surveys.follow_up.changes import followed, members_who_read
from surveys.models import Alert, AlertMail, AlertRule, Response, Survey
from surveys.outgoing import webhooks
from surveys.outgoing.mornings import next_morning

log = logging.getLogger(__name__)
LOOK_BACK = timedelta(hours=1)  # no transaction that hands in answers lasts so long
AT_ONCE = 500
EVENT = "alert.opened"


def raise_alerts() -> int:
    """Open what is to be opened, for all rules; one that fails stops no other. Returns how many."""
    rules = AlertRule.objects.filter(is_active=True, survey__is_simulated=False)
    opened = 0
    for rule in rules.select_related("survey__organisation", "webhook").order_by("pk"):
        try:
            opened += look(rule)
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            log.exception("alert rule %s: its answers could not be looked at", rule.public_id)
    return opened


def look(rule: AlertRule) -> int:
    """Open the alerts of one rule; returns how many."""
    now, opened = timezone.now(), 0
    while found := list(matching(rule)[:AT_ONCE]):
        opened += sum(open_alert(rule, response) for response in found)
    AlertRule.objects.filter(pk=rule.pk, looked_until__lt=now).update(looked_until=now)
    return opened


def matching(rule: AlertRule) -> QuerySet[Response]:
    """Handed in on the web since the rule was made or last changed, counted, and without an alert of the
    rule: answers from before that, and imported ones, are no news."""
    since: datetime = max(rule.since, rule.looked_until - LOOK_BACK)
    own = Alert.objects.filter(rule=rule, response=OuterRef("pk"))
    fresh = rule.survey.responses.filter(
        ~Exists(own),
        state=Response.State.FINISHED,
        origin=Response.Origin.WEB,
        is_excluded=False,
        finished_at__gte=since,
    )
    points = list(range(rule.lowest, rule.highest + 1))
    return fresh.annotate(score=KeyTransform(rule.item, "answers")).filter(score__in=points).order_by("pk")


def open_alert(rule: AlertRule, response: Response) -> bool:
    """False if it is open already, or the response was withdrawn meanwhile."""
    with transaction.atomic():
        try:
            follow_up = followed(response)  # holds the response: it is not withdrawn while this lasts
        except Response.DoesNotExist:
            return False
        alert, is_new = Alert.objects.get_or_create(
            rule=rule,
            response=response,
            defaults={"follow_up": follow_up, "item": rule.item, "score": response.answers[rule.item]},
        )
        if is_new:
            _tell(rule, alert)
    return is_new


def _tell(rule: AlertRule, alert: Alert) -> None:
    """Whom to tell is settled with the alert, so that a worker that dies in between forgets nobody."""
    able = members_who_read(rule.survey.organisation_id)
    recipients = rule.recipients.filter(pk__in=able.values("pk"))
    at = told_at(rule.survey, timezone.now())
    AlertMail.objects.bulk_create(
        AlertMail(alert=alert, member=member, next_try_at=at) for member in recipients
    )
    if rule.webhook:
        event = EVENT if is_confidential(rule.survey) else webhooks.COUNTED
        webhooks.enqueue(rule.webhook, event, payload(alert), about=alert.response, at=at)


def is_confidential(survey: Survey) -> bool:
    return survey.privacy == Survey.Privacy.CONFIDENTIAL


def told_at(survey: Survey, now: datetime) -> datetime:
    """At once; or, of an anonymous survey, what the day brought together on the next morning, in the
    organisation's time zone: when a message comes must not tell when somebody answered."""
    return now if is_confidential(survey) else next_morning(survey, now)


def payload(alert: Alert) -> dict[str, Any]:
    """What another program is told; of an anonymous survey nothing of a single response."""
    survey, period = alert.response.survey, alert.response.period
    if not is_confidential(survey):
        return {"survey": survey.public_id, "link": link_to_all(survey)}
    told: dict[str, Any] = {
        "alert": alert.public_id,
        "survey": survey.public_id,
        "item": alert.item,
        "score": alert.score,
        "period": period.name if period else None,
        "link": link(alert),
    }
    return told | {"comments": comments(alert)} if tells_comment(alert) else told


def link(alert: Alert) -> str:
    """From the configured address, never from a request's Host header."""
    survey = alert.response.survey
    names = [survey.organisation.slug, survey.public_id, alert.follow_up.public_id]
    return f"{settings.PUBLIC_URL}{reverse('follow-up', args=names)}"


def link_to_all(survey: Survey) -> str:
    """To the list of the survey's alerts, likewise."""
    return f"{settings.PUBLIC_URL}{reverse('alerts', args=[survey.organisation.slug, survey.public_id])}"


def tells_comment(alert: Alert) -> bool:
    """Never in an anonymous survey."""
    return bool(alert.rule and alert.rule.tells_comment and is_confidential(alert.response.survey))


def comments(alert: Alert) -> list[str]:
    return list(alert.response.texts.order_by("pk").values_list("text", flat=True))
