"""The pictures of a report: what the stored figures look like drawn."""

from collections.abc import Sequence

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from indices.drawing.path_diagram import Edge, Node, path_diagram
from indices.drawing.series_chart import Point, Series, series_chart
from indices.numbers import rounded
from indices.report import Report, Row
from indices.selectors import Stored
from surveys.models import Period


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


def trend(
    names: dict[str, str], headline: Sequence[str], periods: list[tuple[Period, Stored | None]]
) -> SafeString:
    """The headline indices over all periods; a period without a run leaves a gap."""
    lines = [
        Series(names[code], tuple(_point(period, stored, code) for period, stored in periods))
        for code in headline
    ]
    # xgettext:no-python-format
    description = _("Index from 0 to 100 with its 95 % interval.")
    return series_chart(lines, _("Indices by period"), description)


def _point(period: Period, stored: Stored | None, code: str) -> Point:
    figure = stored.figures(stored.run.survey.headline).get(code) if stored else None
    if figure is None:
        return Point(period.name, None, None, None, stored.run.responses if stored else 0)
    return Point(period.name, figure.value, figure.low, figure.high, figure.n)
