"""Whether two periods' answers measure the same, so that their figures may be compared. Worker only.

Two tests look at the same two groups of answers: invariance of the measurement model says whether an item is
answered otherwise at the same level of its construct, which no index sees; MICOM says whether partial least
squares makes up its composites alike. Neither may cost a run its results: a test that cannot be made is a
verdict with its reason.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from celery.exceptions import SoftTimeLimitExceeded

from indices.models import Comparison, Run, Verdict
from indices.runs.answers_read import read_complete
from scoring.classical.margins import NotWeighted
from scoring.errors import ScoringError
from scoring.instrument import Instrument
from scoring.instrument.kinds import SINGLE
from scoring.scale import Scale
from scoring.structural import invariance_constructs, micom
from scoring.structural.answers import Answers
from scoring.structural.invariance_constructs import ByConstruct
from scoring.structural.invariance_result import Comparison as Change
from scoring.structural.invariance_result import Criteria, LatentMean, Moved
from scoring.structural.micom_result import Micom
from scoring.structural.model import StructuralModel
from scoring.structural.moments import Moments
from surveys.models import Period
from surveys.periods import pooled
from surveys.selectors import answered_periods, latest_use

log = logging.getLogger(__name__)

SECONDS: Final = 60.0  # for all tests of one run; what is left over is stored as not tested
LARGEST_MODEL: Final = 80  # items, about ten seconds a test
LARGEST_DIVISION: Final = 20_000_000  # answers times items times items in a permutation, about ten seconds
PERMUTATIONS: Final = 1000
ALPHA: Final = 0.01  # of each level: every period and segment is tested, and at .05 many would name an item
FAR_P, FAR_CFI = 1e-6, 0.05  # a fall of CFI five times as large as is usually let pass
BROKEN = ("not_identified", "not_converged", "improper")


@dataclass(frozen=True)
class Pair:
    """A run and the earlier one it is compared with."""

    later: Run
    earlier: Run
    kind: str

    @property
    def is_of_one_measure(self) -> bool:
        """Answers under different keys are never compared."""
        return self.later.measurement_key == self.earlier.measurement_key

    @property
    def key(self) -> tuple[int, int, str]:
        return self.later.pk, self.earlier.pk, self.kind


@dataclass(frozen=True)
class Tested:
    """What the tests of a pair came to: the fields of `Comparison`."""

    verdict: Verdict
    moved: list[dict[str, Any]] = field(default_factory=list)
    lost: list[dict[str, str]] = field(default_factory=list)
    apart: list[str] = field(default_factory=list)
    latent: list[dict[str, Any]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    tests: dict[str, Any] = field(default_factory=dict)


def untested(code: str, **params: Any) -> Tested:
    return Tested(Verdict.UNTESTED, issues=[{"code": code, "params": params, "text": ""}])


def verdicts(pairs: Iterable[Pair]) -> dict[tuple[int, int, str], Tested]:
    """Every pair's verdict. Never raises for what a test came to, and ends within its time."""
    found, deadline = {}, time.monotonic() + SECONDS
    for pair in pairs:
        try:
            found[pair.key] = _test(pair) if time.monotonic() < deadline else untested("no_time")
        except SoftTimeLimitExceeded:  # said once to a run, whose results are there: they are stored now
            found[pair.key], deadline = untested("no_time"), 0.0
    return found


def _test(pair: Pair) -> Tested:
    if not pair.is_of_one_measure:
        return Tested(Verdict.OTHER_MEASURE)
    try:
        instrument = latest_use(pair.later.survey, pair.later.measurement_key).instrument
        if instrument.kind != "structural":
            return untested("single_question" if instrument.kind in SINGLE else "no_model")
        if shared_periods(pair):
            return untested("overlapping")
        model, scales = instrument.model(), instrument.scales()
        if len(model.items) > LARGEST_MODEL:
            return untested("too_large", items=len(model.items), most=LARGEST_MODEL)
        return compared(model, scales, _answers(pair, instrument))
    except NotWeighted:
        return untested("not_weighted")
    except ScoringError as error:
        return untested("refused", reason=str(error))
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        log.exception("run %s could not be compared with run %s", pair.later.pk, pair.earlier.pk)
        return untested("internal")


def shared_periods(pair: Pair) -> list[Period]:
    """The periods whose answers count in both of two overlapping windows."""
    if pair.later.window == 1:
        return []
    earlier = pooled_periods(pair.earlier)
    return [period for period in pooled_periods(pair.later) if period in earlier]


def pooled_periods(run: Run) -> list[Period]:
    """The periods whose answers a run reads."""
    if run.window == 1:
        return [run.period]
    answered = answered_periods(run.survey, run.measurement_key)
    return pooled(run.survey, run.period, run.window, answered)


def _answers(pair: Pair, instrument: Instrument) -> list[Answers]:
    """Weighted as the runs were. Raises NotWeighted."""
    return [read_complete(run, instrument, pooled_periods(run)) for run in (pair.earlier, pair.later)]


def compared(model: StructuralModel, scales: dict[str, Scale], groups: Sequence[Answers]) -> Tested:
    """The verdict on the earlier and the later answers of a model."""
    if short := _too_few(groups):
        return short
    found = invariance_constructs.test(model, [moments_of(one) for one in groups], Criteria(alpha=ALPHA))
    latent = [_in_points(one, scales) for one in found.invariance.latent_means]
    tested = replace(_judged(found), latent=latent)
    return _with_composites(tested, model, groups)


def moments_of(answers: Answers) -> Moments:
    """Weighted answers count for as many as they are worth, so that chance is not called a change."""
    return replace(answers.moments, n=answers.n_told)


def _too_few(groups: Sequence[Answers]) -> Tested | None:
    """A group without answers has no moments to look at."""
    empty = [place for place, one in enumerate(groups, start=1) if one.n_used < 2]
    if not empty:
        return None
    return untested("too_few", group=empty[0], n_used=groups[empty[0] - 1].n_used)


def _judged(found: ByConstruct) -> Tested:
    tested = found.invariance
    issues = [*(one.issue for one in found.lost), *tested.issues]
    return Tested(
        verdict_of(found),
        moved=[_moved(one) for one in tested.moved],
        lost=[{"level": one.level, "construct": one.construct} for one in found.lost],
        issues=[one.to_json() for one in issues],
        tests={"invariance": tested.to_json()},
    )


def _moved(one: Moved) -> dict[str, Any]:
    """An item with its loading or intercept then and now, in the item's own units."""
    earlier, later = one.values
    return {
        "level": one.level,
        "construct": one.construct,
        "item": one.item,
        "earlier": earlier,
        "later": later,
    }


def verdict_of(found: ByConstruct) -> Verdict:
    tested = found.invariance
    if tested.status != "ok":
        return Verdict.UNTESTED
    if tested.verdict == "scalar":
        return Verdict.PARTIAL if tested.partial or found.lost else Verdict.FULL
    last = tested.levels[-1]
    if last.status in BROKEN and not _is_far_off(last.full_change):
        return Verdict.UNTESTED
    return Verdict.EFFECTS if tested.verdict == "metric" else Verdict.NONE


def _is_far_off(change: Change | None) -> bool:
    """Holding the items equal fits so badly that it does not matter that the best such fit was not found: it
    often has none inside the possible values then."""
    return change is not None and change.p < FAR_P and change.cfi > FAR_CFI


def _in_points(one: LatentMean, scales: dict[str, Scale]) -> dict[str, Any]:
    """A difference of latent means, from the units of the construct's first item to points of 0..100."""
    points = 100.0 / scales[one.unit].width
    shown = {name: getattr(one, name) * points for name in ("difference", "se", "low", "high")}
    return {"construct": one.construct, **shown, "p": one.p}


def _with_composites(tested: Tested, model: StructuralModel, groups: Sequence[Answers]) -> Tested:
    """The same with MICOM's say, each composite tested so that all of them together err at 5 %.

    Weights make the two groups' rows unlike where the samples were, so that they cannot change places.
    """
    earlier, later = groups
    if any(one.weights is not None for one in groups):
        untested_by = {"code": "composites_weighted", "params": {}, "text": ""}
        return replace(tested, issues=[*tested.issues, untested_by])
    is_large = (earlier.n_used + later.n_used) * len(model.items) ** 2 > LARGEST_DIVISION
    if is_large or not (earlier.has_rows and later.has_rows):
        return tested
    several = sum(len(block) > 1 for block in model.blocks)
    alpha = 0.05 / max(several, 1)
    found = micom.test(model, earlier.rows, later.rows, permutations=PERMUTATIONS, alpha=alpha)
    tests = {**tested.tests, "micom": found.to_json()}
    return replace(tested, apart=_apart(found), tests=tests)


def _apart(found: Micom) -> list[str]:
    return [one.construct for one in found.composites if not one.is_composed_alike(found.alpha)]


def stored(pair: Pair, tested: Tested) -> Comparison:
    """Replace what was stored of this run and kind of comparison; to be called in a transaction."""
    Comparison.objects.filter(run=pair.later, kind=pair.kind).delete()
    return Comparison.objects.create(
        run=pair.later,
        against=pair.earlier,
        kind=pair.kind,
        verdict=tested.verdict,
        moved=tested.moved,
        lost=tested.lost,
        apart=tested.apart,
        latent=tested.latent,
        issues=tested.issues,
        tests=tested.tests,
    )
