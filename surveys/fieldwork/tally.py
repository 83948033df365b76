"""What is counted over all finished responses of a survey, in parts, so that new answers cost little.

Reading 100,000 responses takes two or three seconds. So they are counted in stretches of neighbouring keys,
and a stretch is read again only when a response in it was finished, imported or withdrawn since: a finished
response itself never changes. The counts stay in the memory of the process that read them.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from django.core.cache import cache
from django.db.models import Count, F, Max, Q, QuerySet, Sum

from surveys.models import Response, Survey
from surveys.questionnaire.conditions import DONT_KNOW, HIDDEN, NOT_APPLICABLE

BLOCK = 5_000  # keys
MOST_RANGES = 50  # in one query
ROWS_AT_ONCE = 2_000
SLOT = 900  # seconds; every time zone's midnight lies on a quarter of an hour
KEPT = 86_400  # seconds
REASONS = (None, DONT_KNOW, NOT_APPLICABLE, HIDDEN)


@dataclass
class Tally:
    """Counts that may be added up. `left_open` is by code and reason, `slots` by quarters of an hour."""

    asked: Counter[str] = field(default_factory=Counter)
    left_open: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    segments: Counter[tuple[str, str]] = field(default_factory=Counter)
    versions: Counter[int] = field(default_factory=Counter)  # of what was answered on our own pages
    seconds: Counter[int] = field(default_factory=Counter)  # from opening to handing in
    slots: Counter[int] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        for one in fields(self):
            getattr(self, one.name).update(getattr(other, one.name))


def tally(survey: Survey) -> Tally:
    """The counts of today; only what changed is read."""
    finished = survey.responses.filter(state=Response.State.FINISHED)
    signs = _signs(finished)
    kept: dict[int, tuple[str, Tally]] = cache.get(f"tally/{survey.pk}", {})
    blocks = {block: kept[block] for block, sign in signs.items() if block in kept and kept[block][0] == sign}
    if stale := signs.keys() - blocks.keys():
        read = _read(_within(finished, stale))
        blocks |= {block: (signs[block], read[block]) for block in stale}
        cache.set(f"tally/{survey.pk}", blocks, KEPT)
    total = Tally()
    for _sign, part in blocks.values():
        total.add(part)
    return total


def _signs(finished: QuerySet[Response]) -> dict[int, str]:
    """For each block what tells its present content from any other."""
    counted = finished.order_by().annotate(stretch=F("pk") / BLOCK).values("stretch")
    counted = counted.annotate(n=Count("pk"), keys=Sum("pk"), newest=Max("finished_at"))
    return {row["stretch"]: f"{row['n']} {row['keys']} {row['newest']}" for row in counted}


def _within(finished: QuerySet[Response], blocks: set[int]) -> QuerySet[Response]:
    if len(blocks) > MOST_RANGES:
        return finished
    ranges = Q(pk__in=[])
    for block in blocks:
        ranges |= Q(pk__range=(block * BLOCK, (block + 1) * BLOCK - 1))
    return finished.filter(ranges)


def _read(rows: QuerySet[Response]) -> Mapping[int, Tally]:
    read: dict[int, Tally] = defaultdict(Tally)
    columns = ("pk", "answers", "segments", "origin", "version_id", "started_at", "finished_at")
    for key, answers, segments, origin, version, started, ended in rows.values_list(*columns).iterator(
        ROWS_AT_ONCE
    ):
        part = read[key // BLOCK]
        part.asked.update(iter(answers))
        part.left_open.update(
            # Most answers are numbers: asking that first halves the time.
            [(code, one) for code, one in answers.items() if not isinstance(one, int) and one in REASONS]
        )
        part.segments.update(segments.items())
        if origin == Response.Origin.WEB:
            part.versions[version] += 1
        if ended is not None:
            part.slots[int(ended.timestamp()) // SLOT] += 1
            if started is not None and started <= ended:
                part.seconds[int((ended - started).total_seconds())] += 1
    return read
