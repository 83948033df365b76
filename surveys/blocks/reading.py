"""What blocks and sums hold of a stretch of time and a segment."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from functools import reduce
from operator import add

import numpy as np
from django.db.models import Q, Sum

from scoring.structural.group_sums import GroupSums
from surveys.blocks import sums
from surveys.blocks.packing import LANGUAGE, Rows, joined
from surveys.blocks.tally import Tally, tally, total
from surveys.models import AnswerGroups, AnswerSums, Period, Response, Survey

AT_ONCE = 500  # keys in one statement
LARGE = 20_000  # answers of a period from which on its sums over random groups are kept


def rows(survey: Survey, measurement_key: str, periods: Sequence[Period], segment: str = "") -> Rows | None:
    """The packed answers themselves; None where there are none."""
    parts = []
    for _place, held in sums.blocks_with(survey, measurement_key, period__in=periods):
        chosen = held.in_segment(segment)
        parts.append(held if chosen.all() else held.chosen(chosen))
    return _together(parts)


def came_after(survey: Survey, periods: Sequence[Period], at: datetime) -> list[int]:
    """The keys of the answers in blocks that came later: by themselves, or with a file stored later."""
    rows = Response.objects.filter(
        survey=survey, period__in=periods, state=Response.State.FINISHED, block__isnull=False
    )
    files = list(survey.imports.filter(stored_at__gt=at).values_list("pk", flat=True))
    later = rows.filter(origin=Response.Origin.WEB, batch=None, finished_at__gt=at)
    found = list(later.values_list("pk", flat=True))
    return found + (list(rows.filter(batch__in=files).values_list("pk", flat=True)) if files else [])


def chosen_rows(survey: Survey, measurement_key: str, keys: Collection[int], segment: str) -> Rows | None:
    """The packed answers of these responses, from the blocks that hold them; those of the segment."""
    blocks = set()
    listed = list(keys)
    for start in range(0, len(listed), AT_ONCE):
        held = Response.objects.filter(pk__in=listed[start : start + AT_ONCE])
        blocks |= set(held.values_list("block_id", flat=True))
    parts = [
        own.chosen(own.in_segment(segment) & np.isin(own.keys, listed))
        for _place, own in sums.blocks_with(survey, measurement_key, pk__in=blocks)
    ]
    return _together(parts)


def _together(parts: list[Rows]) -> Rows | None:
    """Joined two by two, so that no row is copied more than a few times."""
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        parts = [joined(*pair) for pair in pairs] + (parts[-1:] if len(parts) % 2 else [])
    return parts[0] if parts else None


def language_bases(survey: Survey, measurement_key: str, period: Period) -> dict[str, int]:
    """How many answers the blocks hold in each language."""
    stored = AnswerSums.objects.filter(
        survey=survey, measurement_key=measurement_key, period=period, segment__startswith=f"{LANGUAGE}:"
    )
    counts = stored.order_by().values_list("segment").annotate(number=Sum("n"))
    return {segment.partition(":")[2]: number for segment, number in counts}


def base(survey: Survey, measurement_key: str, periods: Iterable[Period], segment: str = "") -> int:
    """How many answers are in the blocks."""
    stored = AnswerSums.objects.filter(
        survey=survey, measurement_key=measurement_key, period__in=periods, segment=segment
    )
    return sum(stored.values_list("n", flat=True))


def tally_of_periods(
    survey: Survey, measurement_key: str, periods: Sequence[Period], segment: str, items: int
) -> Tally:
    return _tally(survey, measurement_key, segment, items, Q(period__in=periods))


def tally_of_days(
    survey: Survey, measurement_key: str, first: date, last: date, segment: str, items: int
) -> Tally:
    """Of any window of days, both ends included."""
    return _tally(survey, measurement_key, segment, items, Q(day__range=(first, last)))


def _tally(survey: Survey, measurement_key: str, segment: str, items: int, when: Q) -> Tally:
    """Stored sums added up; where a day's are not worth storing, from its few rows."""
    stored = AnswerSums.objects.filter(
        when, survey=survey, measurement_key=measurement_key, segment=segment
    ).values_list("period_id", "day", "sums")
    found = list(stored)
    whole = total((content for _period, _day, content in found if content), items)
    small = {(period, day) for period, day, content in found if not content}
    if not small:
        return whole
    held = sums.blocks_with(survey, measurement_key, period__in={period for period, _day in small})
    few = [own.codes[:, own.in_segment(segment)] for place, own in held if place in small]
    return whole + tally(np.hstack(few))


def groups(
    survey: Survey, measurement_key: str, periods: Sequence[Period], segment: str, items: int
) -> GroupSums:
    """Sums over random groups of complete answers; those of a large period are kept for the next time."""
    return reduce(add, (_groups(survey, measurement_key, one, segment, items) for one in periods))


def _groups(survey: Survey, measurement_key: str, period: Period, segment: str, items: int) -> GroupSums:
    where = {"survey": survey, "measurement_key": measurement_key, "period": period, "segment": segment}
    stored = AnswerGroups.objects.filter(**where).first()
    if stored:
        return sums.groups_from_bytes(stored.sums)
    if base(survey, measurement_key, [period], segment) <= LARGE:
        return sums.groups_of_period(survey, measurement_key, period, segment, items)
    return sums.keep_groups(survey, measurement_key, period, segment, items)
