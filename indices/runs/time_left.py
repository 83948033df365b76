"""How far a run is and how long it still takes, told by how long earlier ones took.

Nothing is guessed: where no run of the survey has been done yet, the time left is not known.
"""

import math
from datetime import datetime
from functools import cached_property
from statistics import median

from django.utils import timezone

from indices.models import Run, Stage
from surveys.models import Survey

# The share of a run's time that has passed when each stage begins, for the progress that is shown.
BEGINS = {Stage.READING: 0.0, Stage.ML: 0.05, Stage.PLS: 0.4, Stage.STORING: 0.95}
# Where a stage that reports nothing while it lasts may have come by the clock: not beyond its end.
ENDS: dict[str, float] = {Stage.READING: 0.05, Stage.ML: 0.4, Stage.STORING: 1.0}
LAST = 5  # runs that the usual duration is taken from
LOOKED_AT = 200  # done runs of a survey among which the last few of a segment are looked for


class Pace:
    """How long the last done runs of a survey took, and which runs wait; read once, when first asked."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey

    def usual(self, run: Run) -> float | None:
        """The usual seconds of such a run: the median of the last few of the same measure, segment and
        window, or else of the survey; None where there is none."""
        own = [seconds for what, seconds in self._took if what == _kind(run)]
        known = (own or [seconds for _what, seconds in self._took])[:LAST]
        return median(known) if known else None

    def seconds_left(self, run: Run, now: datetime | None = None) -> int | None:
        """Of a run under way, rounded up; None where it is not known.

        It falls with the share that the run has reported, and meanwhile with the clock.
        """
        usual = self.usual(run) if run.status == Run.Status.RUNNING else None
        if usual is None or run.started_at is None:
            return None
        passed = max(((now or timezone.now()) - run.started_at).total_seconds(), 0.0)
        by_clock = min(passed / usual if usual else 1.0, ENDS.get(run.stage, 0.0))
        left = usual * max(1.0 - max(run.progress, by_clock), 0.0)
        return math.ceil(round(left, 6))  # what is a rounding error above a whole second is that second

    def waiting_before(self, run: Run) -> int | None:
        """How many runs, of whatever survey, a worker takes up before this one; None if it does not wait."""
        return self._places.get(run.pk) if run.status == Run.Status.QUEUED else None

    @cached_property
    def _took(self) -> list[tuple[tuple[str, str, int], float]]:
        """What each of the last done runs was of, and its seconds; newest first."""
        done = Run.objects.filter(
            survey=self.survey, status=Run.Status.DONE, started_at__isnull=False, ended_at__isnull=False
        )
        newest = done.only("measurement_key", "segment", "window", "started_at", "ended_at")
        return [(_kind(run), _seconds(run)) for run in newest.order_by("-ended_at", "-pk")[:LOOKED_AT]]

    @cached_property
    def _places(self) -> dict[int, int]:
        waiting = Run.objects.filter(status=Run.Status.QUEUED).order_by("queued_at", "pk")
        return {pk: place for place, pk in enumerate(waiting.values_list("pk", flat=True))}


def _kind(run: Run) -> tuple[str, str, int]:
    return run.measurement_key, run.segment, run.window


def _seconds(run: Run) -> float:
    assert run.started_at and run.ended_at  # noqa: S101  it is done
    return max((run.ended_at - run.started_at).total_seconds(), 0.0)
