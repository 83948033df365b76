"""The answers that a run computes with: their rows, or, where they are very many, their sums. Worker only.

With sums the time of a run does not depend on how many answers there are. They say all of answers without a
gap; where some are missing, full information needs the rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from indices.models import Run
from indices.runs.weighting import Weighting, weigh_run
from scoring.classical.calibration import Calibration
from scoring.instrument import Instrument
from scoring.structural.answers import Answers, prepare, prepare_groups
from scoring.structural.fit import fit, fit_groups
from scoring.structural.gates import FIML_REFUSALS
from scoring.structural.issues import issue
from scoring.structural.pls_resampling import LARGEST_DELETE_ONE
from scoring.structural.result import Estimator, Fit
from surveys.models import Period
from surveys.selectors import ItemColumns, ItemSums, folded_base, item_columns, item_sums

MISSING: Final = "fiml"  # what becomes of skipped questions; what did not apply to somebody is never imputed


@dataclass(frozen=True)
class Rows:
    """`held` has n, what is missing and the fingerprint; `weighting`, where the run is weighted, the weights
    or why there are none."""

    instrument: Instrument
    held: ItemColumns
    weighting: Weighting | None = None

    @property
    def n(self) -> int:
        return len(self.held.values)

    @property
    def applying(self) -> int:
        return int(self.held.applies.sum())

    def fit(self, estimator: Estimator, **options: Any) -> Fit:
        """By full information; where that cannot bridge the gaps by complete ones alone, and says so. Never
        without the weights that were asked for."""
        if self.weighting and self.weighting.issue:
            return Fit("not_weighted", estimator, self.n, 0, (self.weighting.issue,))
        options["calibration"] = self.calibration
        model, scales = self.instrument.model(), self.instrument.scales()
        rows = self.held.values[self.held.applies]
        found = fit(model, rows, self.held.items, scales, estimator=estimator, missing=MISSING, **options)
        gaps = tuple(one for one in found.issues if one.code in FIML_REFUSALS)
        if not gaps:
            return found
        found = fit(model, rows, self.held.items, scales, estimator=estimator, **options)
        return replace(found, issues=(*gaps, issue("complete_only"), *found.issues))

    @property
    def calibration(self) -> Calibration | None:
        """Of the answers that may count."""
        raked = self.weighting.calibration if self.weighting else None
        return raked.of(self.held.applies) if raked else None

    def complete(self) -> Answers:
        """Those without a gap: one filled would count as if it had been answered. Raises NotWeighted."""
        if self.weighting and self.weighting.refused:
            raise self.weighting.refused
        model, rows = self.instrument.model(), self.held.values[self.held.applies]
        scales = self.instrument.scales()
        return prepare(model, rows, self.held.items, scales, calibration=self.calibration)


@dataclass(frozen=True)
class Summed:
    """The same of very many answers without a gap, from their sums over random groups; never weighted."""

    instrument: Instrument
    held: ItemSums
    weighting: None = None

    @property
    def n(self) -> int:
        return self.held.n

    @property
    def applying(self) -> int:
        return self.held.applying

    def fit(
        self,
        estimator: Estimator,
        resamples: int = 0,
        seed: int | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> Fit:
        """Nothing is drawn: the spread over the groups tells the errors."""
        model, scales = self.instrument.model(), self.instrument.scales()
        held = self.held
        return fit_groups(
            model, held.groups, held.items, held.lowest, scales, estimator=estimator, resamples=resamples
        )

    def complete(self) -> Answers:
        model, scales = self.instrument.model(), self.instrument.scales()
        return prepare_groups(model, self.held.groups, self.held.items, self.held.lowest, scales)


def read(run: Run, instrument: Instrument, periods: Sequence[Period]) -> Rows | Summed:
    """The finished answers of a run's periods and segment, for the estimators."""
    return _read(run, instrument, periods, run.segment, run.as_of, needs_all=True)


def read_complete(
    run: Run, instrument: Instrument, periods: Sequence[Period], segment: str | None = None
) -> Answers:
    """Those without a gap, which alone tell whether groups measure the same; of another segment if named.
    All there are by now."""
    own = run.segment if segment is None else segment
    return _read(run, instrument, periods, own, None, needs_all=False).complete()


def _read(
    run: Run,
    instrument: Instrument,
    periods: Sequence[Period],
    segment: str,
    as_of: datetime | None,
    needs_all: bool,
) -> Rows | Summed:
    if run.settings.get("weighting"):
        weighting = weigh_run(run, instrument, periods, segment, as_of)
        return Rows(instrument, weighting.columns, weighting)
    where = (run.survey, instrument, run.measurement_key, periods, segment, as_of)
    if instrument.kind != "structural":
        return Rows(instrument, item_columns(*where))
    if folded_base(run.survey, run.measurement_key, periods, segment) > LARGEST_DELETE_ONE:
        sums = item_sums(*where)
        complete = int(sums.groups.n.sum())
        if complete > LARGEST_DELETE_ONE and (sums.is_complete or not needs_all):
            return Summed(instrument, sums)
    return Rows(instrument, item_columns(*where).in_order())
