"""What differs between segments of one period: each against the others of its question. Worker only."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from django.db.models import QuerySet

from indices import weighted
from indices.disclosing.disclosure import Disclosure
from indices.models import Estimate, FiguresBy, Run, SegmentDifference
from indices.runs.stored_figures import indices_of, plain
from indices.scores import changes as score_changes
from indices.segments import question_of
from scoring.classical.change import from_the_others
from scoring.classical.false_discovery import adjusted_p


def renew(run: Run) -> None:
    """Compare all segments of the run's period, whichever of them was computed last.

    All differences of the period by one estimator are one family of comparisons.
    """
    questions = _questions(run)
    SegmentDifference.objects.filter(run__in=_of_period(run)).delete()
    for estimator in FiguresBy.values:
        between = score_changes.between if estimator == FiguresBy.SCORE else _between
        rows = [row for runs in questions.values() for row in between(runs, estimator)]
        known = [(row, row.p) for row in rows if row.p is not None]
        for (row, _p), adjusted in zip(known, adjusted_p([p for _row, p in known]), strict=True):
            row.adjusted_p = float(adjusted)
        SegmentDifference.objects.bulk_create(rows)


def _of_period(run: Run) -> QuerySet[Run]:
    return Run.objects.filter(
        survey=run.survey, measurement_key=run.measurement_key, period=run.period, window=run.window
    )


def _questions(run: Run) -> dict[str, list[Run]]:
    """For each question the runs that stand for its segments in the run's period and may be told."""
    done = _of_period(run).filter(status=Run.Status.DONE).exclude(segment="")
    newest = {one.segment: one for one in done.order_by("revision")}
    disclosure = Disclosure(run.survey)
    questions: dict[str, list[Run]] = defaultdict(list)
    for one in newest.values():
        if not disclosure.why(one):
            questions[question_of(one.segment)].append(one)
    return questions


def _between(runs: list[Run], estimator: str) -> Iterator[SegmentDifference]:
    """Rows for the segments of one question that are large enough to show; smaller ones count nowhere, as
    they could be told from the mean of the others."""
    estimates = Estimate.objects.filter(run__in=runs, estimator=estimator).select_related(
        "run__survey__organisation"
    )
    large = [one for one in estimates.order_by("run") if one.n_used >= one.run.survey.least_told]
    figures = {one.run: indices_of(one.result, one.n_used) for one in large}
    for construct in dict.fromkeys(name for own in figures.values() for name in own):
        there = [(run, own[construct]) for run, own in figures.items() if construct in own]
        if len(there) < 2:
            continue
        chosen = [replace(figure, n=weighted.size(run, figure.n)) for run, figure in there]
        total = sum(figure.n for _run, figure in there)
        for (run, own), found in zip(there, from_the_others(chosen), strict=True):
            yield SegmentDifference(
                run=run,
                estimator=estimator,
                construct=construct,
                n=own.n,
                others_n=total - own.n,
                value=own.value,
                others=own.value - found.difference,
                **plain(found),
            )
