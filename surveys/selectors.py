"""The one door by which data leaves: item columns and what describes them, never rows one by one."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.fields.json import KeyTextTransform
from numpy.typing import NDArray

from scoring.instrument import Instrument
from scoring.structural.group_sums import GroupSums
from surveys.blocks import layout, reading
from surveys.blocks.folding import fold, to_fold, to_take_out
from surveys.blocks.layout import LEAST_REASON, Codes
from surveys.blocks.packing import Rows
from surveys.blocks.sums import groups_of, hold
from surveys.blocks.tally import applies, tally
from surveys.models import Exclusion, Member, Period, Response, Survey, Use, Version
from surveys.periods import in_order


@dataclass(frozen=True)
class ItemColumns:
    """The finished answers of a period, or of several pooled, and of a segment, as columns.

    `values` is n × items, NaN where there is no number; `missing` says, item by item, why there is none.
    `applies` (n,) is false where an item did not apply, was not shown or not asked: nothing may be put there.
    `fingerprint` tells the set of answers, whatever the order of the rows. `segments` holds for each segment
    question the option (n,) that every row has, empty for none.
    """

    items: tuple[str, ...]
    values: NDArray[np.float64]
    applies: NDArray[np.bool_]
    missing: dict[str, dict[str, int]]
    fingerprint: str
    segments: dict[str, NDArray[np.str_]] = field(default_factory=dict)

    def in_order(self) -> "ItemColumns":
        """The same with the rows in the order of their values, then segments, which tells nothing of who
        answered when, and in which equal answers are always drawn from alike."""
        options = [np.unique(self.segments[one], return_inverse=True)[1] for one in sorted(self.segments)]
        order = _by_values(np.column_stack([*options, self.values, self.applies]))
        segments = {question: chosen[order] for question, chosen in self.segments.items()}
        return replace(self, values=self.values[order], applies=self.applies[order], segments=segments)


def surveys_of(member: Member) -> QuerySet[Survey]:
    return Survey.objects.filter(organisation=member.organisation).select_related("organisation")


def newest_version(public_id: str) -> Version | None:
    """The newest version of a published survey, with the survey as it is now; None if there is none.

    Without its snapshot: a version never changes, so a process reads and parses that once.
    """
    versions = Version.objects.select_related("survey__organisation").defer("snapshot")
    return versions.filter(survey__public_id=public_id).order_by("-number").first()


def finished(
    survey: Survey, measurement_key: str, period: Period | Sequence[Period], segment: str = ""
) -> QuerySet[Response]:
    """Finished responses of a period, or several, that measure the same, without those an analyst took out.

    `segment` is `question:option` or empty.
    """
    return all_finished(survey, measurement_key, period, segment).filter(is_excluded=False)


def excluded(
    survey: Survey, measurement_key: str, period: Period | Sequence[Period], segment: str = ""
) -> int:
    """How many finished responses an analyst took out."""
    return all_finished(survey, measurement_key, period, segment).filter(is_excluded=True).count()


def all_finished(
    survey: Survey, measurement_key: str, period: Period | Sequence[Period], segment: str = ""
) -> QuerySet[Response]:
    """Those that an analyst took out, too."""
    rows = Response.objects.filter(
        survey=survey,
        period__in=_listed(period),
        state=Response.State.FINISHED,
        version__uses__measurement_key=measurement_key,
    )
    if segment:
        question, _, option = segment.partition(":")
        rows = rows.filter(**{f"segments__{question}": option})
    return rows


def finished_as_of(
    at: datetime,
    survey: Survey,
    measurement_key: str,
    periods: Sequence[Period],
    segment: str = "",
    came_by: datetime | None = None,
) -> QuerySet[Response]:
    """Those that counted at that moment, of all that are still there: withdrawn ones left nothing. Of those
    only that came by an earlier moment, if one is named."""
    by = came_by or at
    came = Q(batch=None, finished_at__lte=by) | Q(batch__stored_at__lte=by)
    rows = all_finished(survey, measurement_key, periods, segment)
    return rows.filter(came).exclude(taken_out(at))


def taken_out(at: datetime) -> Exists:
    """Whether an analyst had taken the response out at that moment."""
    of_response = Exclusion.objects.filter(response=OuterRef("pk"), excluded_at__lte=at)
    return Exists(of_response.filter(Q(ended_at=None) | Q(ended_at__gt=at)))


def answers_by_option(survey: Survey, questions: Sequence[str]) -> dict[str, dict[str, int]]:
    """How many finished responses that count chose each option of segment questions."""
    rows = Response.objects.filter(survey=survey, state=Response.State.FINISHED, is_excluded=False)
    found = {}
    for question in questions:
        chosen = rows.annotate(option=KeyTextTransform(question, "segments")).values_list("option")
        found[question] = dict(chosen.annotate(n=Count("pk")).filter(option__isnull=False))
    return found


def answered_periods(survey: Survey, measurement_key: str) -> list[Period]:
    """The periods that anybody finished who answered what the key measures, in the order of time."""
    answered = [period for key, period in bases(survey) if key == measurement_key]
    return in_order(survey.periods.filter(pk__in=answered))


@dataclass(frozen=True)
class Base:
    """Finished answers that count, and those that an analyst took out."""

    included: int = 0
    excluded: int = 0

    def __add__(self, other: "Base") -> "Base":
        return Base(self.included + other.included, self.excluded + other.excluded)


def bases(survey: Survey) -> dict[tuple[str, int], Base]:
    """How many finished answers there are now, by measurement key and period's primary key.

    Blocks say how many they hold, so that only what has changed since they were folded is counted.
    """
    keys = defaultdict(list)
    for version, key in Use.objects.filter(version__survey=survey).values_list("version", "measurement_key"):
        keys[version].append(key)
    found: dict[tuple[str, int], Base] = defaultdict(Base)
    for version, period, base in _counts(survey):
        for key in keys[version]:
            found[key, period] += base
    return {place: base for place, base in found.items() if base != Base()}


def _counts(survey: Survey) -> Iterator[tuple[int, int, Base]]:
    """By version and period: what blocks hold, lack and have too much, and what was taken out.

    In one statement: between two of them answers may be folded, and would count twice or not at all.
    """
    out = Response.objects.filter(
        survey=survey, state=Response.State.FINISHED, period__isnull=False, is_excluded=True
    )
    held = _numbers(survey.blocks.all(), Sum("n"), "included")
    rows = held.union(
        _numbers(to_fold(survey), Count("pk"), "included"),
        _numbers(to_take_out(survey), -Count("pk"), "included"),
        _numbers(out, Count("pk"), "excluded"),
        all=True,
    )
    for version, period, kind, number in rows:
        yield version, period, Base(**{kind: number})


def _numbers(rows: QuerySet[Any], number: Any, kind: str) -> QuerySet[Any, tuple[int, int, str, int]]:
    counted = rows.order_by().values("version", "period").annotate(kind=Value(kind), number=number)
    found: QuerySet[Any, tuple[int, int, str, int]] = counted.values_list(
        "version", "period", "kind", "number"
    )
    return found


def latest_use(survey: Survey, measurement_key: str) -> Use:
    """The newest use of what the key measures: its instrument, and the version with its words."""
    uses = Use.objects.filter(version__survey=survey, measurement_key=measurement_key)
    return uses.select_related("version").order_by("-version__number")[0]


def answered_languages(survey: Survey, measurement_key: str, period: Period) -> dict[str, int]:
    """How many finished responses, without those taken out, were given in each language."""
    fold(survey)
    return reading.language_bases(survey, measurement_key, period)


def item_columns(
    survey: Survey,
    instrument: Instrument,
    measurement_key: str,
    period: Period | Sequence[Period],
    segment: str = "",
    as_of: datetime | None = None,
) -> ItemColumns:
    """The answers up to now, or to an earlier moment, in columns named by the instrument's item codes.

    `segment` is `question:option`, a language such as `:en`, or empty for everybody.
    """
    rows = _rows(survey, measurement_key, _listed(period), segment, as_of)
    if rows is None:
        return columns_from(instrument, np.empty((len(instrument.items), 0), dtype=np.uint8))
    return columns_from(instrument, rows.codes, rows.by_question())


def _rows(
    survey: Survey, measurement_key: str, periods: Sequence[Period], segment: str, as_of: datetime | None
) -> Rows | None:
    """Packed answers; with a bound nothing is folded or erased while it is seen which of them came later."""
    fold(survey)
    if as_of is None:
        return reading.rows(survey, measurement_key, periods, segment)
    with transaction.atomic():
        hold(survey)
        held = reading.rows(survey, measurement_key, periods, segment)
        later = [] if held is None else reading.came_after(survey, periods, as_of)
    return held.chosen(~np.isin(held.keys, later)) if held and later else held


def segment_columns(
    survey: Survey,
    measurement_key: str,
    period: Period | Sequence[Period],
    as_of: datetime | None = None,
) -> dict[str, NDArray[np.str_]]:
    """The `segments` of everybody's columns, without their answers."""
    rows = _rows(survey, measurement_key, _listed(period), "", as_of)
    return {} if rows is None else rows.by_question()


def columns_of(instrument: Instrument, responses: QuerySet[Response]) -> ItemColumns:
    """The answers of these responses as columns, read from the responses themselves."""
    stored = list(responses.values_list("answers", "segments"))
    codes = layout.columns_under_key(instrument).encoded(answers for answers, _segments in stored)
    return columns_from(instrument, codes, by_question([segments for _answers, segments in stored]))


def by_question(rows: Sequence[Mapping[str, str]]) -> dict[str, NDArray[np.str_]]:
    """For each segment question the option (n,) that every row has, empty for none."""
    questions = dict.fromkeys(question for own in rows for question in own)
    return {one: np.array([own.get(one) or "" for own in rows], dtype=np.str_) for one in questions}


def columns_from(
    instrument: Instrument, codes: Codes, segments: dict[str, NDArray[np.str_]] | None = None
) -> ItemColumns:
    """Columns from packed answers (items in the order of their codes, n), whose reasons for a gap become
    NaN."""
    names, lowest = _items(instrument)
    values = codes.T.astype(np.float64) + np.array(lowest)
    values[(codes >= LEAST_REASON).T] = np.nan
    whole = tally(codes)
    return ItemColumns(
        names, values, applies(codes), whole.missing(names), whole.fingerprint(names), segments or {}
    )


def _items(instrument: Instrument) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The bare codes and lowest answers of an instrument's items, in the order in which they are packed."""
    own = layout.columns_under_key(instrument)
    return tuple(code.removeprefix(f"{instrument.id}.") for code in own.codes), own.lowest


@dataclass(frozen=True)
class ItemSums:
    """The same answers summed up exactly, whatever their number; `lowest` is what the codes start from.

    `is_complete`: none of the `applying` answers lacks an item, so that their sums say all a model needs.
    `groups` are sums over random groups of those without a gap.
    """

    items: tuple[str, ...]
    lowest: tuple[int, ...]
    n: int
    applying: int
    is_complete: bool
    missing: dict[str, dict[str, int]]
    fingerprint: str
    groups: GroupSums


def item_sums(
    survey: Survey,
    instrument: Instrument,
    measurement_key: str,
    period: Period | Sequence[Period],
    segment: str = "",
    as_of: datetime | None = None,
) -> ItemSums:
    """The answers up to now, added up over days, less those that came after an earlier moment; nothing is
    folded while they are read."""
    fold(survey)
    names, lowest = _items(instrument)
    where = (survey, measurement_key, _listed(period), segment, len(names))
    with transaction.atomic():
        hold(survey)
        whole, groups = reading.tally_of_periods(*where), reading.groups(*where)
        later = reading.came_after(survey, _listed(period), as_of) if as_of else []
        late = reading.chosen_rows(survey, measurement_key, later, segment)
    if late:
        whole, groups = whole - tally(late.codes), groups - groups_of([late], len(names))
    return ItemSums(
        names,
        lowest,
        whole.n,
        whole.applying,
        whole.is_complete,
        whole.missing(names),
        whole.fingerprint(names),
        groups,
    )


def folded_base(
    survey: Survey, measurement_key: str, period: Period | Sequence[Period], segment: str = ""
) -> int:
    """How many answers there are now to read."""
    fold(survey)
    return reading.base(survey, measurement_key, _listed(period), segment)


def _listed(period: Period | Sequence[Period]) -> Sequence[Period]:
    return [period] if isinstance(period, Period) else period


def _by_values(values: NDArray[np.float64]) -> NDArray[np.intp]:
    """The places of the rows in the order of their values, the last column's first."""
    return np.lexsort(values.T) if values.size else np.arange(len(values))
