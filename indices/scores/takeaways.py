"""Where to act, in a few lines: features, dimensions and segments by what their figures allow to be said."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from indices.comparing.between_segments import LEVEL, SegmentLine
from indices.numbers import rounded
from indices.scores.readings import Standing, standing
from indices.scores.report import ScoreReport
from indices.scores.words import category_name
from indices.wording import signed

Row = Mapping[str, Any]
LAST = float("inf")  # what has no figure stands at the end
# What a class asks of a company (Berger et al. 1993, CQM J. 2(4):3), the most pressing first.
DEMANDS: Mapping[str, Any] = {
    "M": gettext_lazy("taken for granted, and missed where it is not there"),
    "O": gettext_lazy("the more of it, the better"),
    "A": gettext_lazy("delights, and is not missed"),
    "I": gettext_lazy("makes no difference"),
    "R": gettext_lazy("rather unwanted"),
    "Q": gettext_lazy("asked or answered so that it tells nothing"),
}


@dataclass(frozen=True)
class Takeaway:
    """What can be said, and of what; `aside` explains it."""

    said: str
    names: list[str]
    aside: str = ""


def takeaways(report: ScoreReport) -> list[Takeaway]:
    """By the instrument's kind; none for a single question, which only its segments tell apart."""
    found = {"servqual": _gaps, "servqual_zone": _zones, "servperf": _perceptions, "kano": _features}
    return found[report.kind](report) if report.kind in found else []


def ranked(rows: Iterable[Row], name: str) -> list[dict[str, Any]]:
    """The lowest figure first."""
    return sorted((dict(row) for row in rows), key=lambda row: _or_last(row.get(name)))


def _or_last(value: float | None) -> float:
    return LAST if value is None else value


def _gaps(report: ScoreReport) -> list[Takeaway]:
    """Dimensions by whether their gap's interval leaves out zero, and which are the most important."""
    told = [row for row in ranked(report.dimension_rows, "gap") if row.get("low") is not None]
    below = [row for row in told if row["high"] < 0]
    above = [row for row in told if row["low"] > 0]
    between = [row for row in told if row["low"] <= 0 <= row["high"]]
    rows = [
        (_("Clearly below what is expected"), _named(below, "gap")),
        (_("No clear gap"), _named(between, "gap")),
        (_("Clearly above what is expected"), _named(above, "gap")),
    ]
    return [*_of(rows), *_important(told)]


def _important(rows: Sequence[Row]) -> list[Takeaway]:
    weighed = [row for row in rows if row.get("weight") is not None]
    if not weighed:
        return []
    most = max(weighed, key=lambda row: float(row["weight"]))
    params = {"points": rounded(most["weight"]), "gap": signed(most["gap"], 2)}
    said = _("%(points)s of 100 points, gap %(gap)s") % params
    return [Takeaway(_("Most important to customers"), [f"{most['name']} ({said})"])]


def _zones(report: ScoreReport) -> list[Takeaway]:
    told = [row for row in ranked(report.dimension_rows, "msa") if not row.get("is_small")]
    rows = [
        (str(one.label), [str(row["name"]) for row in told if standing(row) == one.value]) for one in Standing
    ]
    return _of([(said[:1].upper() + said[1:], names) for said, names in rows])


def _perceptions(report: ScoreReport) -> list[Takeaway]:
    told = [row for row in ranked(report.dimension_rows, "perception") if not row.get("is_small")]
    if len(told) < 2:
        return []
    lowest, highest = told[0], told[-1]
    return _of(
        [
            (_("Perceived lowest"), _named([lowest], "perception", False)),
            (_("Perceived highest"), _named([highest], "perception", False)),
        ]
    )


def _features(report: ScoreReport) -> list[Takeaway]:
    """Features by their class where it is clear, the others together."""
    told = [row for row in report.feature_rows if row.get("category") and not row.get("is_small")]
    clear = [row for row in told if row["significant"]]
    rows = [
        Takeaway(
            category_name(letter),
            [str(row["name"]) for row in clear if row["category"] == letter],
            str(demand),
        )
        for letter, demand in DEMANDS.items()
    ]
    unclear = [f"{row['name']} ({row['class']})" for row in told if not row["significant"]]
    rows.append(Takeaway(_("Not clear"), unclear, _("two classes cannot be told apart")))
    return [one for one in rows if one.names]


def segment_takeaways(lines: Iterable[SegmentLine]) -> list[Takeaway]:
    """Of the figure shown first: which segments differ clearly from the others."""
    cells = [(line.label, line.cells[0]) for line in lines if line.cells]
    told = [(label, cell.difference) for label, cell in cells if cell and cell.is_comparable]
    clear = [(label, one) for label, one in told if one.adjusted_p is not None and one.adjusted_p <= LEVEL]
    if told and not clear:
        return [Takeaway(_("No segment differs clearly from the others."), [])]
    rows = [
        (_("Clearly lower than the others"), [label for label, one in clear if one.difference < 0]),
        (_("Clearly higher than the others"), [label for label, one in clear if one.difference > 0]),
    ]
    return _of(rows)


def _named(rows: Iterable[Row], figure: str, is_signed: bool = True) -> list[str]:
    """Names with their figures."""
    show = signed if is_signed else rounded
    return [f"{row['name']} ({show(row[figure], 2)})" for row in rows]


def _of(rows: Iterable[tuple[str, list[str]]]) -> list[Takeaway]:
    return [Takeaway(said, names) for said, names in rows if names]
