"""The one door by which data leaves: item columns and what describes them, never rows one by one."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from django.db.models import Count, QuerySet
from django.db.models.fields.json import KeyTextTransform
from numpy.typing import NDArray

from scoring.instrument import Instrument
from surveys.models import Member, Period, Response, Survey, Use, Version
from surveys.periods import in_order

OPEN = {None, "dk"}
REASONS = {None: "skipped", "dk": "dont_know", "na": "not_applicable", "hidden": "not_shown"}


@dataclass(frozen=True)
class ItemColumns:
    """The finished answers of a period, or of several pooled, and of a segment, as columns.

    `values` is n × items, NaN where there is no number; `missing` says, item by item, why there is none.
    `applies` (n,) is false where an item did not apply, was not shown or not asked: nothing may be put there.
    `fingerprint` is the SHA-256 of codes and values, whatever the order of the rows. `segments` holds for
    each segment question the option (n,) that every row has, empty for none.
    """

    items: tuple[str, ...]
    values: NDArray[np.float64]
    applies: NDArray[np.bool_]
    missing: dict[str, dict[str, int]]
    fingerprint: str
    segments: dict[str, NDArray[np.str_]] = field(default_factory=dict)


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
        period__in=[period] if isinstance(period, Period) else period,
        state=Response.State.FINISHED,
        version__uses__measurement_key=measurement_key,
    )
    if segment:
        question, _, option = segment.partition(":")
        rows = rows.filter(**{f"segments__{question}": option})
    return rows


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
    rows = Response.objects.filter(
        survey=survey, state=Response.State.FINISHED, version__uses__measurement_key=measurement_key
    )
    return in_order(survey.periods.filter(pk__in=rows.values("period")))


def latest_use(survey: Survey, measurement_key: str) -> Use:
    """The newest use of what the key measures: its instrument, and the version with its words."""
    uses = Use.objects.filter(version__survey=survey, measurement_key=measurement_key)
    return uses.select_related("version").order_by("-version__number")[0]


def item_columns(
    survey: Survey,
    instrument: Instrument,
    measurement_key: str,
    period: Period | Sequence[Period],
    segment: str = "",
) -> ItemColumns:
    """Read the answers once, into columns named by the instrument's item codes."""
    codes = [instrument.item_code(item) for item in instrument.items]
    names = tuple(item.code for item in instrument.items)
    stored = finished(survey, measurement_key, period, segment).values_list("answers", "segments")
    given, options = [], []
    for answers, own in stored.iterator():
        given.append([answers.get(code, "not asked") for code in codes])
        options.append(own)
    values = np.array([[_number(one) for one in row] for row in given]).reshape(len(given), len(codes))
    applies = np.array([all(_may_count(one) for one in row) for row in given], dtype=bool)
    why = [
        Counter(REASONS.get(one, "not_asked") for one in column if not isinstance(one, int))
        for column in zip(*given, strict=True)
    ]
    missing = {name: dict(reasons) for name, reasons in zip(names, why, strict=False)}
    return ItemColumns(
        names,
        values,
        applies,
        missing,
        fingerprint(names, np.column_stack([values, applies])),
        _by_question(options),
    )


def segment_columns(
    survey: Survey, measurement_key: str, period: Period | Sequence[Period]
) -> dict[str, NDArray[np.str_]]:
    """The `segments` of everybody's columns, without their answers."""
    stored = finished(survey, measurement_key, period).values_list("segments", flat=True)
    return _by_question(list(stored.iterator()))


def _by_question(rows: Sequence[Mapping[str, str]]) -> dict[str, NDArray[np.str_]]:
    questions = dict.fromkeys(question for own in rows for question in own)
    return {one: np.array([own.get(one) or "" for own in rows], dtype=np.str_) for one in questions}


def _number(given: int | str | None) -> float:
    return float(given) if isinstance(given, int) else float("nan")


def _may_count(given: int | str | None) -> bool:
    """A number, or a question that was skipped or not known: it could have been answered."""
    return isinstance(given, int) or given in OPEN


def fingerprint(names: tuple[str, ...], values: NDArray[np.float64]) -> str:
    """SHA-256 of the columns with their rows sorted: equal for equal answers in any order."""
    ordered = values[np.lexsort(values.T)] if values.size else values
    content = ",".join(names).encode() + b"\0" + np.ascontiguousarray(ordered).tobytes()
    return hashlib.sha256(content).hexdigest()
