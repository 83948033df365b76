"""The stored sums: of each measurement key, period, day and segment, and over random groups where many."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from django.db import transaction

from scoring.instrument import Instrument
from scoring.structural.group_sums import GroupSums, group_of, group_sums, no_sums
from surveys.blocks.layout import columns_of_version, columns_under_key
from surveys.blocks.packing import Rows, unpacked
from surveys.blocks.tally import (
    Digest,
    Tally,
    applies,
    block_of,
    from_bytes,
    packed,
    row_digests,
    tally,
    to_bytes,
)
from surveys.blocks.tally import unpacked as arrays_in
from surveys.models import AnswerBlock, AnswerGroups, AnswerSums, Period, Survey, Use, Version

EVERYBODY = ""
AT_ONCE = 50  # rows written by one statement
Place = tuple[int, date | None]  # a period and a day
WORTH_SUMMING = 4  # answers an item, from which on sums take less room than the rows they are made of


def own_rows(version: Version, instrument: Instrument, rows: Rows) -> Rows:
    """The rows with the items of one of the version's instruments only, in the order of their codes."""
    places = columns_of_version(version).places(columns_under_key(instrument).codes)
    return Rows(rows.codes[places], rows.keys, rows.marks, rows.fields)


def change(survey: Survey, version: Version, period_id: int, day: date | None, rows: Rows, sign: int) -> None:
    """Add rows to every sum they belong to (`sign` 1), or take them away (−1).

    The blocks have them, or have them no more, and the survey's row is held.
    """
    for use in version.uses.all():
        own = own_rows(version, use.instrument, rows)
        _change_day(_Day(survey, use, period_id, day), own, sign)
        _change_groups(survey, use, period_id, own, sign)


@dataclass(frozen=True)
class _Day:
    """Answers under one measurement key, of one period and day."""

    survey: Survey
    use: Use
    period_id: int
    day: date | None

    def stored(self) -> dict[str, AnswerSums]:
        found = AnswerSums.objects.filter(
            survey=self.survey,
            measurement_key=self.use.measurement_key,
            period_id=self.period_id,
            day=self.day,
        )
        return {one.segment: one for one in found}

    def new(self, segment: str) -> AnswerSums:
        return AnswerSums(
            survey=self.survey,
            measurement_key=self.use.measurement_key,
            period_id=self.period_id,
            day=self.day,
            segment=segment,
            n=0,
            sums=b"",
        )

    def from_blocks(self, segment: str) -> Tally:
        return tally_of_place(self.survey, self.use.measurement_key, self.period_id, self.day, segment)


def _change_day(day: _Day, rows: Rows, sign: int) -> None:
    stored, digests = day.stored(), row_digests(rows.codes)
    changed = []
    for segment in (EVERYBODY, *rows.segments()):
        row = stored.get(segment) or day.new(segment)
        _change(row, day, rows, digests, sign)
        changed.append(row)
    AnswerSums.objects.bulk_create([row for row in changed if row.n and not row.pk])
    AnswerSums.objects.bulk_update([row for row in changed if row.n and row.pk], ["n", "sums"], AT_ONCE)
    AnswerSums.objects.filter(pk__in=[row.pk for row in changed if row.pk and not row.n]).delete()


def _change(row: AnswerSums, day: _Day, rows: Rows, digests: Digest, sign: int) -> None:
    """Count the segment's rows, and sum them where its sums are kept or begin to be worth it."""
    chosen = rows.in_segment(row.segment)
    row.n += sign * int(chosen.sum())
    if row.sums:
        own, before = tally(rows.codes[:, chosen], digests[chosen]), from_bytes(row.sums)
        row.sums = to_bytes(before + own if sign > 0 else before - own)
    elif row.n >= WORTH_SUMMING * len(rows.codes):
        row.sums = to_bytes(day.from_blocks(row.segment))


def tallies(rows: Rows) -> Iterator[tuple[str, Tally]]:
    """Everybody's, and that of each segment that occurs."""
    digests = row_digests(rows.codes)
    for segment in (EVERYBODY, *rows.segments()):
        chosen = rows.in_segment(segment)
        yield segment, tally(rows.codes[:, chosen], digests[chosen])


def blocks_with(survey: Survey, measurement_key: str, **where: Any) -> Iterator[tuple[Place, Rows]]:
    """The items of a measurement key in each block that has them."""
    uses = Use.objects.filter(version__survey=survey, measurement_key=measurement_key)
    uses = uses.select_related("version").defer("version__snapshot")
    known = {use.version_id: use for use in uses}
    blocks = AnswerBlock.objects.filter(survey=survey, version__in=known, **where).order_by("pk")
    for block in blocks.iterator(chunk_size=50):
        use = known[block.version_id]
        own = own_rows(use.version, use.instrument, unpacked(block))
        yield (block.period_id, block.day), own


def tally_of_place(
    survey: Survey, measurement_key: str, period_id: int, day: date | None, segment: str
) -> Tally:
    """Of one period, day and segment, from the rows."""
    parts = [
        tally(rows.codes[:, rows.in_segment(segment)])
        for _place, rows in blocks_with(survey, measurement_key, period_id=period_id, day=day)
    ]
    return reduce(add, parts)


# ---------------------------------------------------------------- random groups


def _change_groups(survey: Survey, use: Use, period_id: int, rows: Rows, sign: int) -> None:
    stored = AnswerGroups.objects.filter(
        survey=survey, measurement_key=use.measurement_key, period_id=period_id
    )
    for one in stored:
        own = groups_of([rows.chosen(rows.in_segment(one.segment))], len(rows.codes))
        before = groups_from_bytes(one.sums)
        one.sums = groups_to_bytes(before + own if sign > 0 else before - own)
        one.save()


def groups_of(parts: Iterable[Rows], items: int) -> GroupSums:
    """Sums over the groups that the responses' keys fall into, of those who may count and lack no answer."""
    total = no_sums(items)
    for rows in parts:
        own = rows.chosen(applies(rows.codes))
        block = block_of(own.codes, [""] * items, [0] * items)
        total = total + group_sums(block, group_of(own.keys))
    return total


def groups_of_period(
    survey: Survey, measurement_key: str, period: Period, segment: str, items: int
) -> GroupSums:
    """From the rows."""
    held = blocks_with(survey, measurement_key, period=period)
    return groups_of((rows.chosen(rows.in_segment(segment)) for _place, rows in held), items)


@transaction.atomic
def keep_groups(survey: Survey, measurement_key: str, period: Period, segment: str, items: int) -> GroupSums:
    """Form them once, and keep them: from then on what is folded changes them too."""
    hold(survey)
    found = groups_of_period(survey, measurement_key, period, segment, items)
    AnswerGroups.objects.update_or_create(
        survey=survey,
        measurement_key=measurement_key,
        period=period,
        segment=segment,
        defaults={"sums": groups_to_bytes(found)},
    )
    return found


def hold(survey: Survey) -> Survey:
    """Keep others from folding the survey, or storing a run of it, until the transaction ends."""
    rows = Survey.objects.select_for_update(of=("self",), no_key=True).select_related("organisation")
    return rows.get(pk=survey.pk)


def groups_to_bytes(sums: GroupSums) -> bytes:
    p = sums.first.shape[1]
    upper = np.triu_indices(p)
    return packed([np.array([p]), sums.n, sums.first.ravel(), sums.second[:, upper[0], upper[1]].ravel()])


def groups_from_bytes(content: bytes | memoryview) -> GroupSums:
    head, n, first, triangles = arrays_in(content)
    p, groups = int(head[0]), len(n)
    upper, lower = np.triu_indices(p)
    second = np.empty((groups, p, p), dtype=np.int64)
    second[:, upper, lower] = triangles.reshape(groups, -1)
    second[:, lower, upper] = second[:, upper, lower]
    return GroupSums(n.astype(np.int64), first.reshape(groups, p).astype(np.int64), second)
