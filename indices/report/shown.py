"""What one address of a report shows, as its files hold it: read once, by the page's own reading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from indices.acting.drivers import Placed
from indices.acting.ranking import Ranking
from indices.acting.what_if import Rise
from indices.comparing.alike import MeasuredAlike
from indices.comparing.between_segments import SegmentLine
from indices.comparing.compared import Compared
from indices.models import Run
from indices.report.standing import Standing
from indices.report.time_line import AnyReport, TimeLine
from surveys.models import Period, Survey


@dataclass(frozen=True)
class Shown:
    """A report with all that stands beside it. `segment` is the segment's name, empty for everybody's."""

    survey: Survey
    period: Period
    measure: str
    segment: str
    window: str
    report: AnyReport
    line: TimeLine
    compared: Sequence[Compared]
    between: Sequence[SegmentLine]
    alike: Sequence[MeasuredAlike]
    languages: MeasuredAlike | None
    standing: Standing
    trend: SafeString | str
    diagram: SafeString | str
    outcome: str = ""  # that the drivers are shown for
    rise: int = 0  # points that a driver is thought to rise by
    placed: Sequence[Placed] = ()
    map: SafeString | str = ""
    rises: Sequence[Rise] = ()
    ranked: Sequence[tuple[Ranking, SafeString]] = ()

    @property
    def run(self) -> Run:
        return self.report.stored.run

    @property
    def is_newest(self) -> bool:
        """No newer revision has taken its place."""
        return self.report.stored.disclosure.is_newest(self.run)


def told(page: Mapping[str, Any]) -> Shown | None:
    """What a page shows; None where it shows no figures: nothing is stored, or nothing may be told."""
    report, choice = page.get("report"), page["choice"]
    if report is None or report.hidden:
        return None
    names = choice.use.instrument.name
    return Shown(
        survey=page["survey"],
        period=page["period"],
        measure=names.get(report.language, names["en"]),
        segment=dict(choice.segments)[choice.segment] if choice.segment else "",
        window=dict(choice.windows)[choice.window] if choice.window > 1 else "",
        report=report,
        line=page["line"],
        compared=page["compared"],
        between=page.get("between", []),
        alike=page.get("alike", []),
        languages=page.get("languages"),
        standing=page["standing"],
        trend=page.get("trend", ""),
        diagram=page.get("diagram", ""),
        outcome=page.get("outcome_name", ""),
        rise=choice.rise,
        placed=page.get("placed", ()),
        map=page.get("map", ""),
        rises=page.get("rises", ()),
        ranked=page.get("ranked", ()),
    )
