"""Taking responses out of every index, with a reason, and taking them back in. Both are remembered."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from surveys.models import Exclusion, Response, User
from surveys.quotas import places

AT_ONCE = 500  # rows; SQLite takes a limited number of values in one statement


def exclude(response: Response, reason: str, by: User | None) -> bool:
    """Leave the response out from the next run on. False if it was out already: the first reason stands.

    Raises Response.DoesNotExist if it was withdrawn meanwhile.
    """
    with transaction.atomic():
        locked = Response.objects.select_for_update().get(pk=response.pk)
        if locked.is_excluded:
            return False
        _take_out([locked.pk], reason, by)
    response.is_excluded = True
    return True


def readmit(response: Response, by: User | None) -> bool:
    """Take the response back in, whatever quotas say. False if it was in already. Raises
    Response.DoesNotExist."""
    with transaction.atomic():
        locked = Response.objects.select_for_update().get(pk=response.pk)
        if not locked.is_excluded:
            return False
        locked.exclusions.filter(ended_at=None).update(ended_by=by, ended_at=timezone.now())
        Response.objects.filter(pk=locked.pk).update(is_excluded=False)
        places.take_again(locked)
    response.is_excluded = False
    return True


class NumberChanged(Exception):
    """Not as many responses as were confirmed: `number` is how many there are now."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@transaction.atomic
def exclude_all(responses: QuerySet[Response], reason: str, by: User | None, confirmed: int) -> int:
    """Leave all of these out that are still in, if they are as many as were confirmed.

    Raises NumberChanged; then none is left out. In the order of their keys, so that two who do this at once
    wait for each other instead of blocking each other.
    """
    rows = responses.filter(is_excluded=False).order_by("pk").select_for_update()
    keys = list(rows.values_list("pk", flat=True))
    if len(keys) != confirmed:
        raise NumberChanged(len(keys))
    for place in range(0, len(keys), AT_ONCE):
        _take_out(keys[place : place + AT_ONCE], reason, by)
    return len(keys)


def _take_out(keys: list[int], reason: str, by: User | None) -> None:
    now = timezone.now()
    Exclusion.objects.bulk_create(
        Exclusion(response_id=key, reason=reason, excluded_by=by, excluded_at=now) for key in keys
    )
    Response.objects.filter(pk__in=keys).update(is_excluded=True)
    places.give_back(keys)
