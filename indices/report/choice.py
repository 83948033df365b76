"""What the address of a report asks for; whoever opens the same address sees the same."""

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from indices import selectors
from indices.models import MapLevel
from indices.period_words import window_label
from indices.runs.schedule import windows_of
from indices.segments import segment_labels
from surveys.models import Period, Survey, Use
from surveys.selectors import latest_use

LEAST_RISE, RISE, MOST_RISE = 1, 5, 20  # points that a driver is thought to rise by


@dataclass(frozen=True)
class Choice:
    """A period and a segment of a survey, under one measurement key, and what is shown of them.

    `window` is of how many periods, the last included, the answers are pooled. `measure` is empty where the
    address leaves it open. Of a structural model, `outcome` is the headline construct that the drivers are
    shown for, `level` whether they or their single questions are mapped, and `rise` by how many points they
    are thought to rise.
    """

    survey: Survey
    use: Use
    key: str
    periods: list[Period]
    period: Period | None
    segment: str
    window: int
    measure: str = ""
    outcome: str = ""
    level: str = MapLevel.DRIVERS
    rise: int = RISE

    def address(self, period: Period) -> str:
        """What the page's address asks for, without a revision."""
        return "&".join(filter(None, [urlencode({"period": period.public_id}), self.carried]))

    def compare_address(self, period: Period) -> str:
        """Of the page that sets this beside the period before it, the first one beside itself."""
        before = max(self.periods.index(period) - 1, 0)
        asked = {
            "a": self.periods[before].public_id,
            "a_segment": self.segment,
            "b": period.public_id,
            "b_segment": self.segment,
            "measure": self.measure,
            "window": self.window if self.window > 1 else "",
        }
        return urlencode({name: value for name, value in asked.items() if value})

    @property
    def carried(self) -> str:
        """The same for whatever period."""
        return urlencode(self._asked)

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the filter does not ask for, and keeps."""
        names = ("outcome", "level", "rise")
        return [(name, str(self._asked[name])) for name in names if name in self._asked]

    @property
    def _asked(self) -> dict[str, str | int]:
        """Without what goes without saying."""
        first = self.use.instrument.headline[:1] if self.use.kind == "structural" else ()
        asked: dict[str, str | int] = {
            "measure": self.measure,
            "segment": self.segment,
            "window": self.window if self.window > 1 else "",
            "outcome": "" if self.outcome in first else self.outcome,
            "level": "" if self.level == MapLevel.DRIVERS else self.level,
            "rise": "" if self.rise == RISE else self.rise,
        }
        return {name: value for name, value in asked.items() if value}

    @cached_property
    def windows(self) -> list[tuple[int, str]]:
        """Each window that the survey pools, or once pooled, with what it is called."""
        sizes = {*windows_of(self.survey), *selectors.stored_windows(self.survey, self.key)}
        return [(size, window_label(self.survey.period_kind, size)) for size in sorted(sizes)]

    @cached_property
    def segments(self) -> list[tuple[str, str]]:
        """Each segment with its label in the reader's language."""
        labels = segment_labels(self.survey, self.key, get_language() or "en")
        return [("", _("All respondents")), *labels.items()]


def choice(request: HttpRequest, survey: Survey, key: str) -> Choice:
    """Read the address; what the survey does not have is a 404."""
    use = latest_use(survey, key)
    periods = list(survey.periods.order_by("first_day", "pk"))
    window, rise = number(request, "window"), number(request, "rise")
    found = Choice(
        survey,
        use,
        key,
        periods,
        period(request, periods, "period"),
        request.GET.get("segment", ""),
        1 if window is None else window,
        request.GET.get("measure", ""),
        outcome(request.GET.get("outcome", ""), use),
        request.GET.get("level") or MapLevel.DRIVERS.value,
        RISE if rise is None else rise,
    )
    known = found.window in dict(found.windows) and found.segment in dict(found.segments)
    if not known or found.level not in MapLevel.values or not LEAST_RISE <= found.rise <= MOST_RISE:
        raise Http404
    return found


def period(request: HttpRequest, periods: list[Period], name: str) -> Period | None:
    """The survey's period that the address names; None where it names none."""
    asked = request.GET.get(name)
    found = next((one for one in periods if one.public_id == asked), None)
    if asked and found is None:
        raise Http404
    return found


def outcome(asked: str, use: Use) -> str:
    """A headline construct; the first of them where none is asked for, and none where there are no paths."""
    if use.kind != "structural":
        return ""
    headline = use.instrument.headline
    if asked and asked not in headline:
        raise Http404
    return asked or headline[0]


def number(request: HttpRequest, name: str) -> int | None:
    """A whole number in the address; None where it is not given, and a 404 where it is no number."""
    given = request.GET.get(name)
    if not given:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", given):
        raise Http404
    return int(given)
