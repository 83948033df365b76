"""Putting new answers into blocks and sums, and taking out those that count no more.

What is to be done is read off the responses themselves (`TO_FOLD`, `TO_TAKE_OUT`), so that nothing is counted
twice and nothing forgotten, whatever order transactions commit in. One at a time folds a survey: it holds the
survey's row, which no respondent waits for.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from django.db import transaction
from django.db.models import Q, QuerySet

from surveys.blocks import sums
from surveys.blocks.layout import columns_of_version
from surveys.blocks.packing import LANGUAGE, LARGEST, Rows, joined, pack_into, rows_of, unpacked
from surveys.models import AnswerBlock, Response, Survey, Version
from surveys.models.response import TO_FOLD, TO_TAKE_OUT
from surveys.periods import local_day

AT_ONCE = 5_000  # responses in one transaction
KEYS_AT_ONCE = 500  # SQLite takes a limited number of values in one statement
COLUMNS = ("pk", "version_id", "period_id", "finished_at", "language", "segments", "answers")


class Place(NamedTuple):
    """What a block holds answers of."""

    version: int
    period: int
    day: date | None


@dataclass(frozen=True)
class Folding:
    """A survey whose row is held, and the versions whose answers are being folded."""

    survey: Survey
    versions: dict[int, Version]


def to_fold(survey: Survey) -> QuerySet[Response]:
    return Response.objects.filter(TO_FOLD, survey=survey)


def to_take_out(survey: Survey) -> QuerySet[Response]:
    return Response.objects.filter(TO_TAKE_OUT, survey=survey)


def surveys_to_fold() -> QuerySet[Survey]:
    """Those with anything to put in or take out."""
    waiting = Response.objects.filter(TO_FOLD).values("survey").distinct()
    outdated = Response.objects.filter(TO_TAKE_OUT).values("survey").distinct()
    return Survey.objects.filter(Q(pk__in=waiting) | Q(pk__in=outdated)).order_by("pk")


def fold(survey: Survey) -> int:
    """Bring blocks and sums up to date. Returns how many answers were put in or taken out."""
    done = 0
    while to_fold(survey).exists():
        done += _put_in(survey)
    while to_take_out(survey).exists():
        done += _take_some_out(survey)
    return done


@transaction.atomic
def _put_in(survey: Survey) -> int:
    """Some of what is new. The responses are held in the order of their keys, as by those who take many out
    at once, so that the two wait for each other instead of blocking each other."""
    folding = _held(survey)
    rows = to_fold(survey).order_by("pk").select_for_update(of=("self",), no_key=True)
    new = list(rows.values_list(*COLUMNS)[:AT_ONCE])
    for place, own in _by_place(folding.survey, new):
        _add(folding, place, own)
    return len(new)


@transaction.atomic
def _take_some_out(survey: Survey) -> int:
    """Some of what counts no more."""
    folding = _held(survey)
    rows = to_take_out(survey).order_by("pk").select_for_update(of=("self",), no_key=True)
    gone = list(rows.values_list("block_id", "pk")[:AT_ONCE])
    _take_out(folding, gone)
    return len(gone)


def _held(survey: Survey) -> Folding:
    held = sums.hold(survey)
    return Folding(held, {one.pk: one for one in held.versions.defer("snapshot").prefetch_related("uses")})


def _by_place(survey: Survey, new: Sequence[tuple[Any, ...]]) -> Iterable[tuple[Place, list[Any]]]:
    def place_of(row: tuple[Any, ...]) -> Place:
        return Place(row[1], row[2], _day(survey, row[3]))

    def order(row: tuple[Any, ...]) -> tuple[int, int, date]:
        version, period, day = place_of(row)
        return version, period, day or date.min

    return [(place, list(rows)) for place, rows in groupby(sorted(new, key=order), key=place_of)]


def _day(survey: Survey, at: datetime | None) -> date | None:
    return local_day(survey, at) if at else None


def packed_rows(version: Version, responses: Sequence[tuple[Any, ...]]) -> Rows:
    """Responses to one version, each a tuple of `COLUMNS`, as packed rows."""
    codes = columns_of_version(version).encoded(row[6] for row in responses)
    names = [LANGUAGE, *(question.code for question in version.content.segments)]
    values = [{LANGUAGE: row[4], **row[5]} for row in responses]
    return rows_of(codes, [row[0] for row in responses], values, names)


def _add(folding: Folding, place: Place, responses: Sequence[tuple[Any, ...]]) -> None:
    """Fill the place's last block, and begin as many as are needed after it."""
    version, period, day = place
    rows = packed_rows(folding.versions[version], responses)
    held = {"survey": folding.survey, "version_id": version, "period_id": period, "day": day}
    block = AnswerBlock.objects.filter(**held, n__lt=LARGEST).order_by("pk").last()
    left = rows
    while left.n:
        block = block or AnswerBlock(**held, n=0)
        room = LARGEST - block.n
        now, left = left.chosen(slice(None, room)), left.chosen(slice(room, None))
        pack_into(block, joined(unpacked(block), now) if block.n else now)
        block.save()
        _point(now.keys.tolist(), block)
        block = None
    sums.change(folding.survey, folding.versions[version], period, day, rows, sign=1)


def _point(keys: list[int], block: AnswerBlock | None) -> None:
    """Say of responses which block holds them."""
    for start in range(0, len(keys), KEYS_AT_ONCE):
        Response.objects.filter(pk__in=keys[start : start + KEYS_AT_ONCE]).update(block=block)


def _take_out(folding: Folding, gone: Iterable[tuple[int, int]]) -> None:
    """Take responses out of their blocks, as if they had never been there."""
    by_block = defaultdict(list)
    for block_id, key in gone:
        by_block[block_id].append(key)
    for block in AnswerBlock.objects.filter(pk__in=by_block).order_by("pk"):
        _take_out_of(folding, block, by_block[block.pk])
    _point([key for _block, key in gone], None)


def _take_out_of(folding: Folding, block: AnswerBlock, keys: list[int]) -> None:
    rows = unpacked(block)
    leaving = np.isin(rows.keys, keys)
    if leaving.all():
        block.delete()
    else:
        pack_into(block, rows.chosen(~leaving))
        block.save()
    version = folding.versions[block.version_id]
    sums.change(folding.survey, version, block.period_id, block.day, rows.chosen(leaving), sign=-1)


def erase(response: Response) -> None:
    """Take one response out at once: to be called in the transaction that deletes it, before it is locked."""
    folding = _held(response.survey)
    block_id = Response.objects.filter(pk=response.pk).values_list("block_id", flat=True).first()
    if block_id:
        _take_out(folding, [(block_id, response.pk)])


@transaction.atomic
def rebuild(survey: Survey) -> None:
    """Throw blocks and sums away; the next folding makes them from the responses."""
    folding = _held(survey)
    held = Response.objects.filter(survey=folding.survey, block__isnull=False).order_by("pk")
    _point(list(held.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True)), None)
    for kept in (survey.blocks, survey.sums, survey.group_sums):
        kept.all().delete()
