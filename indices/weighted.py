"""By what a run's answers were weighted, as it stored it. Loaded by the web process."""

from dataclasses import dataclass
from typing import Any

from indices.models import Run
from surveys import weighting
from surveys.models import Survey
from surveys.questionnaire.content import Content
from surveys.questionnaire.parts import OWN


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


def size(run: Run, n: int) -> int:
    """How much a segment's n answers count beside those of others: as many as they stand for."""
    found = of(run)
    return max(1, round(found["weight"] * found["n"])) if "weight" in found else n


@dataclass(frozen=True)
class MarginRow:
    """An option's share, in percent: of the population, among the answers, and after weighting."""

    option: str
    n: int
    population: float
    sample: float
    weighted: float


@dataclass(frozen=True)
class MarginTable:
    """A question by which answers are weighted; `lacking` gave no answer to it that the weighting knows."""

    question: str
    rows: list[MarginRow]
    lacking: int


def tables(run: Run, names: dict[str, str]) -> list[MarginTable]:
    """For every margin of a run that was weighted."""
    found = of(run)
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
    shares = (100 * row[name] for name in ("population", "sample", "weighted"))
    return MarginRow(label, row["n"], *shares)


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
