"""Whether the segments of a question, and the languages, measure the same in a period. Worker only.

The measurement model is tested over all of them at once, as it is between two periods. The languages are
tested with everybody's run, the segments with the last of a period's runs to be stored: only then is it known
which of them may be told. A test takes seconds, so none is made while a run is being stored: `renew` asks for
it by raising Unforeseen, and the worker stores again once it is made.
"""

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from celery.exceptions import SoftTimeLimitExceeded

from indices.comparing import comparability
from indices.comparing.comparability import Tested, untested, verdict_of
from indices.disclosing.disclosure import Disclosure
from indices.models import Estimate, Run, SegmentComparability
from indices.runs.answers_read import read_complete
from indices.segments import question_of, segments_of
from scoring.classical.margins import NotWeighted
from scoring.errors import ScoringError
from scoring.instrument import Instrument
from scoring.structural import invariance_constructs
from scoring.structural.answers import Answers
from scoring.structural.gates import LEAST_BASE
from scoring.structural.invariance_result import Criteria, Moved
from surveys.selectors import answered_languages, latest_use

log = logging.getLogger(__name__)

LANGUAGES: Final = ""  # stands for the question where the groups are languages
SECONDS: Final = 60.0  # for all tests of one run; what is left over is stored as not tested
LARGEST: Final = 160  # items times groups, some ten seconds a test; of more groups the largest are tested


@dataclass(frozen=True)
class Wanted:
    """A test to be made: of the segments of a question that may be told, or of the languages. `runs` are
    those whose answers are read."""

    run: Run
    question: str
    groups: tuple[str, ...]
    runs: tuple[int, ...]

    @property
    def key(self) -> tuple[str, tuple[str, ...], tuple[int, ...]]:
        return self.question, self.groups, self.runs


@dataclass(frozen=True)
class Found:
    """What a test came to, and the groups that took part with their complete answers."""

    tested: Tested
    sizes: Mapping[str, int]


Alike = dict[tuple[str, tuple[str, ...], tuple[int, ...]], Found]


class Unforeseen(Exception):
    """These tests have not been made yet."""

    def __init__(self, wanted: list[Wanted]) -> None:
        super().__init__(f"{len(wanted)} tests are not made yet")
        self.wanted = wanted


def renew(run: Run, alike: Alike) -> None:
    """Replace what was stored of the run's period, in the transaction that stores the run.

    Raises Unforeseen where a test has not been made.
    """
    if run.window > 1:
        return
    wanted = [*_languages(run), *_segments(run)]
    if missing := [one for one in wanted if one.key not in alike]:
        raise Unforeseen(missing)
    stored = SegmentComparability.objects.filter(
        survey=run.survey, period=run.period, measurement_key=run.measurement_key
    )
    if run.segment == "":
        stored.filter(question=LANGUAGES).delete()
    if not _has_siblings(run):
        stored.exclude(question=LANGUAGES).delete()
    for one in wanted:
        _store(one, alike[one.key])


def _store(wanted: Wanted, found: Found) -> None:
    SegmentComparability.objects.create(
        survey=wanted.run.survey,
        period=wanted.run.period,
        measurement_key=wanted.run.measurement_key,
        question=wanted.question,
        verdict=found.tested.verdict,
        groups=[{"group": group, "n": n} for group, n in found.sizes.items()],
        moved=found.tested.moved,
        lost=found.tested.lost,
        issues=found.tested.issues,
        tests=found.tested.tests,
    )


def _languages(run: Run) -> list[Wanted]:
    """The languages in which enough answered to be told apart, with everybody's run."""
    if run.segment:
        return []
    counts = answered_languages(run.survey, run.measurement_key, run.period)
    least = run.survey.least_told
    large = tuple(sorted(one for one, n in counts.items() if n >= least))
    return [Wanted(run, LANGUAGES, large, (run.pk,))] if len(large) > 1 else []


def _segments(run: Run) -> list[Wanted]:
    """Every question of which two segments were answered, with the last run of the period."""
    if _has_siblings(run):
        return []
    done = _of_period(run).filter(status=Run.Status.DONE, responses__gt=0).exclude(segment="")
    newest = {one.segment: one for one in done.order_by("revision")}
    disclosure = Disclosure(run.survey)
    small = _too_small([one.pk for one in newest.values()], run.survey.least_told)
    found: dict[str, list[Run]] = {}
    for segment in segments_of(run.survey, run.measurement_key):
        if segment in newest:
            found.setdefault(question_of(segment), []).append(newest[segment])
    wanted = []
    for question, runs in found.items():
        told = [one for one in runs if one.pk not in small and not disclosure.why(one)]
        groups, keys = tuple(one.segment for one in told), tuple(one.pk for one in told)
        wanted += [Wanted(run, question, groups, keys)] if len(runs) > 1 else []
    return wanted


def _too_small(runs: list[int], least: int) -> set[int]:
    """Those of which no estimate rests on answers enough to be shown."""
    large = Estimate.objects.filter(run__in=runs, n_used__gte=least).values_list("run", flat=True)
    return set(runs) - set(large)


def _of_period(run: Run) -> Any:
    return Run.objects.filter(
        survey=run.survey, period=run.period, measurement_key=run.measurement_key, window=run.window
    )


def _has_siblings(run: Run) -> bool:
    """Another run of the period is still to come, and will see what this one stored."""
    waiting = _of_period(run).filter(status__in=[Run.Status.QUEUED, Run.Status.RUNNING])
    return bool(waiting.exclude(pk=run.pk).exists())


def verdicts(wanted: Iterable[Wanted]) -> Alike:
    """Every test's verdict. Never raises for what a test came to, and ends within its time."""
    found, deadline = {}, time.monotonic() + SECONDS
    for one in wanted:
        try:
            found[one.key] = _test(one) if time.monotonic() < deadline else Found(untested("no_time"), {})
        except SoftTimeLimitExceeded:  # said once to a run, whose results are there: they are stored now
            found[one.key], deadline = Found(untested("no_time"), {}), 0.0
    return found


def _test(wanted: Wanted) -> Found:
    try:
        instrument = latest_use(wanted.run.survey, wanted.run.measurement_key).instrument
        items = len(instrument.model().items)
        if items > comparability.LARGEST_MODEL:
            return Found(untested("too_large", items=items, most=comparability.LARGEST_MODEL), {})
        return compared(instrument, {group: _answers(wanted, instrument, group) for group in wanted.groups})
    except NotWeighted:
        return Found(untested("not_weighted"), {})
    except ScoringError as error:
        return Found(untested("refused", reason=str(error)), {})
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        log.exception("run %s: its groups by %r could not be compared", wanted.run.pk, wanted.question)
        return Found(untested("internal"), {})


def _answers(wanted: Wanted, instrument: Instrument, group: str) -> Answers:
    """The complete answers of a group; a language is a segment of no question."""
    segment = group if wanted.question else f":{group}"
    return read_complete(wanted.run, instrument, [wanted.run.period], segment)


def compared(instrument: Instrument, answers: Mapping[str, Answers]) -> Found:
    """The verdict on groups of answers, in their order. Too small ones, and too many, are left out."""
    model = instrument.model()
    needed = max(LEAST_BASE, len(model.items) + 1)
    large = [group for group, own in answers.items() if own.n_used >= needed]
    large.sort(key=lambda group: -answers[group].n_used)
    large = large[: max(LARGEST // len(model.items), 2)]
    kept = {group: own for group, own in answers.items() if group in large}
    sizes = {group: own.n_used for group, own in kept.items()}
    if len(kept) < 2:
        return Found(untested("too_few_groups", needed=needed), sizes)
    found = invariance_constructs.test(
        model, [comparability.moments_of(one) for one in kept.values()], Criteria(alpha=comparability.ALPHA)
    )
    issues = [*(one.issue for one in found.lost), *found.invariance.issues]
    left_out = [group for group in answers if group not in kept]
    said = [{"code": "left_out", "params": {"names": left_out}, "text": ""}] if left_out else []
    tested = Tested(
        verdict_of(found),
        moved=[_moved(one, list(sizes), list(sizes.values())) for one in found.invariance.moved],
        lost=[{"level": one.level, "construct": one.construct} for one in found.lost],
        issues=[*(one.to_json() for one in issues), *said],
        tests={"invariance": found.invariance.to_json()},
    )
    return Found(tested, sizes)


def _moved(one: Moved, groups: Sequence[str], sizes: Sequence[int]) -> dict[str, Any]:
    """An item with its loading or intercept in each group, in its own units, and the group that lies
    farthest from the mean of the others; of two, the smaller."""
    total, whole = sum(sizes), sum(n * value for n, value in zip(sizes, one.values, strict=True))
    gaps = [value - (whole - n * value) / (total - n) for n, value in zip(sizes, one.values, strict=True)]
    place = max(range(len(gaps)), key=lambda at: (round(abs(gaps[at]), 9), -sizes[at]))
    return {
        "level": one.level,
        "construct": one.construct,
        "item": one.item,
        "values": list(one.values),
        "group": groups[place],
        "by": gaps[place],
    }
