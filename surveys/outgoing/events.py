"""Responses that were finished, for the webhooks that asked to be told of them.

Of a confidential survey each is told at once, in a message that is stored with the response itself, or not at
all. It says that there is a response, not what was answered: the answers may be read by the API, by who has
a token for it, and are neither copied into a queue nor sent to who merely knows an address.

Of an anonymous survey it is told each morning how many there were on the days before. Nothing is stored when
they are handed in: they are counted from one midnight to another, and a webhook's count and the midnight up
to which it was told are stored together, so that none is counted twice or left out, whoever dies when.

Nothing is told of simulated surveys, and nothing of imports: those who import know.
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from surveys.models import Response, Survey, Webhook
from surveys.outgoing import webhooks
from surveys.outgoing.mornings import end_of_told_days
from surveys.responses.ids import response_id
from surveys.responses.invitations import addressee

log = logging.getLogger(__name__)
FINISHED = Webhook.Event.RESPONSE_FINISHED
COUNTED = "responses.finished"
DUE_AFTER = timedelta(hours=30)  # no morning after a day is sooner than this after the day began


def response_finished(response: Response) -> None:
    """To be called in the transaction that finishes the response, once it is stored."""
    survey, is_finished = response.survey, response.state == Response.State.FINISHED
    if not is_finished or survey.is_simulated or survey.privacy != Survey.Privacy.CONFIDENTIAL:
        return
    if told := webhooks.asking_for(survey, FINISHED):
        webhooks.tell(told, FINISHED, response_id(survey, response.pk), payload(response), response)


def payload(response: Response) -> dict[str, Any]:
    survey, period, channel = response.survey, response.period, response.channel
    known_as, contact = response_id(survey, response.pk), addressee(response)
    return {
        "survey": survey.public_id,
        "response": known_as,
        "period": period.name if period else None,
        "finished_at": in_utc(response.finished_at),
        "language": response.language,
        "channel": {"id": channel.public_id, "name": channel.name} if channel else None,
        "contact": {"id": contact.public_id, "key": contact.key} if contact else None,
        "link": link("response", survey, known_as),
        "api": link("api-response", survey, known_as),
    }


def link(page: str, survey: Survey, *names: str) -> str:
    """From the configured address, never from a request's Host header."""
    return settings.PUBLIC_URL + reverse(page, args=[survey.organisation.slug, survey.public_id, *names])


def in_utc(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def count_finished(now: datetime) -> int:
    """Write what anonymous surveys brought on the days that are over; one that fails stops no other. Returns
    how many messages."""
    due = Webhook.objects.filter(
        counted_until__lte=now - DUE_AFTER,
        survey__privacy=Survey.Privacy.ANONYMOUS,
        survey__is_simulated=False,
    )
    written = 0
    for key in due.order_by("pk").values_list("pk", flat=True):
        try:
            written += _count(key, now)
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            log.exception("webhook %s: the finished responses could not be counted", key)
    return written


def _count(key: int, now: datetime) -> bool:
    """Whether there is something to tell."""
    with transaction.atomic():
        rows = Webhook.objects.select_for_update(no_key=True, of=("self",))
        webhook = rows.select_related("survey__organisation").filter(pk=key).first()
        if webhook is None or webhook.counted_until is None:
            return False
        survey, since = webhook.survey, webhook.counted_until
        until = end_of_told_days(survey, now)
        if until <= since:
            return False
        finished = survey.responses.filter(
            state=Response.State.FINISHED,
            origin=Response.Origin.WEB,
            finished_at__gte=since,
            finished_at__lt=until,
        ).count()
        if finished:
            told = {
                "survey": survey.public_id,
                "new": finished,
                "since": in_utc(since),
                "until": in_utc(until),
                "link": link("fieldwork", survey),
            }
            webhooks.tell([webhook], COUNTED, str(told["since"]), told)
        Webhook.objects.filter(pk=key).update(counted_until=until)
    return bool(finished)
