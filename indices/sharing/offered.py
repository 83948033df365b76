"""What of a survey can be shared: measures, periods, segments and windows that its report has."""

from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from indices import selectors
from indices.period_words import window_label
from indices.runs.schedule import windows_of
from indices.segments import segment_labels
from surveys.models import Period, Survey
from surveys.periods import in_order
from surveys.selectors import latest_use


@dataclass(frozen=True)
class Offered:
    """Each list holds values with what they are called in the reader's language."""

    survey: Survey

    @cached_property
    def keys(self) -> dict[str, str]:
        """Of each measured instrument its newest measurement key."""
        names = selectors.measured_instruments(self.survey)
        return {one: selectors.measurement_keys(self.survey, one)[0] for one in names}

    @property
    def measures(self) -> list[tuple[str, str]]:
        names = {one: latest_use(self.survey, key).instrument.name for one, key in self.keys.items()}
        language = get_language() or "en"
        return [(one, name.get(language, name["en"])) for one, name in names.items()]

    @cached_property
    def periods(self) -> list[Period]:
        return in_order(self.survey.periods.all())

    def period(self, public_id: str) -> Period | None:
        return next((one for one in self.periods if one.public_id == public_id), None)

    @property
    def segments(self) -> list[tuple[str, str]]:
        found = {"": _("All respondents")}
        for key in self.keys.values():
            found |= segment_labels(self.survey, key, get_language() or "en")
        return list(found.items())

    @cached_property
    def windows(self) -> list[tuple[int, str]]:
        stored = [selectors.stored_windows(self.survey, key) for key in self.keys.values()]
        sizes = set(windows_of(self.survey)).union(*stored)
        return [(size, window_label(self.survey.period_kind, size)) for size in sorted(sizes)]

    def has(self, measure: str, segment: str) -> bool:
        """The measure has answers by this segment."""
        if measure not in self.keys:
            return False
        return not segment or segment in segment_labels(self.survey, self.keys[measure], "en")
