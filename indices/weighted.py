"""By what a run's answers were weighted, as it stored it. Loaded by the web process."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from indices.models import Run
from scoring.classical.suppression import is_small, suppressed
from surveys import weighting
from surveys.models import Survey
from surveys.questionnaire.content import Content
from surveys.questionnaire.parts import OWN

OF_COUNTS = ("deff", "n_effective", "least", "largest")  # with shares they tell of how many answers these are
ALIKE = 1 + 1e-9  # a design effect below is that of equal weights


def of(run: Run) -> dict[str, Any]:
    """Empty where every answer counted alike."""
    found: dict[str, Any] = run.settings.get("weighting", {})
    return found


def as_asked(run: Run) -> dict[str, Any]:
    """The run's settings without what weighting came to, which tells of the answers."""
    asked = {name: of(run)[name] for name in ("digest", "margins", "trim", "unused") if name in of(run)}
    return {**run.settings, **({"weighting": asked} if asked else {})}


def told(run: Run) -> dict[str, Any]:
    """What may be told of the weighting: no option's answers that are few, or tell of few by subtraction, and
    where there are any, nothing that tells of the weights."""
    found, least = of(run), run.survey.organisation.least_group
    if "shares" not in found:
        return found
    hidden = _hidden(found, least)
    if not tells_counts(run):
        found = {name: value for name, value in found.items() if name not in OF_COUNTS}
    shares = [
        {**row, "n": None, "sample": None} if (row["margin"], row["value"]) in hidden else row
        for row in found["shares"]
    ]
    lacking = {one: None if is_small(n, least) else n for one, n in found["lacking"].items()}
    return {**found, "shares": shares, "lacking": lacking}


def tells_counts(run: Run) -> bool:
    """Whether numbers of answers may stand beside weighted shares.

    Both follow from what each group of equal weight answered, so that together they tell a small one's
    answers. `smallest` is what runs store of the groups; of a segment whose run stored none, only answers of
    equal weight are known to have no small one.
    """
    found, least = of(run), run.survey.organisation.least_group
    if "shares" not in found:
        return True
    if _hidden(found, least):
        return False
    if "smallest" in found:
        return not is_small(found["smallest"], least)
    return not run.segment or bool(found["deff"] <= ALIKE)


def without_counts() -> str:
    """What is said where they may not be told."""
    return _(
        "Answers are weighted so that their shares agree with the population. How many gave each answer, the "
        "weights and the design effect are left out: together with the weighted shares they would tell what "
        "a small group answered."
    )


def _hidden(found: dict[str, Any], least: int) -> set[tuple[str, str]]:
    """The options, each with its margin, of which no number may be told."""
    return {
        (margin, value)
        for margin in {row["margin"] for row in found["shares"]}
        for value in suppressed(_answered(found, margin), found["n"], least)
    }


def _answered(found: dict[str, Any], margin: str) -> dict[str, int]:
    return {row["value"]: row["n"] for row in found["shares"] if row["margin"] == margin}


def digest(settings: Mapping[str, Any]) -> str:
    """Of the weighting that a run's figures have; empty where every answer counts alike, as it did in scores
    of runs that only kept which weighting they left `unused`."""
    found = settings.get("weighting", {})
    return "" if found.get("unused") else str(found.get("digest", ""))


def is_outdated(run: Run, survey: Survey) -> bool:
    """The survey is weighted otherwise now than when a run that is done was computed."""
    return run.status == Run.Status.DONE and digest(run.settings) != weighting.digest(survey.weighting)


def is_like(run: Run, other: Run) -> bool:
    """The two were weighted alike, or neither was."""
    return digest(run.settings) == digest(other.settings)


def size(run: Run, n: int) -> int:
    """How much a segment's n answers count beside those of others: as many as they stand for."""
    found = of(run)
    return max(1, round(found["weight"] * found["n"])) if "weight" in found else n


@dataclass(frozen=True)
class MarginRow:
    """An option's share, in percent: of the population, among the answers, and after weighting."""

    option: str
    n: int | None  # None, as the share among the answers, where a small group would be told
    population: float
    sample: float | None
    weighted: float


@dataclass(frozen=True)
class MarginTable:
    """A question by which answers are weighted; `lacking` gave no answer to it that the weighting knows."""

    question: str
    rows: list[MarginRow]
    lacking: int | None


def tables(run: Run, names: dict[str, str]) -> list[MarginTable]:
    """For every margin of a run that was weighted."""
    found = told(run)
    questions = dict.fromkeys(row["margin"] for row in found.get("shares", ()))
    return [
        MarginTable(
            names.get(f"{OWN}.{one}", one),
            [_row(row, names) for row in found["shares"] if row["margin"] == one],
            found["lacking"].get(one, 0),
        )
        for one in questions
    ]


def _row(row: dict[str, Any], names: dict[str, str]) -> MarginRow:
    label = names.get(f"{row['margin']}:{row['value']}", row["value"])
    sample = None if row["sample"] is None else 100 * row["sample"]
    return MarginRow(label, row["n"], 100 * row["population"], sample, 100 * row["weighted"])


def segment_names(content: Content, language: str) -> dict[str, str]:
    """What segment questions (`own.region`) and their options (`region:north`) are called."""
    names = {}
    for question in content.segments:
        names[question.full_code] = _said(question.text, language)
        for option in question.options:
            names[f"{question.code}:{option.code}"] = _said(option.text, language)
    return names


def _said(texts: Any, language: str) -> str:
    return str(texts.get(language) or next(iter(texts.values())))
