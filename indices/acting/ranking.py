"""The segments of one question in the order of an index, and how far that order can be believed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from indices import weighted
from indices.comparing.between_segments import LEVEL, Cell
from indices.disclosing.disclosure import Disclosure
from indices.models import Index, Run, SegmentComparability, SegmentDifference
from indices.numbers import p_value
from indices.segments import question_of

MANY = 12  # units; their table is folded away below their chart


@dataclass(frozen=True)
class Unit:
    """A segment with its index and interval. Whether it differs from the others is by `cell`.

    `first` and `last` are the places that its interval allows: one more than there are units clearly above
    it, and as many as there are not clearly below.
    """

    segment: str
    label: str
    n: int
    value: float
    low: float | None
    high: float | None
    cell: Cell
    first: int = 1
    last: int = 1

    @property
    def places(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"

    @property
    def p(self) -> str:
        return p_value(self.cell.difference.adjusted_p) if self.cell.is_comparable else "–"

    @property
    def is_clear(self) -> bool:
        """It differs from the others, all comparisons of the period considered."""
        adjusted = self.cell.difference.adjusted_p
        return self.cell.is_comparable and adjusted is not None and adjusted <= LEVEL


@dataclass(frozen=True)
class Ranking:
    """The units of a question, highest first; `mean` is that of all of them, weighted by their answers."""

    question: str
    text: str
    mean: float
    units: list[Unit]

    @property
    def is_long(self) -> bool:
        return len(self.units) > MANY

    @property
    def overlaps(self) -> bool:
        """Some unit's interval allows another place than its own."""
        return any(one.first != one.last for one in self.units)


def rankings(
    run: Run,
    estimator: str,
    construct: str,
    labels: Mapping[str, str],
    questions: Mapping[str, str],
    disclosure: Disclosure,
    alike: Mapping[str, SegmentComparability],
) -> list[Ranking]:
    """One for each segment question of which two segments or more are told in the run's period."""
    rows = SegmentDifference.objects.filter(
        run__survey=run.survey,
        run__measurement_key=run.measurement_key,
        run__period=run.period,
        estimator=estimator,
        construct=construct,
    ).select_related("run")
    hidden = disclosure.hidden_segments(run)
    told = [
        one
        for one in rows
        if one.run.segment in labels
        and one.run.segment not in hidden
        and disclosure.tells_differences(one.run)
    ]
    indices = _indices(told, estimator, construct)
    found = []
    for code, text in questions.items():
        own = [one for one in told if question_of(one.run.segment) == code and one.run_id in indices]
        if len(own) > 1:
            units = [_unit(one, indices[one.run_id], labels, alike.get(code)) for one in own]
            found.append(Ranking(code, text, _mean(own), _in_order(units)))
    return found


def _indices(told: Sequence[SegmentDifference], estimator: str, construct: str) -> dict[int, Index]:
    rows = Index.objects.filter(
        estimate__run__in=[one.run_id for one in told], estimate__estimator=estimator, construct=construct
    ).select_related("estimate")
    return {one.estimate.run_id: one for one in rows}


def _unit(
    one: SegmentDifference, index: Index, labels: Mapping[str, str], alike: SegmentComparability | None
) -> Unit:
    segment = one.run.segment
    return Unit(segment, labels[segment], one.n, one.value, index.low, index.high, Cell(one, alike))


def _mean(rows: Sequence[SegmentDifference]) -> float:
    """Of all units together, each counting as much as its answers stand for."""
    sizes = [weighted.size(one.run, one.n) for one in rows]
    return sum(size * one.value for size, one in zip(sizes, rows, strict=True)) / sum(sizes)


def _in_order(units: Sequence[Unit]) -> list[Unit]:
    """The highest first, each with the places that it may have; without an interval it may have any."""
    ordered = sorted(units, key=lambda unit: (-unit.value, unit.label))
    found = []
    for own in ordered:
        above = sum(_is_above(other, own) for other in ordered)
        below = sum(_is_above(own, other) for other in ordered)
        found.append(replace(own, first=1 + above, last=len(ordered) - below))
    return found


def _is_above(one: Unit, other: Unit) -> bool:
    """The whole interval of one lies above the other's."""
    return one.low is not None and other.high is not None and one.low > other.high
