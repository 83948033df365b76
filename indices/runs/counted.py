"""A survey's finished answers, counted: what a run read is compared with what there is now."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max

from indices.models import Run
from surveys.models import Exclusion, Period, Survey
from surveys.periods import in_order
from surveys.selectors import Base, bases


class Counted:
    """The answers to a survey's instruments, by measurement key and period, counted once.

    Counts are compared, not ids: transactions commit out of order.
    """

    def __init__(self, survey: Survey) -> None:
        self.periods = {period.pk: period for period in survey.periods.all()}
        self.bases = bases(survey)
        self.withdrawals = list(survey.withdrawals.values_list("period_id", "withdrawn_at"))
        self.decided = _last_decisions(survey)

    @property
    def keys(self) -> list[str]:
        return sorted({key for key, _period in self.bases})

    def answered(self, key: str) -> list[Period]:
        """The periods with answers to what the key measures, in the order of time."""
        return in_order(self.periods[period] for one, period in self.bases if one == key)

    def base(self, key: str, pooled: Sequence[Period]) -> Base:
        return sum((self.bases.get((key, period.pk), Base()) for period in pooled), Base())

    def changed(self, last: Run | None, key: str, pooled: Sequence[Period]) -> int:
        """How many answers came, were taken back, or were taken out or in, since the run."""
        base = self.base(key, pooled)
        if last is None:
            return base.included
        read, ids = last.started_at or last.queued_at, {period.pk for period in pooled}
        withdrawn = sum(at > read for period, at in self.withdrawals if period in ids)
        # One out and another in leave the counts as they were.
        decided = int(any(at > read for period in ids for at in self.decided.get((key, period), ())))
        return max(
            abs(base.included - last.responses), abs(base.excluded - last.excluded), withdrawn, decided
        )


def newer_answers(run: Run) -> int:
    """How many more answers there are than the newest run of everybody counted: what blocks hold and what is
    still to be put into them, so that millions are not counted anew."""
    names = run.settings.get("periods", [run.period.name])
    pooled = set(run.survey.periods.filter(name__in=names).values_list("pk", flat=True))
    found = bases(run.survey)
    now = sum(one.included for (key, at), one in found.items() if key == run.measurement_key and at in pooled)
    return max(now - run.responses, 0)


def _last_decisions(survey: Survey) -> dict[tuple[str, int | None], list[datetime]]:
    """When an analyst last took an answer out, and when in, by measurement key and period."""
    rows = (
        Exclusion.objects.filter(response__survey=survey, response__version__uses__isnull=False)
        .values_list("response__version__uses__measurement_key", "response__period")
        .annotate(out=Max("excluded_at"), back=Max("ended_at"))
    )
    return {(key, period): [at for at in times if at] for key, period, *times in rows}
