"""What the structural report shows of where to act: drivers, what is expected of them, and segments."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from django.utils.safestring import SafeString

from indices.acting.drivers import left_out, not_told_apart, placed, points
from indices.acting.lines import lines_of
from indices.acting.pictures import map_picture, ranking_picture
from indices.acting.ranking import Ranking, rankings
from indices.acting.what_if import rises
from indices.comparing.alike import told
from indices.models import MapLevel
from indices.report.choice import Choice
from indices.report.structural import Report
from indices.segments import question_labels
from surveys.models import Period


@dataclass(frozen=True)
class Switch:
    """A link to the same page with one thing shown otherwise."""

    label: str
    address: str
    is_on: bool


def acting(choice: Choice, report: Report) -> dict[str, object]:
    """The context of the page's parts about drivers and segments, for the period that it shows."""
    period = report.stored.run.period
    lines = lines_of(report, choice.outcome, choice.level)
    found = placed(points(report, choice.outcome, choice.level), lines.cross)
    name = report.names.get(choice.outcome, choice.outcome)
    return {
        "outcome_name": name,
        "switches": _switches(choice, report, period),
        "lines": lines,
        "placed": found,
        "map": map_picture(found, lines.cross, choice.level, name),
        "left_out": left_out(report) if choice.level == MapLevel.ITEMS else "",
        "not_told_apart": not_told_apart(report),
        "rises": rises(report, choice.rise),
        "kept_here": [pair for pair in parse_qsl(choice.address(period)) if pair[0] != "rise"],
        "address_here": replace(choice, segment="").address(period),
        "ranked": _ranked(choice, report, name) if choice.window == 1 else [],
    }


def _switches(choice: Choice, report: Report, period: Period) -> dict[str, list[Switch]]:
    outcomes = [(row.name, replace(choice, outcome=row.code)) for row in report.headline]
    levels = [(str(label), replace(choice, level=value)) for value, label in MapLevel.choices]
    return {"outcomes": _links(choice, period, outcomes), "levels": _links(choice, period, levels)}


def _links(choice: Choice, period: Period, wanted: Iterable[tuple[str, Choice]]) -> list[Switch]:
    return [Switch(label, other.address(period), other == choice) for label, other in wanted]


def _ranked(choice: Choice, report: Report, name: str) -> list[tuple[Ranking, SafeString]]:
    run, disclosure = report.stored.run, report.stored.disclosure
    questions = question_labels(choice.survey, choice.key, report.language)
    alike = told(run, disclosure) if disclosure.is_newest(run) else {}
    labels = dict(choice.segments)
    found = rankings(run, report.headline_by, choice.outcome, labels, questions, disclosure, alike)
    return [(one, ranking_picture(one, name)) for one in found]
