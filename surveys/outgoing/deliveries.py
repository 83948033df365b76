"""Sending what waits: each message by one worker at a time, again after a while when it fails, and not for
ever.

A worker claims a message by moving its next try ahead, if it is still what was read. Should it die, the claim
passes and the message is tried again, with the same id; what it recorded as delivered is never sent again.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from django.db.models import QuerySet
from django.utils import timezone

from surveys.models.webhook import Delivery
from surveys.outgoing.addresses import AddressRefused
from surveys.outgoing.posting import NotDelivered

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=2)  # longer than one sending may take
FIRST_WAIT = timedelta(seconds=30)
MOST_ATTEMPTS = 10  # the last about four hours after the first
AT_ONCE = 50
Message = TypeVar("Message", bound=Delivery)


def send_due(waiting: QuerySet[Message], send: Callable[[Message], None], place: str) -> int:
    """Send what is due; returns how many were delivered. After one failure the rest for the same `place` (a
    field's name) is left for later, so that a place that does not answer holds up no other."""
    failing: list[int] = []
    done = 0
    for _number in range(AT_ONCE):
        message = _next(waiting.exclude(**{f"{place}__in": failing}))
        if message is None:
            break
        if not _claim(message):
            continue
        if _try(message, send):
            done += 1
        else:
            failing.append(getattr(message, place))
    return done


def _next(waiting: QuerySet[Message]) -> Message | None:
    due = waiting.filter(state=Delivery.State.WAITING, next_try_at__lte=timezone.now())
    return due.order_by("next_try_at", "pk").first()


def _claim(message: Delivery) -> bool:
    same = type(message)._base_manager.filter(
        pk=message.pk,
        state=Delivery.State.WAITING,
        attempts=message.attempts,
        next_try_at__lte=timezone.now(),
    )
    message.attempts += 1
    return same.update(attempts=message.attempts, next_try_at=timezone.now() + LEASE) == 1


def _try(message: Message, send: Callable[[Message], None]) -> bool:
    try:
        send(message)
    except (NotDelivered, AddressRefused) as refused:
        _record_failure(message, str(refused))
    except Exception as error:
        log.exception("message %s could not be sent", message.public_id)
        _record_failure(message, type(error).__name__)
    else:
        _record(message, state=Delivery.State.DONE, done_at=timezone.now(), problem="")
        return True
    return False


def _record_failure(message: Delivery, problem: str) -> None:
    is_last = message.attempts >= MOST_ATTEMPTS
    _record(
        message,
        state=Delivery.State.FAILED if is_last else Delivery.State.WAITING,
        next_try_at=timezone.now() + wait_after(message.attempts),
        problem=problem[:200],
    )


def _record(message: Delivery, **fields: object) -> None:
    type(message)._base_manager.filter(pk=message.pk).update(**fields)


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many tries: half a minute, then twice as long each time."""
    return FIRST_WAIT * (1 << (attempts - 1))
