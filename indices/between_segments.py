"""What a report says of the segments of its period, each against the others of its question, as stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from indices import wording
from indices.models import Run, SegmentDifference
from indices.numbers import p_value

LEVEL = 0.05  # of the share of false alarms among all that are called clear


@dataclass(frozen=True)
class Cell:
    """One segment's index against that of the others."""

    difference: SegmentDifference
    digits: int = 1

    @property
    def value(self) -> float:
        return self.difference.value

    @property
    def said(self) -> str:
        adjusted = self.difference.adjusted_p
        is_clear = adjusted is not None and adjusted <= LEVEL
        return wording.contrast(self.difference.difference, is_clear, self.digits)

    @property
    def interval(self) -> str:
        return wording.reach(self.difference.low, self.difference.high, self.digits)

    @property
    def adjusted_p(self) -> str:
        return p_value(self.difference.adjusted_p)


@dataclass(frozen=True)
class SegmentLine:
    label: str
    n: int
    cells: list[Cell | None]  # of the headline indices, in their order


def segment_lines(
    run: Run, estimator: str, headline: Sequence[str], labels: Mapping[str, str], digits: int = 1
) -> list[SegmentLine]:
    """The segments of the run's period that are large enough to show, in the order they are asked in."""
    rows = SegmentDifference.objects.filter(
        run__survey=run.survey,
        run__measurement_key=run.measurement_key,
        run__period=run.period,
        estimator=estimator,
    ).select_related("run")
    found = {(one.run.segment, one.construct): Cell(one, digits) for one in rows}
    there = {segment for segment, _construct in found}
    lines = []
    for segment in (one for one in labels if one in there):
        cells = [found.get((segment, code)) for code in headline]
        n = max(cell.difference.n for (own, _code), cell in found.items() if own == segment)
        lines.append(SegmentLine(labels[segment], n, cells))
    return lines
