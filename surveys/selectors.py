"""The one door by which data leaves: item columns and what describes them, never rows one by one."""

import hashlib
from collections import Counter
from dataclasses import dataclass

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from scoring.instrument import Instrument
from surveys.models import Member, Period, Response, Survey, Version

OPEN = {None, "dk"}
REASONS = {None: "skipped", "dk": "dont_know", "na": "not_applicable", "hidden": "not_shown"}


@dataclass(frozen=True)
class ItemColumns:
    """The finished answers of one period and segment, as columns.

    `values` is n × items, NaN where there is no number; `missing` says, item by item, why there is none.
    `applies` (n,) is false where an item did not apply, was not shown or not asked: nothing may be put there.
    `fingerprint` is the SHA-256 of codes and values, whatever the order of the rows.
    """

    items: tuple[str, ...]
    values: NDArray[np.float64]
    applies: NDArray[np.bool_]
    missing: dict[str, dict[str, int]]
    fingerprint: str


def surveys_of(member: Member) -> QuerySet[Survey]:
    return Survey.objects.filter(organisation=member.organisation).select_related("organisation")


def finished(survey: Survey, measurement_key: str, period: Period, segment: str = "") -> QuerySet[Response]:
    """Finished responses of a period that measure the same thing; `segment` is `question:option` or empty."""
    rows = Response.objects.filter(
        survey=survey,
        period=period,
        state=Response.State.FINISHED,
        version__measurement_key=measurement_key,
    )
    if segment:
        question, _, option = segment.partition(":")
        rows = rows.filter(**{f"segments__{question}": option})
    return rows


def latest_version(survey: Survey, measurement_key: str) -> Version:
    return survey.versions.filter(measurement_key=measurement_key).order_by("-number")[0]


def item_columns(
    survey: Survey, instrument: Instrument, measurement_key: str, period: Period, segment: str = ""
) -> ItemColumns:
    """Read a period's answers once, into columns named by the instrument's item codes."""
    codes = [instrument.item_code(item) for item in instrument.items]
    names = tuple(item.code for item in instrument.items)
    stored = finished(survey, measurement_key, period, segment).values_list("answers", flat=True)
    given = [[answers.get(code, "not asked") for code in codes] for answers in stored.iterator()]
    values = np.array([[_number(one) for one in row] for row in given]).reshape(len(given), len(codes))
    applies = np.array([all(_may_count(one) for one in row) for row in given], dtype=bool)
    why = [
        Counter(REASONS.get(one, "not_asked") for one in column if not isinstance(one, int))
        for column in zip(*given, strict=True)
    ]
    missing = {name: dict(reasons) for name, reasons in zip(names, why, strict=False)}
    return ItemColumns(
        names, values, applies, missing, fingerprint(names, np.column_stack([values, applies]))
    )


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
