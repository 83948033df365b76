"""Which answers belong to a quota, and giving places to those that are there already."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.lookups import Exact

from surveys.models import Quota, QuotaPlace, Response

AT_ONCE = 500  # rows; SQLite takes a limited number of values in one statement


def matching(quotas: Iterable[Quota], segments: Mapping[str, Any]) -> list[Quota]:
    """Those that people of these segments belong to. What is not known of somebody is no reason to count
    them."""
    return [one for one in quotas if one.segments.items() <= segments.items()]


def fill(quota: Quota, responses: QuerySet[Response]) -> None:
    """Give places to those of the responses that belong to the quota and have none yet, however many.

    Imported answers never count. To be called in a transaction.
    """
    own = responses.filter(
        survey=quota.survey_id,
        origin=Response.Origin.WEB,
        state=Response.State.FINISHED,
        is_excluded=False,
    )
    if quota.per == Quota.Per.PERIOD:
        own = own.filter(period__isnull=False)
    for question, option in quota.segments.items():
        own = own.filter(Exact(KeyTextTransform(question, "segments"), option))
    taken = QuotaPlace.objects.filter(quota=quota).values("response")
    missing = own.exclude(pk__in=taken).values_list("pk", "period_id")
    new = [QuotaPlace(quota=quota, response_id=pk, period_id=period) for pk, period in missing.iterator()]
    QuotaPlace.objects.bulk_create(new, batch_size=AT_ONCE, ignore_conflicts=True)
    if new:  # to add a place waits for whoever is leaving its response out at this moment: now it is seen
        QuotaPlace.objects.filter(quota=quota, response__is_excluded=True).delete()
