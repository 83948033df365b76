"""Changing what a survey's draft asks: its parts, their questions, and the conditions of these.

The verbs take the parts as a survey keeps them and change them in place; `change` locks the draft around them
and stores what they made. A part is named by its key, `instrument-<id>` or `page-<code>`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.db import transaction

from surveys.models import Survey
from surveys.questionnaire.conditions import Condition
from surveys.questionnaire.parts import read_parts

Row = dict[str, Any]
PAGE, QUESTION, OPTION, FEATURE = "p", "q", "o", "f"


class NotThere(LookupError):
    """The draft has no such part or question (any more)."""


class Codes:
    """Codes for what a company names itself: each is made once in a survey and never again.

    A stem is `p` for pages, `q` for questions, `q1.o` for the options of question q1, `kano.f` for Kano's
    features. `made` holds the highest number made of each; codes that came another way stand in `used`.
    """

    def __init__(self, made: Mapping[str, int], used: Mapping[str, set[str]]) -> None:
        self.made, self._used = dict(made), used

    def next(self, stem: str) -> str:
        """The code that would be made now."""
        return f"{_letter(stem)}{self._highest(stem) + 1}"

    def make(self, stem: str) -> str:
        code = self.next(stem)
        self.made[stem] = int(code[1:])
        return code

    def _highest(self, stem: str) -> int:
        letter = _letter(stem)
        numbers = (code.removeprefix(letter) for code in self._used.get(stem, ()) if code.startswith(letter))
        return max([self.made.get(stem, 0), *(int(one) for one in numbers if one.isdecimal())])


def _letter(stem: str) -> str:
    return stem.rpartition(".")[2]


def codes_of(survey: Survey) -> Codes:
    """What was made so far, in the draft and in every version."""
    used: dict[str, set[str]] = defaultdict(set)
    snapshots = survey.versions.values_list("snapshot", flat=True)
    for parts in (survey.parts, *(snapshot["parts"] for snapshot in snapshots)):
        for stem, code in _codes_in(parts):
            used[stem].add(code)
    return Codes(survey.codes, used)


def _codes_in(parts: Iterable[Row]) -> Iterator[tuple[str, str]]:
    for part in parts:
        if part["kind"] == "instrument":
            stem = f"{part['instrument']}.{FEATURE}"
            yield from ((stem, feature["code"]) for feature in part.get("features", []))
            continue
        yield PAGE, part["code"]
        for question in part.get("questions", []):
            yield QUESTION, question["code"]
            stem = f"{question['code']}.{OPTION}"
            yield from ((stem, option["code"]) for option in question.get("options", []))


def published_questions(survey: Survey) -> set[str]:
    """The codes of the company's own questions that were ever published: what kind they are is fixed."""
    snapshots = survey.versions.values_list("snapshot", flat=True)
    return {code for one in snapshots for stem, code in _codes_in(one["parts"]) if stem == QUESTION}


def change(survey: Survey, verb: Callable[[list[Row], Codes], None]) -> None:
    """Let the verb change the draft's parts, and store them.

    Raises NotThere or PartRefused; then nothing is stored.
    """
    with transaction.atomic():
        locked = Survey.objects.select_for_update(no_key=True).get(pk=survey.pk)
        codes = codes_of(locked)
        verb(locked.parts, codes)
        read_parts(locked.parts)
        Survey.objects.filter(pk=survey.pk).update(parts=locked.parts, codes=codes.made)
    survey.parts, survey.codes = locked.parts, codes.made


# -- finding


def key_of(part: Row) -> str:
    return f"instrument-{part['instrument']}" if part["kind"] == "instrument" else f"page-{part['code']}"


def find(parts: list[Row], key: str) -> Row:
    return parts[place_of(parts, key)]


def place_of(parts: list[Row], key: str) -> int:
    return _place([key_of(part) for part in parts], key)


def find_question(page: Row, code: str) -> Row:
    questions: list[Row] = page.get("questions", [])
    return questions[_place([one["code"] for one in questions], code)]


def governed(parts: list[Row], key: str, question: str = "") -> Row:
    """The page, or the question on it, whose conditions are meant; an instrument has none."""
    page = find(parts, key)
    if page["kind"] != "page":
        raise NotThere(key)
    return find_question(page, question) if question else page


def _place(names: list[str], name: str) -> int:
    try:
        return names.index(name)
    except ValueError:
        raise NotThere(name) from None


# -- parts


def add_instrument(parts: list[Row], instrument: str) -> None:
    """Ask the instrument at the end; one that is asked already stays where it is."""
    part = {"kind": "instrument", "instrument": instrument}
    if key_of(part) not in map(key_of, parts):
        parts.append(part)


def add_page(parts: list[Row], codes: Codes, code: str) -> str:
    """A page of own questions at the end; its code. `code` is the one the form was opened with: sent twice,
    it makes one page."""
    if f"page-{code}" in map(key_of, parts):
        return code
    made = codes.make(PAGE)
    parts.append({"kind": "page", "code": made, "questions": []})
    return made


def move(parts: list[Row], key: str, to: int) -> None:
    _move(parts, place_of(parts, key), to)


def remove(parts: list[Row], key: str) -> None:
    parts[:] = [part for part in parts if key_of(part) != key]


def _move(rows: list[Row], place: int, to: int) -> None:
    rows.insert(max(0, min(to, len(rows) - 1)), rows.pop(place))


def adapt(
    parts: list[Row], codes: Codes, key: str, drop: list[str], per_page: int, features: list[Row]
) -> None:
    """How an instrument is used here. A feature without a code is new and gets one."""
    part = find(parts, key)
    stem = f"{part['instrument']}.{FEATURE}"
    part |= {"drop": drop, "per_page": per_page, "features": _coded(features, codes, stem)}


# -- pages and questions


def set_title(parts: list[Row], key: str, title: Mapping[str, str]) -> None:
    governed(parts, key)["title"] = dict(title)


def put_question(parts: list[Row], codes: Codes, key: str, question: Row, code: str) -> str:
    """Put the question on the page, in the place of the one with this code if that is there; its code.

    A new question gets a code of its own; with the code that its form was opened with, sent twice, it is one
    question. Options without a code are new. Conditions stay as they are.
    """
    questions: list[Row] = governed(parts, key).setdefault("questions", [])
    there = [one["code"] for one in questions]
    made = code if code in there else codes.make(QUESTION)
    options = _coded(question.get("options", []), codes, f"{made}.{OPTION}")
    row = {**question, "code": made, **({"options": options} if options else {})}
    if made in there:
        before = questions[there.index(made)]
        questions[there.index(made)] = row | {"show_if": before.get("show_if", [])}
    else:
        questions.append(row)
    return made


def move_question(parts: list[Row], key: str, code: str, to: int) -> None:
    questions = governed(parts, key)["questions"]
    _move(questions, _place([one["code"] for one in questions], code), to)


def remove_question(parts: list[Row], key: str, code: str) -> None:
    page = governed(parts, key)
    page["questions"] = [one for one in page["questions"] if one["code"] != code]


def _coded(rows: Iterable[Row], codes: Codes, stem: str) -> list[Row]:
    return [{**row, "code": row["code"] or codes.make(stem)} for row in rows]


# -- conditions


def add_condition(parts: list[Row], key: str, question: str, condition: Condition) -> None:
    holder = governed(parts, key, question)
    if condition.as_json() not in holder.setdefault("show_if", []):
        holder["show_if"].append(condition.as_json())


def remove_condition(parts: list[Row], key: str, question: str, condition: Any) -> None:
    holder = governed(parts, key, question)
    holder["show_if"] = [one for one in holder.get("show_if", []) if one != condition]
