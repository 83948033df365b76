"""The one door by which data leaves: item columns and what describes them, never rows one by one."""

import hashlib
from collections import Counter
from dataclasses import dataclass

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from scoring.instrument import Instrument
from surveys.models import Member, Period, Response, Survey, Version

REASONS = {None: "skipped", "dk": "dont_know", "na": "not_applicable", "hidden": "not_shown"}


@dataclass(frozen=True)
class ItemColumns:
    """The finished answers of one period and segment, as columns.

    `values` is n × items, NaN where there is no number; `missing` says, item by item, why there is none.
    `fingerprint` is the SHA-256 of codes and values, whatever the order of the rows.
    """

    items: tuple[str, ...]
    values: NDArray[np.float64]
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
    why: list[Counter[str]] = [Counter() for _ in codes]
    stored = finished(survey, measurement_key, period, segment).values_list("answers", flat=True)
    rows = [
        [_number(answers, *asked) for asked in zip(codes, why, strict=True)] for answers in stored.iterator()
    ]
    values = np.array(rows, dtype=np.float64).reshape(len(rows), len(codes))
    return ItemColumns(
        names, values, dict(zip(names, map(dict, why), strict=True)), fingerprint(names, values)
    )


def _number(answers: dict[str, int | str | None], code: str, why: Counter[str]) -> float:
    value = answers.get(code, "not asked")
    if isinstance(value, int):
        return float(value)
    why[REASONS.get(value, "not_asked")] += 1
    return float("nan")


def fingerprint(names: tuple[str, ...], values: NDArray[np.float64]) -> str:
    """SHA-256 of the columns with their rows sorted: equal for equal answers in any order."""
    ordered = values[np.lexsort(values.T)] if values.size else values
    content = ",".join(names).encode() + b"\0" + np.ascontiguousarray(ordered).tobytes()
    return hashlib.sha256(content).hexdigest()
