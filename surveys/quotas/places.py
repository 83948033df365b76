"""Whether quotas have room, and the places in them.

Whoever hands in holds the rows of the quotas they belong to until the answers are stored, always in the order
of their keys: two never count the same place free, and never wait for each other in a circle. They hold them
last, after all that others might wait for (the response, its invitation, its period, its twins).
Who leaves responses out, takes them back in or erases them holds no quota, so that this never fails: a
response that is taken back in may make a quota hold more than it takes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from surveys.models import Invitation, Period, Quota, QuotaPlace, Response, Survey, TurnedAway
from surveys.periods import local_day, running_period
from surveys.quotas.belonging import fill, matching
from surveys.responses.invitations import mark_started

# As long as a submission may have been under way when a quota was made that it could not see.
LATE = timedelta(minutes=1)


class QuotaFull(Exception):
    """From people like this one enough answers have come. What was answered is kept, as unfinished."""


@dataclass(frozen=True)
class Held:
    """The quotas that a response belongs to, their rows held; `full` are those without room."""

    quotas: Sequence[Quota] = ()
    full: Sequence[Quota] = ()
    are_there: bool = False  # any of the survey's at all


def full_quotas(survey: Survey, segments: Mapping[str, Any]) -> list[Quota]:
    """Those without room that people of these segments belong to. In a moment it may be otherwise."""
    return _full(survey, matching(survey.quotas.filter(is_active=True), segments))


def _full(survey: Survey, quotas: Sequence[Quota]) -> list[Quota]:
    if not quotas:
        return []
    is_anew = any(quota.per == Quota.Per.PERIOD for quota in quotas)
    period = running_period(survey, local_day(survey, timezone.now())) if is_anew else None
    return _without_room(quotas, period.pk if period else None)


def _without_room(quotas: Sequence[Quota], period: int | None) -> list[Quota]:
    numbers = taken(quotas, period)
    return [quota for quota in quotas if numbers.get(quota.pk, 0) >= quota.most]


def taken(quotas: Iterable[Quota], period: Period | int | None) -> dict[int, int]:
    """How many places are taken, by the quota's key: of those that count anew in each period, in this one."""
    every = list(quotas)
    counted = Q(quota__in=[one.pk for one in every if one.per == Quota.Per.SURVEY])
    if period is not None:
        counted |= Q(quota__in=[one.pk for one in every if one.per == Quota.Per.PERIOD], period=period)
    return dict(QuotaPlace.objects.filter(counted).order_by().values_list("quota").annotate(n=Count("pk")))


# -- handing in


def hold(response: Response, invitation: Invitation | None) -> Held:
    """Hold the quotas that a response belongs to which is about to be stored as finished, with its period."""
    every = list(Quota.objects.filter(survey=response.survey_id))
    if not every:
        return Held()
    own = [one.pk for one in matching(every, response.segments) if _counts(one, response)]
    if not own:
        return Held(are_there=True)
    if invitation:  # whoever withdraws many links waits for this one here, and not holding it
        mark_started(response.survey, invitation)
    held = list(Quota.objects.select_for_update(no_key=True).filter(pk__in=own).order_by("pk"))
    for quota in held:
        fill_late(quota)
    full = _without_room([one for one in held if one.is_active], response.period_id)
    return Held(held, full, are_there=True)


def _counts(quota: Quota, response: Response) -> bool:
    """What lies in no period is none of a period's answers."""
    return quota.per == Quota.Per.SURVEY or response.period_id is not None


def fill_late(quota: Quota) -> None:
    """Count those who were handing in while the quota was made, and so could not see it."""
    if quota.is_settled:
        return
    around = (quota.created_at - LATE, quota.created_at + LATE)
    fill(quota, Response.objects.filter(finished_at__range=around))
    if timezone.now() > quota.created_at + LATE:
        Quota.objects.filter(pk=quota.pk).update(is_settled=True)


def take(response: Response, held: Held) -> None:
    """Give a response that is stored by now a place in each."""
    if held.are_there:
        _give(response, held.quotas)
        TurnedAway.objects.filter(response=response).delete()


def give_back(keys: Sequence[int]) -> None:
    """Free the places of responses that are left out of the indices."""
    QuotaPlace.objects.filter(response__in=keys).delete()


def take_again(response: Response) -> None:
    """Give a response that is taken back in its places, even where there is no room."""
    if response.origin == Response.Origin.WEB and response.state == Response.State.FINISHED:
        own = matching(Quota.objects.filter(survey=response.survey_id), response.segments)
        _give(response, [one for one in own if _counts(one, response)])


def _give(response: Response, quotas: Iterable[Quota]) -> None:
    places = [QuotaPlace(quota=one, response=response, period_id=response.period_id) for one in quotas]
    QuotaPlace.objects.bulk_create(places, ignore_conflicts=True)


# -- turning away


def quotas_against(response: Response) -> Sequence[Quota] | None:
    """The full quotas that an unfinished response belongs to; None where the survey has no quota at all."""
    every = list(Quota.objects.filter(survey=response.survey_id))
    if not every:
        return None
    return _full(response.survey, matching([one for one in every if one.is_active], response.segments))


def turn_away(response: Response, full: Sequence[Quota] | None) -> None:
    """Remember by which quotas a stored response is turned away now; by none, if its answers have changed."""
    if full is None:
        return
    TurnedAway.objects.filter(response=response).exclude(quota__in=full).delete()
    rows = [TurnedAway(quota=one, response=response) for one in full]
    TurnedAway.objects.bulk_create(rows, ignore_conflicts=True)
