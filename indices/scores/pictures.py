"""The pictures of a score report: what the stored figures look like drawn."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from indices.comparing.between_segments import LEVEL, SegmentLine
from indices.drawing.answer_columns import Column, Group, answer_columns
from indices.drawing.better_worse_map import Spot, better_worse_map
from indices.drawing.dumbbell import Dumbbell, dumbbells
from indices.drawing.interval_rows import IntervalRow, interval_rows
from indices.drawing.row_chart import Key
from indices.drawing.zone_bands import ZoneBand, zone_bands
from indices.numbers import rounded
from indices.scores.readings import GROUPS, Standing, group_shares, standing
from indices.scores.report import ScoreReport, ScoreRow
from indices.scores.tables import PointRow
from indices.scores.takeaways import ranked
from indices.scores.words import category_name
from indices.wording import signed

Row = Mapping[str, Any]
PATTERNS: Mapping[str, str] = {"promoters": "full", "passives": "dotted", "detractors": "hatched"}
FIRST_PASSIVE, FIRST_PROMOTER = 7, 9  # of the answers 0..10 (Reichheld 2003, HBR 81(12):46)
QUARTERS = {"attractive": "A", "one_dimensional": "O", "indifferent": "I", "must_be": "M"}


def pictures(report: ScoreReport, table: str) -> list[SafeString | str]:
    """What is drawn of a table of the report (`report_tables`), by its key; nothing of most."""
    if table == "groups" or (table == "answers" and report.kind != "nps"):
        return [answers_picture(report)]
    if table == "better":
        return [kano_picture(report, report.feature_rows)]
    if table not in {"dimensions", "statements"}:
        return []
    draw, figure = ROWS_DRAWN[report.kind]
    rows = report.dimension_rows if table == "dimensions" else report.item_rows
    return [draw(report, ranked(rows, figure))]


def answers_picture(report: ScoreReport) -> SafeString | str:
    """How many gave each answer to a single question, in the groups that the score counts."""
    # xgettext:no-python-format
    said = _("The share of each answer in %, from the lowest answer at the left to the highest.")
    groups, places = _promoting(report) if report.kind == "nps" else _counted(report)
    points = [str(point) for point in _points(report)]
    rows = zip(points, reversed(report.distribution), strict=False)
    columns = [
        Column(point, _column_text(row), row.share, row.count, place)
        for (point, row), place in zip(rows, places, strict=False)
    ]
    return answer_columns(columns, groups, _("The answers"), said)


def _points(report: ScoreReport) -> list[int]:
    """Of the scale, the lowest first."""
    return sorted(map(int, report.result.get("answers") or report.result.get("answer_shares", {})))


def _column_text(row: PointRow) -> str:
    said = f"{row.label}: {rounded(row.share)} %"
    return said if row.count is None else f"{said}, n = {row.count}"


def _promoting(report: ScoreReport) -> tuple[list[Group], list[int]]:
    """Detractors, passives and promoters, and which of these the answers from 0 on are."""
    names = {"promoters": _("Promoters"), "passives": _("Passives"), "detractors": _("Detractors")}
    shares = {one["group"]: one for one in group_shares(report.result)}
    order = [name for name in reversed(GROUPS) if name in shares]
    groups = [Group(names[one], f"{rounded(shares[one]['share'])} %", PATTERNS[one]) for one in order]
    return groups, [(point >= FIRST_PASSIVE) + (point >= FIRST_PROMOTER) for point in range(11)]


def _counted(report: ScoreReport) -> tuple[list[Group], list[int]]:
    """Answers below the box, in it and above, of which there may be none."""
    low, high = report.result.get("box", (0, 0))
    points = _points(report)
    places = [(point >= low) + (point > high) for point in points]
    share = 100 * report.result["share"] if report.result.get("share") is not None else None
    counts = Group(_("The score counts these"), f"{rounded(share)} %", "full")
    return [Group("", "", "hatched"), counts, Group("", "", "dotted")], places


def gaps_picture(report: ScoreReport, rows: Iterable[Row]) -> SafeString:
    """From expectation to perception, the widest gap first."""
    found = [
        Dumbbell(
            str(row["name"]),
            row.get("expectation"),
            row.get("perception"),
            row.get("low"),
            row.get("high"),
            signed(row["gap"], 2) if row.get("gap") is not None else "–",
            row["n"],
            _note(report, row),
        )
        for row in rows
    ]
    keys = [
        Key("open", _("Expectation")),
        Key("mark", _("Perception")),
        # xgettext:no-python-format
        Key("interval", _("95 % interval of the gap, laid off from the expectation")),
        *(
            [Key("quiet", _("Grey: no clear gap"))]
            if any(one.told != "–" and one.may_be_nothing for one in found)
            else []
        ),
    ]
    said = _("Each row leads from what is expected to what is perceived; the figure is the gap.")
    return dumbbells(found, _("Expectation and perception"), said, _ends(report), keys, _("Gap"))


def _note(report: ScoreReport, row: Row) -> str:
    if row.get("is_small"):
        return small_note(report)
    weight = row.get("weight")
    return "" if weight is None else _("%s of 100 points") % rounded(weight)


def small_note(report: ScoreReport) -> str:
    least = report.least_base
    return ngettext("fewer than %d answer", "fewer than %d answers", least) % least


def zones_picture(report: ScoreReport, rows: Iterable[Row]) -> SafeString:
    """What is perceived in or beside the band of what is tolerated."""
    found = [
        ZoneBand(
            str(row["name"]),
            row.get("adequate"),
            row.get("desired"),
            row.get("perceived"),
            _pair(row, "msa"),
            _pair(row, "mss"),
            row["n"],
            small_note(report) if row.get("is_small") else str(Standing(standing(row)).label),
        )
        for row in rows
    ]
    keys = [
        Key("band", _("From the lowest acceptable to the desired level")),
        Key("mark", _("Perceived")),
        # xgettext:no-python-format
        Key("interval", _("95 % interval of the distance from the nearer edge")),
    ]
    said = _("Each row has the zone of tolerance as a band, and what is perceived as a dot.")
    return zone_bands(found, _("Zones of tolerance"), said, _ends(report), keys, _("Perceived"))


def _pair(row: Row, name: str) -> tuple[float, float] | None:
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    return None if low is None or high is None else (low, high)


def perceptions_picture(report: ScoreReport, rows: Iterable[Row]) -> SafeString:
    """Each mean perception with its interval, the lowest first."""
    found = [
        IntervalRow(
            str(row["name"]),
            rounded(row.get("perception"), 2),
            row.get("perception"),
            row.get("low"),
            row.get("high"),
            row["n"],
            _note(report, row),
        )
        for row in rows
    ]
    keys = [
        Key("mark", _("Perception")),
        # xgettext:no-python-format
        Key("interval", _("95 % interval")),
    ]
    said = _("Each row has the mean perception as a dot, with its interval.")
    return interval_rows(found, _("Perceptions"), said, _ends(report), keys, _("Perception"))


def _ends(report: ScoreReport) -> tuple[float, float]:
    """Of the scale that statements are answered on."""
    scale = report.instrument.columns[-1].scale
    return float(scale.minimum), float(scale.maximum)


def kano_picture(report: ScoreReport, rows: Sequence[Row]) -> SafeString:
    """Features by what they add and what they take away, numbered as in the table beside."""
    spots = [
        Spot(
            str(number),
            str(row["name"]),
            abs(row["worse"]),
            row["better"],
            _turned(_pair(row, "worse")),
            _pair(row, "better"),
            row["telling"],
            bool(row["significant"]),
            str(row["class"]),
        )
        for number, row in enumerate(rows, start=1)
        if row.get("better") is not None and row.get("worse") is not None
    ]
    names = {quarter: category_name(letter) for quarter, letter in QUARTERS.items()}
    said = _(
        "To the right: how much is lost without the feature; upwards: how much is gained with it. The table "
        "gives the figures."
    )
    axes = (_("Worse without it (|worse|) →"), _("↑ Better with it"))
    return better_worse_map(spots, _("What features add and what they take away"), said, names, axes)


def _turned(ends: tuple[float, float] | None) -> tuple[float, float] | None:
    """Of a figure below zero as its distance from it."""
    return (abs(ends[1]), abs(ends[0])) if ends else None


def segments_picture(lines: Iterable[SegmentLine], place: int, row: ScoreRow) -> SafeString:
    """The segments by how far each is from the others together, the lowest first; `place` is that of the
    figure among those shown first."""
    found = [(line, line.cells[place]) for line in lines if line.cells]
    told = [(line, cell) for line, cell in found if cell and cell.is_comparable]
    rows = [
        IntervalRow(
            line.label,
            signed(cell.difference.difference, row.digits),
            cell.difference.difference,
            cell.difference.low,
            cell.difference.high,
            cell.difference.n,
            _("p %s, adjusted") % cell.adjusted_p,
            not (cell.difference.adjusted_p is not None and cell.difference.adjusted_p <= LEVEL),
        )
        for line, cell in sorted(told, key=lambda pair: pair[1].difference.difference)
    ]
    span, ten = row.most - row.least, 10.0 if row.most - row.least > 20 else 1.0
    keys = [
        Key("base", _("The others together")),
        # xgettext:no-python-format
        Key("interval", _("95 % interval of the difference")),
        *([Key("quiet", _("Grey: no clear difference"))] if any(one.is_quiet for one in rows) else []),
    ]
    said = _("Each row shows how far a segment lies from all the others of its question together.")
    title = _("%s by segment") % row.name
    ends = (-span, span)
    return interval_rows(rows, title, said, ends, keys, _("Difference"), 0.0, ten, row.digits)


ROWS_DRAWN: Mapping[str, tuple[Callable[[ScoreReport, Iterable[Row]], SafeString], str]] = {
    "servqual": (gaps_picture, "gap"),
    "servqual_zone": (zones_picture, "msa"),
    "servperf": (perceptions_picture, "perception"),
}
