"""What a report says of the segments of its period, each against the others of its question, as stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from indices import wording
from indices.disclosing.disclosure import Disclosure
from indices.models import Run, SegmentComparability, SegmentDifference
from indices.numbers import p_value
from indices.segments import question_of
from scoring.classical.suppression import is_small

LEVEL = 0.05  # of the share of false alarms among all that are called clear


@dataclass(frozen=True)
class Cell:
    """One segment's index against that of the others; `alike` says whether they measure the same."""

    difference: SegmentDifference
    alike: SegmentComparability | None = None
    digits: int = 1

    @property
    def is_comparable(self) -> bool:
        one = self.difference
        return self.alike is None or self.alike.may_compare(one.run.segment, one.construct)

    @property
    def value(self) -> float:
        return self.difference.value

    @property
    def said(self) -> str:
        if not self.is_comparable:
            return _("not comparable")
        adjusted = self.difference.adjusted_p
        is_clear = adjusted is not None and adjusted <= LEVEL
        said = wording.contrast(self.difference.difference, is_clear, self.digits)
        is_touched = self.alike is not None and self.alike.is_touched(self.difference.construct)
        return _("%s – but a question moved") % said if is_touched else said

    @property
    def interval(self) -> str:
        if not self.is_comparable:
            return "–"
        return wording.reach(self.difference.low, self.difference.high, self.digits)

    @property
    def adjusted_p(self) -> str:
        return p_value(self.difference.adjusted_p)


@dataclass(frozen=True)
class SegmentLine:
    """A segment's indices against the others', or why they are hidden."""

    label: str
    n: int = 0
    cells: list[Cell | None] = field(default_factory=list)  # of the headline indices, in their order
    hidden: str = ""


def _too_few(run: Run, estimator: str, disclosure: Disclosure) -> dict[str, str]:
    """The segments with fewer answers than the survey shows figures on, each with how many there are."""
    least = run.survey.least_told
    bases = disclosure.tables.get((run.measurement_key, run.window, run.period_id), {})
    used = {one: base.used(estimator) for one, base in bases.items() if one}
    return {one: _few_in_words(n, least) for one, n in used.items() if is_small(n, least)}


def _few_in_words(n: int, least: int) -> str:
    said = ngettext("%(n)d answer, %(least)d needed", "%(n)d answers, %(least)d needed", n)
    return said % {"n": n, "least": least}


def segment_lines(
    run: Run,
    estimator: str,
    headline: Sequence[str],
    labels: Mapping[str, str],
    disclosure: Disclosure,
    alike: Mapping[str, SegmentComparability],
    digits: int = 1,
) -> list[SegmentLine]:
    """The segments of the run's period that are large enough to show, and those that are hidden or too small,
    in the order they are asked in."""
    rows = SegmentDifference.objects.filter(
        run__survey=run.survey,
        run__measurement_key=run.measurement_key,
        run__period=run.period,
        estimator=estimator,
    ).select_related("run")
    found = {(one.run.segment, one.construct): one for one in rows if disclosure.tells_differences(one.run)}
    hidden = {**_too_few(run, estimator, disclosure), **disclosure.hidden_segments(run)}
    there = {segment for segment, _construct in found}
    lines = []
    for segment, label in labels.items():
        if segment in hidden:
            lines.append(SegmentLine(label, hidden=hidden[segment]))
        elif segment in there:
            own = [found.get((segment, code)) for code in headline]
            n = max(one.n for (whose, _code), one in found.items() if whose == segment)
            lines.append(
                SegmentLine(
                    label,
                    n,
                    [Cell(one, alike.get(question_of(segment)), digits) if one else None for one in own],
                )
            )
    return lines
