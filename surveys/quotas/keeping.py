"""Making, changing and removing quotas."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from surveys.models import Quota, Survey
from surveys.periods import local_day, running_period
from surveys.quotas.belonging import fill
from surveys.quotas.outlook import STRETCH
from surveys.quotas.places import fill_late
from surveys.weighting import problems_of_segments, segment_questions

MOST_PER_SURVEY = 200
LARGEST = 1_000_000


class QuotaRefused(ValueError):
    """What cannot be a quota; `problems` says why, by field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = dict(problems)


def make(survey: Survey, segments: Mapping[str, Any], most: int, per: str = Quota.Per.SURVEY) -> Quota:
    """A new quota, with the answers that are there already counted. Raises QuotaRefused.

    `segments` are options of the published segment questions, one for each; none: everybody.
    """
    if problems := dict(_problems(survey, segments)) | dict(_problem_of(most)):
        raise QuotaRefused(problems)
    with transaction.atomic():
        Survey.objects.select_for_update(no_key=True).get(pk=survey.pk)  # one at a time makes one
        others = list(survey.quotas.all())
        if any(one.segments == segments and one.per == per for one in others):
            raise QuotaRefused({"segments": _("There is such a quota already; change that one.")})
        if len(others) >= MOST_PER_SURVEY:
            raise QuotaRefused({"segments": _("There are as many quotas as a survey may have.")})
        made = _made(survey, segments, most, per)
    with transaction.atomic():
        fill_late(made)
    return made


def make_each(survey: Survey, question: str, most: int, per: str = Quota.Per.SURVEY) -> int:
    """A quota of this number for each option of a segment question that has none counted so yet; returns how
    many. Those that are there stay, whatever their number. Raises QuotaRefused; then none is made."""
    options = {one.code: one.options for one in segment_questions(survey)}.get(question, ())
    if not options:
        raise QuotaRefused({"question": _("is no segment question of the published survey")})
    if problems := dict(_problem_of(most)):
        raise QuotaRefused(problems)
    with transaction.atomic():
        Survey.objects.select_for_update(no_key=True).get(pk=survey.pk)
        others = list(survey.quotas.all())
        known = [one.segments for one in others if one.per == per]
        missing = [one.code for one in options if {question: one.code} not in known]
        if len(others) + len(missing) > MOST_PER_SURVEY:
            said = _("There would be more quotas than the %d that a survey may have.")
            raise QuotaRefused({"question": said % MOST_PER_SURVEY})
        made = [_made(survey, {question: option}, most, per) for option in missing]
    for one in made:
        with transaction.atomic():
            fill_late(one)
    return len(made)


def _made(survey: Survey, segments: Mapping[str, Any], most: int, per: str) -> Quota:
    made: Quota = survey.quotas.create(segments=dict(segments), most=most, per=per)
    fill(made, survey.responses.filter(_that_counts(made, timezone.now())))
    return made


def _that_counts(quota: Quota, now: datetime) -> Q:
    """Of periods that are over nothing is shown; the last days show the pace."""
    if quota.per == Quota.Per.SURVEY:
        return Q()
    running = running_period(quota.survey, local_day(quota.survey, now))
    return Q(finished_at__gte=now - STRETCH) | (Q(period=running) if running else Q(pk__in=[]))


def change(quota: Quota, most: int | None = None, is_active: bool | None = None) -> None:
    """Take more or fewer, pause, or go on. Who was taken stays. Raises QuotaRefused."""
    changes: dict[str, Any] = {} if is_active is None else {"is_active": is_active}
    if most is not None:
        if problems := dict(_problem_of(most)):
            raise QuotaRefused(problems)
        changes["most"] = most
    if changes:
        Quota.objects.filter(pk=quota.pk).update(**changes)
    for field, value in changes.items():
        setattr(quota, field, value)


@transaction.atomic
def remove(quota: Quota) -> None:
    """Its row is held first: whoever is handing in has a place in it by then, or finds it gone."""
    for held in Quota.objects.select_for_update().filter(pk=quota.pk):
        held.delete()


def _problem_of(most: int) -> Iterator[tuple[str, str]]:
    if not 1 <= most <= LARGEST:
        yield "most", _("must be a whole number from 1 to %s") % LARGEST


def _problems(survey: Survey, segments: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if survey.current_version is None:
        yield "segments", _("Publish the survey first; only then is it known whom it asks.")
        return
    yield from problems_of_segments(survey, segments)
