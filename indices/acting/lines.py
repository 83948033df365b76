"""The lines of a driver map, which stay where they are while periods come and go (see `DriverLines`)."""

from dataclasses import dataclass

from django.utils import timezone

from indices.acting.drivers import middle, points
from indices.disclosing.disclosure import Disclosure
from indices.models import DriverLines, MapLevel, Run
from indices.report.structural import Report
from indices.selectors import as_told
from scoring.classical.importance_performance import Crosshairs
from surveys.models import Survey, User
from surveys.selectors import latest_use


@dataclass(frozen=True)
class Lines:
    """Where the lines cross; `stored` None where they are not fixed yet and lie at the means shown."""

    cross: Crosshairs | None
    stored: DriverLines | None


def lines_of(report: Report, outcome: str, level: str) -> Lines:
    """The fixed lines of what the report is of."""
    run = report.stored.run
    kept = DriverLines.objects.filter(
        survey=run.survey, measurement_key=run.measurement_key, outcome=outcome, level=level
    ).select_related("run__period", "set_by")
    found = kept.first()
    if found:
        return Lines(Crosshairs(found.importance, found.performance), found)
    return Lines(middle(points(report, outcome, level)), None)


def fix(survey: Survey) -> None:
    """Fix the lines at the first released period that has them; those that are fixed stay.

    A period that was released before the means of single questions were kept has none for these.
    """
    released = Run.objects.filter(
        survey=survey, segment="", window=1, released_at__isnull=False, status=Run.Status.DONE
    )
    ordered = released.order_by("released_at", "pk").select_related("period", "survey__organisation")
    kept = DriverLines.objects.filter(survey=survey)
    there = set(kept.values_list("measurement_key", "outcome", "level"))
    disclosure, rows = Disclosure(survey), []
    for run in ordered.prefetch_related("estimates__indices"):
        found = [row for row in rows_of(run, disclosure) if row.name not in there]
        there |= {row.name for row in found}
        rows += found
    DriverLines.objects.bulk_create(rows, ignore_conflicts=True)  # another period may be released just now


def rows_of(run: Run, disclosure: Disclosure) -> list[DriverLines]:
    """Lines through the means of what a run stored, for each outcome and level; not saved."""
    use = latest_use(run.survey, run.measurement_key)
    if use.kind != "structural":
        return []
    report = Report(as_told(run, disclosure), use, "en")
    rows = []
    for outcome in report.instrument.headline:
        for level in MapLevel.values:
            cross = middle(points(report, outcome, level))
            if cross is not None:
                rows.append(
                    DriverLines(
                        survey=run.survey,
                        measurement_key=run.measurement_key,
                        outcome=outcome,
                        level=level,
                        importance=cross.importance,
                        performance=cross.performance,
                        run=run,
                    )
                )
    return rows


def set_anew(survey: Survey, run: Run, note: str, by: User) -> int:
    """Lay the lines of all outcomes and levels through the means of `run`; how many there are."""
    rows = rows_of(run, Disclosure(survey))
    for row in rows:
        DriverLines.objects.update_or_create(
            survey=survey,
            measurement_key=row.measurement_key,
            outcome=row.outcome,
            level=row.level,
            defaults={
                "importance": row.importance,
                "performance": row.performance,
                "run": run,
                "note": note,
                "set_by": by,
                "set_at": timezone.now(),
            },
        )
    return len(rows)
