"""The parts a survey is put together from: instruments, and pages of the company's own questions.

A survey keeps them as JSON, in the order in which they are asked:

    {"kind": "instrument", "instrument": "ecsi", "drop": ["image3"], "features": [], "per_page": 0}
    {"kind": "page", "code": "visit", "title": {"en": ...}, "show_if": [], "questions": [
        {"code": "region", "type": "single", "text": {"en": ...}, "segment": true, "required": false,
         "options": [{"code": "north", "text": {"en": ...}}], "show_if": [
            {"question": "nps.score", "operator": "at_most", "values": [6]}]}]}

Here they become typed values; a mistake in their shape is refused by the place where it stands. What only
the whole survey shows (a condition on a later question, a missing translation) is for `mistakes`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from scoring.instrument import Feature
from surveys.questionnaire.conditions import NO_ANSWER, OPERATORS, Condition

TYPES = ("single", "multiple", "rating", "number", "date", "short", "long")
CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
OWN = "own"  # stands before the codes of a company's own questions as an instrument's id before its items
MOST_PARTS, MOST_QUESTIONS, MOST_OPTIONS, MOST_CONDITIONS = 50, 100, 100, 10
MOST_PER_PAGE = 50
LONGEST = 2_000


class PartRefused(ValueError):
    """A part that cannot be read; `place` is a path such as `parts[1].questions[0].options`."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(problem)
        self.place = place


@dataclass(frozen=True)
class Option:
    code: str
    text: Mapping[str, str]


@dataclass(frozen=True)
class OwnQuestion:
    """A question of the company's own. `code` is permanent; `minimum`..`maximum` bound a rating or number."""

    code: str
    type: str
    text: Mapping[str, str]
    options: tuple[Option, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    low: Mapping[str, str] | None = None
    high: Mapping[str, str] | None = None
    required: bool = False
    segment: bool = False
    show_if: tuple[Condition, ...] = ()

    @property
    def full_code(self) -> str:
        return f"{OWN}.{self.code}"


@dataclass(frozen=True)
class OwnPage:
    code: str
    title: Mapping[str, str]
    questions: tuple[OwnQuestion, ...]
    show_if: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class InstrumentPart:
    """The use of an instrument: which optional items are left out, and Kano's features.

    `per_page`: how many items stand on a page at most; 0: as the instrument's sections have them.
    """

    instrument: str
    drop: tuple[str, ...] = ()
    features: tuple[Feature, ...] = ()
    per_page: int = 0


Part = InstrumentPart | OwnPage


def read_parts(raw: Any) -> tuple[Part, ...]:
    """Raises PartRefused."""
    rows = _list(raw, "parts", MOST_PARTS)
    parts = tuple(_part(row, f"parts[{number}]") for number, row in enumerate(rows))
    _unique((part.instrument for part in parts if isinstance(part, InstrumentPart)), "parts", "instrument")
    _unique((page.code for page in own_pages(parts)), "parts", "code")
    _unique((question.code for question in own_questions(parts)), "parts", "code")
    return parts


def own_pages(parts: tuple[Part, ...]) -> Iterator[OwnPage]:
    return (part for part in parts if isinstance(part, OwnPage))


def own_questions(parts: tuple[Part, ...]) -> Iterator[OwnQuestion]:
    return (question for page in own_pages(parts) for question in page.questions)


def _part(row: Any, place: str) -> Part:
    row = _table(row, place)
    kind = row.get("kind")
    if kind == "instrument":
        return _instrument_part(row, place)
    if kind == "page":
        return _own_page(row, place)
    raise PartRefused(f"{place}.kind", _("must be one of: %s") % "instrument, page")


def _instrument_part(row: dict[str, Any], place: str) -> InstrumentPart:
    if "show_if" in row:
        problem = _("a scored question cannot have a condition: its base would change")
        raise PartRefused(f"{place}.show_if", problem)
    _only(row, place, "kind instrument drop features per_page")
    features = tuple(
        Feature(_code(one, f"{place}.features[{n}]"), _text(one, "name", f"{place}.features[{n}]"))
        for n, one in enumerate(_tables(row, "features", place))
    )
    _unique((feature.code for feature in features), f"{place}.features", "code")
    drop = row.get("drop", [])
    if not isinstance(drop, list) or not all(isinstance(one, str) for one in drop):
        raise PartRefused(f"{place}.drop", _("must be a list of item codes"))
    per_page = _number(row, "per_page", place) or 0
    if not 0 <= per_page <= MOST_PER_PAGE:
        bounds = {"low": 0, "high": MOST_PER_PAGE}
        raise PartRefused(f"{place}.per_page", _("must be a number from %(low)s to %(high)s") % bounds)
    return InstrumentPart(_code(row, place, "instrument"), tuple(drop), features, per_page)


def _own_page(row: dict[str, Any], place: str) -> OwnPage:
    _only(row, place, "kind code title show_if questions")
    rows = _tables(row, "questions", place)
    return OwnPage(
        code=_code(row, place),
        title=_text(row, "title", place, needed=False),
        questions=tuple(_own_question(one, f"{place}.questions[{n}]") for n, one in enumerate(rows)),
        show_if=_show_if(row, place),
    )


def _own_question(row: dict[str, Any], place: str) -> OwnQuestion:
    _only(row, place, "code type text options minimum maximum low high required segment show_if")
    kind = row.get("type")
    if kind not in TYPES:
        raise PartRefused(f"{place}.type", _("must be one of: %s") % ", ".join(TYPES))
    options = tuple(
        Option(_code(one, f"{place}.options[{n}]"), _text(one, "text", f"{place}.options[{n}]"))
        for n, one in enumerate(_tables(row, "options", place))
    )
    _unique((option.code for option in options), f"{place}.options", "code")
    question = OwnQuestion(
        code=_code(row, place),
        type=kind,
        text=_text(row, "text", place),
        options=options,
        minimum=_number(row, "minimum", place),
        maximum=_number(row, "maximum", place),
        low=_text(row, "low", place, needed=False),
        high=_text(row, "high", place, needed=False),
        required=_flag(row, "required", place),
        segment=_flag(row, "segment", place),
        show_if=_show_if(row, place),
    )
    _check_question(question, place)
    return question


def _check_question(question: OwnQuestion, place: str) -> None:
    """What one question alone must have, by its type."""
    takes_options = question.type in {"single", "multiple"}
    if takes_options and len(question.options) < 2:
        raise PartRefused(f"{place}.options", _("give at least two options"))
    if question.options and not takes_options:
        raise PartRefused(f"{place}.options", _("only a question with a choice has options"))
    for number, option in enumerate(question.options):
        if option.code in NO_ANSWER:
            raise PartRefused(
                f"{place}.options[{number}].code", _("has a meaning of its own; choose another")
            )
    if question.segment and question.type != "single":
        raise PartRefused(f"{place}.segment", _("only a question with a single choice makes segments"))
    low, high = question.minimum, question.maximum
    if question.type == "rating":
        if low is None or high is None or not (0 <= low < high <= low + 10):
            raise PartRefused(f"{place}.maximum", _("a rating has 2 to 11 points, such as 1 to 5 or 0 to 10"))
    elif low is not None and high is not None and low >= high:
        raise PartRefused(f"{place}.maximum", _("must be greater than the minimum"))


def _show_if(row: dict[str, Any], place: str) -> tuple[Condition, ...]:
    rows = _list(row.get("show_if", []), f"{place}.show_if", MOST_CONDITIONS)
    return tuple(_condition(one, f"{place}.show_if[{n}]") for n, one in enumerate(rows))


def _condition(row: Any, place: str) -> Condition:
    row = _table(row, place)
    _only(row, place, "question operator values")
    question, operator, values = row.get("question"), row.get("operator"), row.get("values", [])
    if not isinstance(question, str) or len(question) > 90:
        raise PartRefused(f"{place}.question", _("must be the code of an earlier question"))
    if operator not in OPERATORS:
        raise PartRefused(f"{place}.operator", _("must be one of: %s") % ", ".join(OPERATORS))
    is_list = isinstance(values, list) and len(values) <= MOST_OPTIONS
    if not is_list or not all(_is_plain(one) for one in values):
        raise PartRefused(f"{place}.values", _("must be a list of codes or numbers"))
    if operator in {"at_least", "at_most"} and (len(values) != 1 or isinstance(values[0], str)):
        raise PartRefused(f"{place}.values", _("must be one number"))
    if operator in {"is", "is_not"} and not values:
        raise PartRefused(f"{place}.values", _("choose at least one answer"))
    return Condition(question, operator, tuple(values))


def _is_plain(value: Any) -> bool:
    """A code or a number that can be compared; NaN, infinity and numbers beyond any answer cannot."""
    if isinstance(value, str):
        return len(value) <= 90
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= 10**15


# -- single values


def _table(row: Any, place: str) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise PartRefused(place, _("must be an object"))
    return row


def _list(raw: Any, place: str, most: int) -> list[Any]:
    if not isinstance(raw, list) or len(raw) > most:
        raise PartRefused(place, _("must be a list of at most %d") % most)
    return raw


def _tables(row: dict[str, Any], name: str, place: str) -> list[dict[str, Any]]:
    rows = _list(row.get(name, []), f"{place}.{name}", MOST_QUESTIONS)
    return [_table(one, f"{place}.{name}[{n}]") for n, one in enumerate(rows)]


def _only(row: dict[str, Any], place: str, known: str) -> None:
    for name in row:
        if name not in known.split():
            known_names = known.replace(" ", ", ")
            raise PartRefused(f"{place}.{name}", _("is not known here; known are: %s") % known_names)


def _code(row: dict[str, Any], place: str, name: str = "code") -> str:
    value = row.get(name)
    if not isinstance(value, str) or not CODE.fullmatch(value):
        raise PartRefused(f"{place}.{name}", _("must be small letters, digits and _, starting with a letter"))
    return value


def _text(row: dict[str, Any], name: str, place: str, needed: bool = True) -> dict[str, str]:
    value = row.get(name)
    if value is None and not needed:
        return {}
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise PartRefused(f"{place}.{name}", _("must be a text for each language"))
    if any(len(one) > LONGEST for one in value.values()):
        raise PartRefused(f"{place}.{name}", _("must be a text of at most %d characters") % LONGEST)
    return value


def _number(row: dict[str, Any], name: str, place: str) -> int | None:
    value = row.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or abs(value) > 10**12):
        raise PartRefused(f"{place}.{name}", _("must be a whole number"))
    return value


def _flag(row: dict[str, Any], name: str, place: str) -> bool:
    value = row.get(name, False)
    if not isinstance(value, bool):
        raise PartRefused(f"{place}.{name}", _("must be true or false"))
    return value


def _unique(codes: Iterator[str], place: str, what: str) -> None:
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise PartRefused(place, _("%(what)s “%(code)s” stands twice") % {"what": what, "code": code})
        seen.add(code)
