"""The pictures of a report: what the stored figures look like drawn."""

from collections.abc import Sequence

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from indices.drawing.path_diagram import Edge, Node, path_diagram
from indices.drawing.series_chart import Limits, Point, Series, series_chart
from indices.models import ControlChart
from indices.numbers import rounded
from indices.report.structural import Report, Row
from indices.report.time_line import TimeLine
from indices.selectors import Stored, construct_names
from scoring.instrument import Instrument
from surveys.models import Period

PLAIN = 0.15  # the strength that a path is drawn with where nothing is known of it


def diagram(report: Report) -> SafeString | str:
    """The structural model with its coefficients; empty where no paths were estimated."""
    if not report.paths:
        return ""
    nodes = [_node(row, report.r2.get(row.code)) for row in report.rows]
    edges = [
        Edge(
            source=row["source"],
            target=row["target"],
            label=rounded(row["std"], 2),
            strength=min(abs(row["std"]), 1.0),
            certain=row["certain"],
            negative=row["std"] < 0,
        )
        for row in report.paths
    ]
    said = "; ".join(
        f"{report.names[row['source']]} → {report.names[row['target']]} {rounded(row['std'], 2)}"
        for row in report.paths
    )
    return path_diagram(nodes, edges, _("What leads to satisfaction and loyalty"), said)


def _node(row: Row, r2: float | None) -> Node:
    """The same index as everywhere on the page, whichever estimator the coefficients come from."""
    return Node(
        code=row.code,
        label=row.name,
        index=rounded(row.shown.value) if row.shown else None,
        r2=f"R² {rounded(r2, 2)}" if r2 is not None else None,
    )


def model_picture(instrument: Instrument, language: str) -> SafeString | str:
    """What leads to what before anything is estimated; empty for an instrument without paths."""
    if not instrument.paths:
        return ""
    names = construct_names(instrument, language)
    nodes = [Node(code, name, index=None, r2=None) for code, name in names.items()]
    edges = [
        Edge(source, target, label="", strength=PLAIN, certain=True, negative=False)
        for source, target in instrument.paths
    ]
    said = "; ".join(f"{names[source]} → {names[target]}" for source, target in instrument.paths)
    return path_diagram(nodes, edges, _("What leads to what"), said)


def trend(
    names: dict[str, str],
    headline: Sequence[str],
    periods: list[tuple[Period, Stored | None]],
    line: TimeLine,
) -> SafeString:
    """The headline indices over all periods, with what stands beside them; a period without a run leaves a
    gap."""
    places = {period.public_id: place for place, (period, _stored) in enumerate(periods)}
    lines = [
        Series(
            names[code],
            tuple(_point(period, stored, code, line) for period, stored in periods),
            target=line.targets.get(code),
            limits=limits_of(line.charts.get(code), places),
        )
        for code in headline
    ]
    # xgettext:no-python-format
    said = [_("Index from 0 to 100 with its 95 % interval."), *line.breaks, *line.moves]
    notes = [(places[one.note.period.public_id], str(one.number)) for one in line.notes]
    return series_chart(lines, _("Indices by period"), " ".join(said), notes=notes)


def limits_of(chart: ControlChart | None, places: dict[str, int]) -> Limits | None:
    return Limits(chart.low, chart.high, places.get(chart.periods[0], 0)) if chart else None


def _point(period: Period, stored: Stored | None, code: str, line: TimeLine) -> Point:
    figure = stored.figures(stored.run.survey.headline).get(code) if stored else None
    broken = stored is not None and line.is_broken(stored.run, code)
    if figure is None:
        return Point(period.name, None, None, None, 0, broken)
    signal = line.signal(code, period)
    return Point(period.name, figure.value, figure.low, figure.high, figure.n, broken, signal)
