"""Whether blocks and sums are what the answers give: each is computed again and compared."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from django.db import transaction

from surveys.blocks import sums
from surveys.blocks.folding import COLUMNS, KEYS_AT_ONCE, packed_rows
from surveys.blocks.packing import Rows, unpacked
from surveys.blocks.sums import Place
from surveys.blocks.tally import Tally, from_bytes, no_tally
from surveys.models import AnswerAudit, AnswerBlock, AnswerGroups, AnswerSums, Response, Survey, Version


@dataclass
class Verdict:
    """How many blocks and sums were looked at, and what was wrong with which, a sentence each."""

    blocks: int = 0
    sums: int = 0
    differences: list[str] = field(default_factory=list)


def verify(survey: Survey, sample: int | None = None) -> Verdict:
    """Compare all of a survey, or the blocks and sums of so many periods and days drawn at random.

    Answers that wait to be folded are no difference. Nothing is folded while one of the days is looked at;
    between them it may be.
    """
    found = Verdict()
    places = _places(survey, sample)
    for place in places:
        with transaction.atomic():
            sums.hold(survey)
            _verify_place(survey, place, found)
    looked_at = {period for period, _day in places}
    for key in survey.group_sums.filter(period__in=looked_at).values_list("pk", flat=True):
        with transaction.atomic():
            sums.hold(survey)
            for one in survey.group_sums.filter(pk=key).select_related("period"):
                _verify_groups(survey, one, found)
    return found


def audit(survey: Survey, sample: int) -> AnswerAudit:
    """Verify a sample and keep the verdict."""
    found = verify(survey, sample)
    return AnswerAudit.objects.create(
        survey=survey, blocks=found.blocks, sums=found.sums, differences=found.differences
    )


def _places(survey: Survey, sample: int | None) -> list[Place]:
    held = set(survey.blocks.values_list("period", "day")) | set(survey.sums.values_list("period", "day"))
    places = sorted(held, key=lambda place: (place[0], place[1] or date.min))
    if sample is None or sample >= len(places):
        return places
    drawn = np.random.default_rng().choice(len(places), sample, replace=False)
    return [places[number] for number in drawn]


def _verify_place(survey: Survey, place: Place, found: Verdict) -> None:
    """The place's blocks against the responses, then its sums against the blocks."""
    period, day = place
    blocks = list(survey.blocks.filter(period=period, day=day).defer("version__snapshot"))
    versions = {one.pk: one for one in survey.versions.defer("snapshot").prefetch_related("uses")}
    rows = [(versions[block.version_id], unpacked(block)) for block in blocks]
    for block, (version, held) in zip(blocks, rows, strict=True):
        found.blocks += 1
        found.differences += _block_differences(block, version, held)
    _verify_sums(survey, place, rows, found)


def _block_differences(block: AnswerBlock, version: Version, held: Rows) -> Iterator[str]:
    where = f"block {block.pk} of {block.day}"
    given = packed_rows(version, _responses_in(block, held))
    order = np.argsort(held.keys)
    if not np.array_equal(held.keys[order], given.keys):
        yield f"{where}: it holds {held.n} responses, {given.n} say that they are in it"
    elif not np.array_equal(held.codes[:, order], given.codes):
        yield f"{where}: its answers are not those of the responses"
    elif any(held.chosen(order).values(name) != given.values(name) for name in given.fields):
        yield f"{where}: its segments or languages are not those of the responses"


def _responses_in(block: AnswerBlock, held: Rows) -> list[tuple[Any, ...]]:
    """Those that the block holds and that say so, asked for by their keys, which alone are indexed."""
    keys, found = np.sort(held.keys).tolist(), []
    for start in range(0, len(keys), KEYS_AT_ONCE):
        own = Response.objects.filter(pk__in=keys[start : start + KEYS_AT_ONCE], block=block)
        own = own.filter(survey=block.survey_id, state=Response.State.FINISHED).order_by("pk")
        found += list(own.values_list(*COLUMNS))
    return found


def _verify_sums(survey: Survey, place: Place, rows: Iterable[tuple[Version, Rows]], found: Verdict) -> None:
    period, day = place
    expected: dict[tuple[str, str], Tally] = defaultdict()
    items: Counter[str] = Counter()
    for version, held in rows:
        for use in version.uses.all():
            key, own = use.measurement_key, sums.own_rows(version, use.instrument, held)
            items[key] = len(own.codes)
            for segment, one in sums.tallies(own):
                before = expected.get((key, segment), no_tally(items[key]))
                expected[key, segment] = before + one
    stored = {(one.measurement_key, one.segment): one for one in survey.sums.filter(period=period, day=day)}
    for name in sorted(expected.keys() | stored.keys()):
        found.sums += 1
        if said := _sums_difference(stored.get(name), expected.get(name)):
            key, segment = name
            found.differences.append(f"sums of {day}, {segment or 'everybody'}, under {key}: {said}")


def _sums_difference(stored: AnswerSums | None, expected: Tally | None) -> str:
    if stored is None:
        return "they are missing"
    if expected is None or stored.n != expected.n:
        return f"they say {stored.n} answers, the blocks {expected.n if expected else 0}"
    if stored.sums and from_bytes(stored.sums) != expected:
        return "they are not those of the blocks"
    return ""


def _verify_groups(survey: Survey, stored: AnswerGroups, found: Verdict) -> None:
    found.sums += 1
    kept = sums.groups_from_bytes(stored.sums)
    items = kept.first.shape[1]
    again = sums.groups_of_period(survey, stored.measurement_key, stored.period, stored.segment, items)
    if sums.groups_to_bytes(kept) != sums.groups_to_bytes(again):
        where = f"group sums of {stored.period}, {stored.segment or 'everybody'}"
        found.differences.append(f"{where}: they are not those of the blocks")
