"""What a survey's managers know of its population, to which answers are weighted.

Survey.weighting holds {"unit": "percent" or "count", "margins": {question: {option: number}}, "trim":
{"least": 0.3, "largest": 3} or null}, by the codes of segment questions and their options, as it was given;
{} where answers count alike. What becomes of it is for `indices`.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from surveys.models import Survey
from surveys.questionnaire.content import Content
from surveys.questionnaire.parts import OwnQuestion

UNITS = ("percent", "count")
ROUNDING = 0.1 + 1e-9  # by which percentages may miss 100
LARGEST_NUMBER, LARGEST_RATIO = 1e15, 1e9  # of a count, and of two counts of one question
LARGEST_TRIM = 1000.0
MOST_NAMED = 100  # problems that one refusal names
LEAST, LARGEST = 0.3, 3.0  # usual bounds of a weight, in multiples of the mean


class WeightingRefused(ValueError):
    """Margins that cannot be: `problems` names each field, such as `margins.region.north`, and what is
    right."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {text}" for field, text in problems.items()))
        self.problems = dict(problems)


def segment_questions(survey: Survey) -> tuple[OwnQuestion, ...]:
    """The segment questions of the newest published version."""
    version = survey.current_version
    return version.content.segments if version else ()


def problems_of_segments(survey: Survey, segments: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong, by field, with {question: option} of the published segment questions."""
    questions = {one.code: [option.code for option in one.options] for one in segment_questions(survey)}
    for code, option in segments.items():
        if code not in questions:
            known = ", ".join(questions) or "–"
            yield "segments", _("is no segment question of the published survey; there are: %s") % known
        elif option not in questions[code]:
            known = ", ".join(questions[code])
            yield f"segments.{code}", _("is no option of the question; there are: %s") % known


def read(given: Mapping[str, Any], content: Content | None) -> dict[str, Any]:
    """What is to be stored for `unit`, `margins` and `trim` as they were given. Raises WeightingRefused.

    A question without numbers is left out; without any question weighting is off.
    """
    unit, margins, trim = given.get("unit", UNITS[0]), given.get("margins", {}), given.get("trim")
    questions = {question.code: question for question in content.segments} if content else {}
    problems = {"unit": _("must be one of: %s") % ", ".join(UNITS)} if unit not in UNITS else {}
    problems |= dict(islice(_problems(margins, questions, unit), MOST_NAMED)) | dict(_trim_problems(trim))
    if problems:
        raise WeightingRefused(problems)
    stated = {code: _in_order(numbers, questions[code]) for code, numbers in margins.items() if numbers}
    return {"unit": unit, "margins": stated, "trim": trim} if stated else {}


def _in_order(numbers: Mapping[str, float], question: OwnQuestion) -> dict[str, float]:
    """By the question's options; whole numbers stay what they look like."""
    given = {option.code: numbers[option.code] for option in question.options}
    return {code: int(number) if number == int(number) else number for code, number in given.items()}


def _problems(margins: Any, questions: Mapping[str, OwnQuestion], unit: str) -> Iterator[tuple[str, str]]:
    if not isinstance(margins, Mapping):
        yield "margins", _("must be an object")
        return
    for code, numbers in margins.items():
        place = f"margins.{code}"
        if code not in questions:
            known = ", ".join(questions) or "–"
            yield place, _("is no segment question of the published survey; there are: %s") % known
        elif not isinstance(numbers, Mapping):
            yield place, _("must be an object")
        elif numbers:
            yield from _problems_of(questions[code], numbers, unit, place)


def _problems_of(
    question: OwnQuestion, numbers: Mapping[str, Any], unit: str, place: str
) -> Iterator[tuple[str, str]]:
    options = [option.code for option in question.options]
    wrong = {code: _("is no option of the question; there are: %s") % ", ".join(options)
             for code in numbers if code not in options}  # fmt: skip
    wrong |= {code: _("is missing: give a number for every option of the question, or for none")
              for code in options if numbers.get(code) is None}  # fmt: skip
    wrong |= {code: _("must be a number above 0") for code in options
              if code not in wrong and not _is_count(numbers[code])}  # fmt: skip
    yield from ((f"{place}.{code}", problem) for code, problem in wrong.items())
    if wrong:
        return
    total = math.fsum(numbers.values())
    if unit == "percent" and abs(total - 100) > ROUNDING:
        yield place, _("The percentages sum to %s; they must sum to 100.") % f"{total:g}"
    elif max(numbers.values()) > LARGEST_RATIO * min(numbers.values()):
        yield place, _("The numbers lie too far apart to weight by.")


def _is_count(number: Any) -> bool:
    is_number = isinstance(number, (int, float)) and not isinstance(number, bool)
    return is_number and 0 < number <= LARGEST_NUMBER  # false for NaN


def _trim_problems(trim: Any) -> Iterator[tuple[str, str]]:
    if trim is None:
        return
    if not isinstance(trim, Mapping) or set(trim) != {"least", "largest"}:
        yield "trim", _("must have a least and a largest weight, or be left out")
        return
    if not (_is_count(trim["least"]) and trim["least"] < 1):
        yield "trim.least", _("must be a number above 0 and below 1, the mean weight")
    if not (_is_count(trim["largest"]) and 1 < trim["largest"] <= LARGEST_TRIM):
        yield "trim.largest", _("must be a number above 1, the mean weight, and at most 1000")


def shares(weighting: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """The population's share of every option, summing to 1 for each question, however it was counted."""
    margins: dict[str, dict[str, float]] = weighting.get("margins", {})
    totals = {code: math.fsum(numbers.values()) for code, numbers in margins.items()}
    return {
        code: {option: number / totals[code] for option, number in numbers.items()}
        for code, numbers in margins.items()
    }


def digest(weighting: Mapping[str, Any]) -> str:
    """Equal for weightings that give the same weights; empty where there is none."""
    if not weighting:
        return ""
    rounded = {
        code: {option: f"{share:.9f}" for option, share in own.items()}
        for code, own in shares(weighting).items()
    }
    trim = weighting.get("trim")
    bounds = trim and {name: float(value) for name, value in trim.items()}
    content = json.dumps({"margins": rounded, "trim": bounds}, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def is_incomplete(survey: Survey) -> bool:
    """The questions have changed since the margins were stated: some option has no number, or is gone."""
    options = {one.code: {option.code for option in one.options} for one in segment_questions(survey)}
    stated: dict[str, dict[str, float]] = survey.weighting.get("margins", {})
    return any(set(numbers) != options.get(code) for code, numbers in stated.items())


def change(survey: Survey, given: Mapping[str, Any]) -> dict[str, Any]:
    """Store what was given, and nothing else of the survey. Raises WeightingRefused."""
    version = survey.current_version
    return store(survey, read(given, version.content if version else None))


def store(survey: Survey, stated: dict[str, Any]) -> dict[str, Any]:
    """Store what `read` gave."""
    Survey.objects.filter(pk=survey.pk).update(weighting=stated)
    survey.weighting = stated
    return stated
