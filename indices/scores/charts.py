"""The series chart of the headline scores of an instrument without a structural model."""

from collections.abc import Sequence

from django.utils.safestring import SafeString
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from indices.drawing.series_chart import Point, Series, series_chart
from indices.report.charts import limits_of
from indices.report.time_line import TimeLine
from indices.scores.report import ScoreReport, ScoreRow
from indices.selectors import Stored
from surveys.models import Period

SMALL = 20.0  # a scale no wider than this has ones for tens


def score_trend(
    report: ScoreReport, periods: Sequence[tuple[Period, Stored | None]], line: TimeLine
) -> SafeString | str:
    """The headline scores over all periods; a period without a run leaves a gap. Empty where there are no
    headline scores."""
    rows = report.headline
    if not rows:
        return ""
    places = {period.public_id: place for place, (period, _stored) in enumerate(periods)}
    lines = [
        Series(
            row.name,
            tuple(_point(period, stored, row, line) for period, stored in periods),
            target=line.targets.get(row.code),
            limits=limits_of(line.charts.get(row.code), places),
        )
        for row in rows
    ]
    names = get_text_list([row.name for row in rows], _("and"))
    # xgettext:no-python-format
    said = [f"{names}, {rows[0].range}.", _("With the 95 % interval of each period."), *line.breaks]
    notes = [(places[one.note.period.public_id], str(one.number)) for one in line.notes]
    least, most = rows[0].least, rows[0].most
    ten = 1.0 if most - least <= SMALL else 10.0
    title = _("Figures by period")
    return series_chart(lines, title, " ".join(said), least, most, notes=notes, ten=ten)


def _point(period: Period, stored: Stored | None, row: ScoreRow, line: TimeLine) -> Point:
    score = stored.scores().get(row.code) if stored else None
    broken = stored is not None and line.is_broken(stored.run, row.code)
    if score is None:
        return Point(period.name, None, None, None, stored.run.responses if stored else 0, broken)
    signal = line.signal(row.code, period)
    return Point(period.name, score.value, score.low, score.high, score.n, broken, signal, row.digits)
