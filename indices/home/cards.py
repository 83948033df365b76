"""What a survey's card on the home page holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from indices.comparing.compared import Compared
from indices.drawing.series_chart import Point
from indices.drawing.sparkline import sparkline
from indices.home.answers import WeeklyAnswers
from indices.home.attention import Item, report_address, why_no_index, without
from indices.home.stored import MOST_PERIODS, Headline
from indices.models import Change
from indices.report.structural import Row
from indices.scores.report import ScoreReport, ScoreRow
from surveys.models import Period, Survey

DRAWN: Final = MOST_PERIODS - 1  # the oldest is there to be compared with
MOST_CLASSES: Final = 4  # of Kano's features
LEAST_SPAN: Final = 0.1  # of the scale: no ripple fills the whole height


@dataclass(frozen=True)
class Line:
    """A headline figure and its change since the period before, in words."""

    row: Row | ScoreRow
    said: str = ""
    told: Change | None = None

    @property
    def tone(self) -> str:
        """Up or down where that is clear, else empty."""
        if self.told is None or self.told.low <= 0 <= self.told.high:
            return ""
        return "up" if self.told.low > 0 else "down"

    @property
    def change(self) -> float | None:
        return self.told.difference if self.told else None

    @property
    def change_low(self) -> float | None:
        return self.told.low if self.told else None

    @property
    def change_high(self) -> float | None:
        return self.told.high if self.told else None


@dataclass(frozen=True)
class Card:
    """Everything is as stored; `headline` is what was read, `items` what of it needs attention."""

    headline: Headline
    answers: WeeklyAnswers
    items: Sequence[Item]

    @property
    def survey(self) -> Survey:
        return self.headline.survey

    @cached_property
    def period(self) -> Period | None:
        return self.headline.shown

    @property
    def address(self) -> str:
        """Of the report, at the period that is shown."""
        return report_address(self.survey, self.period)

    @property
    def hidden(self) -> str:
        return report.hidden if (report := self.headline.report(self.period)) else ""

    @property
    def n(self) -> int:
        return report.used if (report := self.headline.report(self.period)) else 0

    @cached_property
    def lines(self) -> list[Line]:
        """The headline figures; the first is drawn."""
        report = self.headline.report(self.period)
        rows: Sequence[Row | ScoreRow] = report.headline if report else ()
        return [self._line(row) for row in sorted(rows, key=lambda row: row.shown is None)]

    def _line(self, row: Row | ScoreRow) -> Line:
        compared = self.compared
        if compared is None or row.shown is None:
            return Line(row)
        said = compared.said(row.headline_by, row.code, is_brief=True, digits=row.digits)
        return Line(row, said, compared.change(row.headline_by, row.code))

    @cached_property
    def compared(self) -> Compared | None:
        return self.headline.compared.get(self.headline.runs[self.period.pk]) if self.period else None

    @property
    def since(self) -> str:
        """What the changes are counted from."""
        if self.compared is None:
            return ""
        is_released = self.compared.comparison.against.period.released_at is not None
        return str(self.compared.since if is_released else _("%s (not released)") % self.compared.since)

    @property
    def why_not_comparable(self) -> str:
        """Where no line leads from the period before to the first figure."""
        if self.compared is None or not self.lines:
            return ""
        run = self.compared.comparison.run.pk
        return self.compared.verdict if (run, self.lines[0].row.code) in self.headline.broken else ""

    @property
    def why_none(self) -> str:
        """Why there is no index, where there is none."""
        if self.period is None:
            return ""
        return self.hidden or why_no_index(self.headline, self.period)

    @property
    def later(self) -> str:
        """What a newer period than the one shown lacks to be shown."""
        newest = self.headline.newest
        if newest is None or newest == self.period:
            return ""
        return without(newest, why_no_index(self.headline, newest))

    @property
    def classes(self) -> list[tuple[str, str]]:
        report = self.headline.report(self.period)
        if not isinstance(report, ScoreReport) or report.kind != "kano" or report.hidden:
            return []
        return report.classes[:MOST_CLASSES]

    @cached_property
    def points(self) -> list[Point]:
        """The first figure over the newest periods; a gap where there is none, or it may not be told."""
        return [self._point(period) for period in self.headline.periods[-DRAWN:]] if self.lines else []

    def _point(self, period: Period) -> Point:
        row = self.lines[0].row
        run = self.headline.runs.get(period.pk, 0)
        spot, broken = self.headline.spot(period, row.code), (run, row.code) in self.headline.broken
        if spot is None:
            return Point(period.name, None, None, None, 0, broken)
        return Point(period.name, spot.value, spot.low, spot.high, spot.n, broken, digits=row.digits)

    @property
    def trend(self) -> SafeString | str:
        """Drawn from two periods on."""
        if sum(point.value is not None for point in self.points) < 2:
            return ""
        row = self.lines[0].row
        least, most = (row.least, row.most) if isinstance(row, ScoreRow) else (0, 100)
        title = _("%(name)s by period") % {"name": row.name}
        return sparkline(self.points, title, span=LEAST_SPAN * (most - least))
