"""What every report says of the weighting of its run."""

from functools import cached_property
from typing import Any

from indices import weighted
from indices.selectors import Stored
from surveys.models import Use


class WeightedReport:
    """Part of the reports, which are of a stored run and use of an instrument in a language."""

    stored: Stored
    use: Use
    language: str

    @cached_property
    def segment_names(self) -> dict[str, str]:
        return weighted.segment_names(self.use.version.content, self.language)

    @property
    def weighting(self) -> dict[str, Any]:
        """Figures of the weighting; empty where there is none, or it could not be done."""
        found = weighted.told(self.stored.run)
        return found if "shares" in found else {}

    @property
    def why_no_counts(self) -> str:
        """Why numbers of answers are left out beside weighted shares."""
        return weighted.without_counts()

    @property
    def margins(self) -> list[weighted.MarginTable]:
        return weighted.tables(self.stored.run, self.segment_names)
