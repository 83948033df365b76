"""The runs of a survey that wait or are under way, as the report shows them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from indices import selectors
from indices.models import Run
from indices.period_words import window_label
from indices.runs.time_left import Pace
from surveys.models import Survey

MINUTE = 60


@dataclass(frozen=True)
class UnderWay:
    """A run with what it is of, and how long it takes, in words."""

    run: Run
    label: str
    time: str

    @property
    def is_running(self) -> bool:
        return bool(self.run.status == Run.Status.RUNNING)

    @property
    def percent(self) -> int:
        return math.floor(100 * self.run.progress)


def runs_under_way(survey: Survey, segments: Mapping[str, str]) -> list[UnderWay]:
    """Those being worked first, then in the order in which they are taken up; `segments` has the labels."""
    pace = Pace(survey)
    found = sorted(selectors.under_way(survey), key=lambda run: run.status != Run.Status.RUNNING)
    return [UnderWay(run, _label(run, segments), _time(run, pace)) for run in found]


def _label(run: Run, segments: Mapping[str, str]) -> str:
    """What a run is of, besides its period."""
    label = segments.get(run.segment, run.segment)
    return label if run.window == 1 else f"{label} · {window_label(run.survey.period_kind, run.window)}"


def _time(run: Run, pace: Pace) -> str:
    if run.status == Run.Status.RUNNING:
        return time_left(pace.seconds_left(run))
    return " · ".join(part for part in (_place(pace.waiting_before(run)), _takes(pace.usual(run))) if part)


def time_left(seconds: int | None) -> str:
    """Rounded up, for it is a guess: to five seconds, and to minutes from one on."""
    if seconds is None:
        return _("the time left is not known yet")
    if seconds < 5:
        return _("a few seconds left")
    if seconds <= 55:
        return _("about %d seconds left") % _fives(seconds)
    minutes = math.ceil(seconds / MINUTE)
    return ngettext("about %d minute left", "about %d minutes left", minutes) % minutes


def _takes(seconds: float | None) -> str:
    """How long it takes once it has begun; nothing where that is not known."""
    if seconds is None:
        return ""
    if seconds <= 55:
        return _("takes about %d seconds") % max(_fives(seconds), 5)
    minutes = math.ceil(seconds / MINUTE)
    return ngettext("takes about %d minute", "takes about %d minutes", minutes) % minutes


def _fives(seconds: float) -> int:
    return 5 * math.ceil(seconds / 5)


def _place(before: int | None) -> str:
    if not before:
        return _("the next to be taken up") if before == 0 else ""
    return ngettext("%d run waits before it", "%d runs wait before it", before) % before
