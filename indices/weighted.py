"""By what a run's answers were weighted, as it stored it. Loaded by the web process."""

from typing import Any

from indices.models import Run
from surveys import weighting
from surveys.models import Survey


def of(run: Run) -> dict[str, Any]:
    """Empty where every answer counted alike."""
    found: dict[str, Any] = run.settings.get("weighting", {})
    return found


def is_outdated(run: Run, survey: Survey) -> bool:
    """The survey is weighted otherwise now than when a run that is done was computed."""
    return run.status == Run.Status.DONE and of(run).get("digest", "") != weighting.digest(survey.weighting)


def is_like(run: Run, other: Run) -> bool:
    """The two were weighted alike, or neither was."""
    return bool(of(run).get("digest") == of(other).get("digest"))
