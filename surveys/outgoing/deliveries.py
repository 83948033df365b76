"""Sending what waits: each message by one worker at a time, again after a while when it fails, and not for
ever.

A worker claims messages by moving their next try ahead to a moment of its own, and what came of it is
recorded only where that moment still stands. Should the worker die, the claim passes and they are tried
again, with the same id; of a worker that outlives its claim nothing is recorded, and what is delivered is
never sent again.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Generic, TypeVar

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import F, Min, Q, QuerySet
from django.utils import timezone

from surveys.models.webhook import Delivery
from surveys.outgoing.addresses import AddressRefused
from surveys.outgoing.posting import NotDelivered

log = logging.getLogger(__name__)
SECONDS = 20.0  # of one round; after that nothing more is begun
SHARE = 10.0  # of these one organisation's, so that slow receivers of one hold up no other
SOFT_LIMIT, HARD_LIMIT = 40, 50  # seconds of a task that sends a round
LEASE = timedelta(minutes=2)  # longer than such a task may live
FIRST_WAIT = timedelta(seconds=30)
MOST_ATTEMPTS = 10  # the last about four hours after the first
ALL_TRIES = FIRST_WAIT * ((1 << (MOST_ATTEMPTS - 1)) - 1)
MOST_TOGETHER = 10_000
Message = TypeVar("Message", bound=Delivery)
Group = tuple[Any, ...]  # what messages have in common that may go as one


def nothing_held_back(_now: datetime) -> Collection[Group]:
    return ()


@dataclass(frozen=True)
class Channel(Generic[Message]):
    """How messages of one kind go out. `group` names the fields of a group, the first of them the place:
    after one failure the rest for the same place is left for later, so that one that does not answer holds up
    no other. `together` says how many of a group go as one, `held_back` which groups wait."""

    messages: QuerySet[Message]
    organisation: str
    group: tuple[str, ...]
    send: Callable[[Sequence[Message]], None]
    together: Callable[[Group], int]
    held_back: Callable[[datetime], Collection[Group]] = nothing_held_back

    def of(self, group: Group) -> QuerySet[Message]:
        return self.messages.filter(**dict(zip(self.group, group, strict=True)))


@dataclass(frozen=True)
class Claim(Generic[Message]):
    """Messages that are this worker's until the moment that stands in their rows."""

    messages: Sequence[Message]
    until: datetime

    def held(self) -> QuerySet[Message]:
        """The rows that are still as this worker left them."""
        rows: QuerySet[Message] = type(self.messages[0])._base_manager.all()
        own = [message.pk for message in self.messages]
        return rows.filter(pk__in=own, state=Delivery.State.WAITING, next_try_at=self.until)


def send_due(channel: Channel[Message], clock: Callable[[], float] = time.monotonic) -> int:
    """Send what is due, of one organisation after the other; returns how many were delivered."""
    ends = clock() + SECONDS
    queues = _due_groups(channel)
    used, turns, failing, done = dict.fromkeys(queues, 0.0), deque(queues), set[Any](), 0
    while turns and clock() < ends:
        organisation = turns.popleft()
        begun, groups = clock(), queues[organisation]
        group = groups.popleft()
        if group[0] not in failing:
            claim = _claim(channel, group)
            if claim and _try(claim, channel.send):
                done += len(claim.messages)
                if len(claim.messages) == channel.together(group):
                    groups.append(group)  # there may be more of it
            elif claim:
                failing.add(group[0])
        used[organisation] += clock() - begun
        if groups and used[organisation] < SHARE:
            turns.append(organisation)
    return done


def _is_due(now: datetime) -> Q:
    return Q(state=Delivery.State.WAITING, next_try_at__lte=now)


def _due_groups(channel: Channel[Message]) -> dict[int, deque[Group]]:
    """The groups of each organisation that have something due, what has waited longest first."""
    now = timezone.now()
    held_back = channel.held_back(now)
    due = channel.messages.filter(_is_due(now)).select_related(None).order_by()
    found = due.values_list(channel.organisation, *channel.group).annotate(oldest=Min("next_try_at"))
    queues: dict[int, deque[Group]] = {}
    for organisation, *group, _oldest in found.order_by("oldest"):
        if tuple(group) not in held_back:
            queues.setdefault(organisation, deque()).append(tuple(group))
    return queues


def _claim(channel: Channel[Message], group: Group) -> Claim[Message] | None:
    """What of the group is due; None if that is another worker's."""
    now = timezone.now()
    claim_until = now + LEASE
    with transaction.atomic():
        due = channel.of(group).filter(_is_due(now)).order_by("next_try_at", "pk")
        found = list(
            due.select_for_update(of=("self",), skip_locked=True)[
                : min(channel.together(group), MOST_TOGETHER)
            ]
        )
        own = channel.messages.model._base_manager.filter(pk__in=[message.pk for message in found])
        own.update(attempts=F("attempts") + 1, next_try_at=claim_until)
    for message in found:
        message.attempts += 1
    return Claim(found, claim_until) if found else None


def _try(claim: Claim[Message], send: Callable[[Sequence[Message]], None]) -> bool:
    try:
        send(claim.messages)
    except (NotDelivered, AddressRefused) as refused:
        _record_failure(claim, str(refused))
    except SoftTimeLimitExceeded as error:
        _record_failure(claim, type(error).__name__)
        raise
    except Exception as error:
        log.exception("message %s could not be sent", id_of(claim.messages))
        _record_failure(claim, type(error).__name__)
    else:
        claim.held().update(state=Delivery.State.DONE, done_at=timezone.now(), problem="")
        return True
    return False


def _record_failure(claim: Claim[Message], problem: str) -> None:
    """Those that were tried often enough are given up; the others wait as long as the oldest of them."""
    now, problem = timezone.now(), problem[:200]
    last = claim.held().filter(attempts__gte=MOST_ATTEMPTS)
    last.update(state=Delivery.State.FAILED, next_try_at=now, problem=problem)
    wait = wait_after(max(message.attempts for message in claim.messages))
    claim.held().update(next_try_at=now + wait, problem=problem)


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many tries: half a minute, then twice as long each time."""
    return FIRST_WAIT * (1 << (attempts - 1))


def id_of(messages: Sequence[Delivery]) -> str:
    """One id for what goes as one, the same at every try of the same messages."""
    if len(messages) == 1:
        return messages[0].public_id
    return sha256(" ".join(sorted(one.public_id for one in messages)).encode()).hexdigest()[:32]
