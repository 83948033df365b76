"""Whether groups or periods may be compared: invariance of the measurement model (Meredith 1993,
Psychometrika 58:525; Vandenberg & Lance 2000, Organ. Res. Methods 3:4).

configural: the same items measure the same constructs; metric: with equal loadings; scalar: and equal
intercepts, so that means may be compared; strict: and equal residual variances. Where a level fails, the item
with the largest modification index is freed and the level tried again (partial invariance: Byrne, Shavelson &
Muthén 1989, Psychol. Bull. 105:456), as long as enough items of its construct stay equal.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from scipy.stats import chi2 as chi_squared

from scoring.errors import DataError
from scoring.structural.invariance_fit import Fitted, Measures, Units, fit_level, natural, units
from scoring.structural.invariance_gate import gate, remark
from scoring.structural.invariance_groups import FIXED, LEVELS, Freedom, Level, arrange, parameter_of
from scoring.structural.invariance_means import latent_means
from scoring.structural.invariance_result import (
    REMARKS,
    Comparison,
    Criteria,
    Invariance,
    LevelResult,
    LevelStatus,
    Moved,
)
from scoring.structural.invariance_score import Score, scores
from scoring.structural.issues import Issue
from scoring.structural.model import StructuralModel
from scoring.structural.moments import Moments

LEAST_HELD = 2  # items of a construct with equal loadings and intercepts; one alone is equal by definition
LARGEST = 3000  # parameters of all groups together, which bounds time and memory
LEAST_CFI, LARGEST_RMSEA = 0.90, 0.08  # of the configural model (Hu & Bentler 1999; Browne & Cudeck 1993)


def test(
    model: StructuralModel,
    groups: Sequence[Moments],
    criteria: Criteria | None = None,
    highest: Level = "strict",
) -> Invariance:
    """Test a model's constructs over groups, given their moments (items in the order of `model.items`).

    Paths are left out: constructs covary freely. A single item measures its construct with loading 1 and
    residual 0, and its intercept is equal by definition, not by test. Δχ² is the normal theory's: answers
    piled up at the end of a scale make it reject the strict level too often; means can be compared from
    scalar on, so `highest` may stop the climb there. Raises `DataError` for less than
    two groups, too many, or moments of other items, `ModelError` where the model restricts loadings or
    residuals.
    """
    measurement = model.measurement()
    _refuse(measurement, groups)
    bounds = criteria or Criteria()
    n = tuple(one.n for one in groups)
    if (refused := gate(measurement, groups)) is not None:
        return Invariance(refused[0], n, bounds, issues=(refused[1],))
    pooled = units(groups)
    ladder = _Ladder(measurement, [pooled.standardised(one) for one in groups], pooled, bounds)
    levels = LEVELS[1 : LEVELS.index(highest) + 1]
    return _climb(ladder, Invariance("ok", n, bounds), levels)


def _refuse(model: StructuralModel, groups: Sequence[Moments]) -> None:
    for one in model.restrictions:
        one.refuse("invariance holds loadings equal between groups, not at a value or to one another")
    if len(groups) < 2:
        raise DataError("invariance is tested between at least two groups")
    for place, moments in enumerate(groups, start=1):
        if moments.covariance.shape != (len(model.items),) * 2:
            raise DataError(f"group {place} has moments of other items than the model's {len(model.items)}")
    size = arrange(model, len(groups), Freedom("configural")).parameters
    if size > LARGEST:
        raise DataError(
            f"{len(groups)} groups have {size} parameters; at most {LARGEST} are accepted, "
            "compare fewer at a time"
        )


@dataclass(frozen=True)
class _Ladder:
    """What every level is fitted to: standardised groups and what leads back to the items' own units."""

    model: StructuralModel
    groups: Sequence[Moments]
    units: Units
    criteria: Criteria

    def fit(self, freedom: Freedom) -> Fitted:
        return fit_level(self.model, self.groups, freedom)

    def construct_of(self, item: int) -> int:
        return next(j for j, block in enumerate(self.model.blocks) if item in block)

    def testable(self, freedom: Freedom) -> list[int]:
        """Items of constructs of several that the level still holds equal."""
        freed = freedom.freed(freedom.level)
        return [i for block in self.model.blocks if len(block) > 1 for i in block if i not in freed]

    def may_free(self, freedom: Freedom, item: int) -> bool:
        """Whether enough items of its construct stay equal then: two, of residual variances half."""
        own = set(self.model.blocks[self.construct_of(item)])
        left = len(own - freedom.freed(freedom.level)) - 1
        return 2 * left >= len(own) if freedom.level == "strict" else left >= LEAST_HELD


@dataclass(frozen=True)
class _Step:
    """Where the climb stands: the fit of the last level reached, and what happened at the one in hand."""

    fitted: Fitted
    result: LevelResult
    issues: tuple[Issue, ...] = ()


def _climb(ladder: _Ladder, result: Invariance, levels: Sequence[Level]) -> Invariance:
    step = _configural(ladder)
    result = replace(result, levels=(step.result,), issues=step.issues)
    if step.result.status != "holds":
        return replace(result, status=step.fitted.verdict)
    result = replace(result, verdict="configural")
    for level in levels:
        before = step.fitted
        step = _level(ladder, before, level)
        result = replace(result, levels=(*result.levels, step.result), issues=(*result.issues, *step.issues))
        if step.result.status not in ("holds", "partial"):
            break
        result = replace(result, verdict=level, partial=bool(step.fitted.groups.freedom.moved))
        if level == "scalar":
            result = replace(result, latent_means=latent_means(ladder.model, step.fitted, ladder.units))
    return replace(result, issues=(*result.issues, _verdict(result)))


def _configural(ladder: _Ladder) -> _Step:
    fitted = ladder.fit(Freedom("configural"))
    found, issues = fitted.measures, _trouble(ladder, fitted)
    status: LevelStatus = "holds" if fitted.verdict == "ok" else fitted.verdict
    if status == "holds" and (found.cfi < LEAST_CFI or found.rmsea > LARGEST_RMSEA):
        issues = (remark("poor_fit"),)
    return _Step(fitted, LevelResult("configural", status, found, None, found, None), issues)


def _level(ladder: _Ladder, before: Fitted, level: Level) -> _Step:
    """Fit a level, and free the item with the largest index until it holds or none may be freed."""
    freedom = Freedom(level, before.groups.freedom.moved)
    fitted = first = ladder.fit(freedom)
    named: list[Score] = []
    while fitted.verdict == "ok":
        tested = scores(fitted, level, ladder.testable(freedom))
        if _holds(compare(before.measures, fitted.measures), tested, ladder.criteria):
            return _step(ladder, before, first, fitted, named, "partial" if named else "holds")
        worst = tested[0] if tested else None
        if worst is None or not ladder.may_free(freedom, worst.item):
            blame = () if worst is None else (_too_few_alike(ladder, worst.item),)
            found = _step(ladder, before, first, fitted, named, "fails")
            return replace(found, issues=(*found.issues, *blame))
        named.append(worst)
        freedom = replace(freedom, moved=(*freedom.moved, (level, worst.item)))
        fitted = ladder.fit(freedom)
    return _step(ladder, before, first, fitted, named, fitted.verdict)


def compare(before: Measures, after: Measures) -> Comparison:
    """The nested model `after` against `before`: Δχ² on Δdf, fall of CFI, rise of RMSEA."""
    chi2, df = max(after.chi2 - before.chi2, 0.0), after.df - before.df
    p = float(chi_squared.sf(chi2, df)) if df > 0 else math.nan
    return Comparison(chi2, df, p, before.cfi - after.cfi, after.rmsea - before.rmsea)


def _holds(change: Comparison, tested: Sequence[Score], bounds: Criteria) -> bool:
    if not change.p < bounds.alpha:  # also where nothing is left to test
        return True
    least = bounds.alpha / max(len(tested), 1)  # Bonferroni over the items
    large = any(one.shift >= bounds.shift and one.p < least for one in tested)
    return change.cfi <= bounds.cfi and change.rmsea <= bounds.rmsea and not large


def _step(
    ladder: _Ladder,
    before: Fitted,
    first: Fitted,
    fitted: Fitted,
    named: Sequence[Score],
    status: LevelStatus,
) -> _Step:
    level = fitted.groups.freedom.level
    moved = tuple(_moved(ladder, fitted, level, one) for one in named)
    changes = [compare(before.measures, one.measures) for one in (first, fitted)]
    result = LevelResult(level, status, first.measures, changes[0], fitted.measures, changes[1], moved)
    remarks = tuple(remark(REMARKS[level], item=one.item, construct=one.construct) for one in moved)
    return _Step(fitted, result, (*remarks, *_trouble(ladder, fitted)))


def _moved(ladder: _Ladder, fitted: Fitted, level: Level, found: Score) -> Moved:
    groups = fitted.groups
    at = int(parameter_of(groups.structure, level)[found.item])
    own = [natural(groups, ladder.units, groups.own(fitted.theta, g)) for g in range(len(ladder.groups))]
    values = tuple(1.0 if at == FIXED else float(one[at]) for one in own)
    construct = ladder.model.names[ladder.construct_of(found.item)]
    item = ladder.model.items[found.item]
    return Moved(level, construct, item, values, found.index, found.p, found.shift)


def _too_few_alike(ladder: _Ladder, item: int) -> Issue:
    construct = ladder.construct_of(item)
    return remark("too_few_alike", construct=ladder.model.names[construct], item=ladder.model.items[item])


def _trouble(ladder: _Ladder, fitted: Fitted) -> tuple[Issue, ...]:
    level = fitted.groups.freedom.level
    if fitted.verdict == "ok":
        return ()
    if fitted.verdict != "improper":
        return (remark(fitted.verdict, level=level),)
    names = [*ladder.model.items, *ladder.model.names]
    involved = [names[one] for one in fitted.cause]
    return (remark("improper", level=level, group=fitted.group + 1, names=involved),)


def _verdict(result: Invariance) -> Issue:
    if result.verdict not in ("scalar", "strict"):
        return remark("relations_comparable" if result.verdict == "metric" else "not_comparable")
    names = [one.item for one in result.moved if one.level != "strict"]
    return remark("partly_comparable", names=names) if names else remark("comparable")
