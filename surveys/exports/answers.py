"""Reading all finished answers of a survey in chunks, as they were at one moment.

The keys are read in one statement, with who is left out; a finished response never changes after that, so
that they are the snapshot, and no transaction stays open while a file is written. What was withdrawn since is
not there any more.
"""

import random
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import getitem
from typing import Any

from surveys.exports.columns import Layout
from surveys.exports.facts import FIELDS, FactReader
from surveys.exports.missing import NOT_ASKED
from surveys.models import Exclusion, Response, Survey, TextAnswer

AT_ONCE = 500  # rows; SQLite takes a limited number of values in one statement
KEYS_AT_ONCE = 20_000


@dataclass(frozen=True)
class Snapshot:
    """The primary keys of the responses, in the order in which they are told, and which are left out."""

    keys: "array[int]"
    excluded: frozenset[int]

    def __len__(self) -> int:
        return len(self.keys)


def snapshot(survey: Survey) -> Snapshot:
    rows = survey.responses.filter(state=Response.State.FINISHED).order_by("pk")
    keys, excluded = array("q"), set()
    for key, is_excluded in rows.values_list("pk", "is_excluded").iterator(chunk_size=KEYS_AT_ONCE):
        keys.append(key)
        if is_excluded:
            excluded.add(key)
    if survey.privacy == Survey.Privacy.ANONYMOUS:
        random.SystemRandom().shuffle(keys)
    return Snapshot(keys, frozenset(excluded))


class Cells(dict[Any, Any]):
    """What the values of one column look like in a file: made when one first comes, and the first ones kept.
    Of texts none is kept: they seldom come again."""

    def __init__(self, make: Callable[[Any], Any], is_text: bool) -> None:
        super().__init__()
        self.make, self.most = make, 0 if is_text else 2_000

    def __missing__(self, value: Any) -> Any:
        made = self.make(value)
        if len(self) < self.most:
            self[value] = made
        return made


def chunks(
    survey: Survey, layout: Layout, taken: Snapshot, cells: Sequence[Cells]
) -> Iterator[list[list[Any]]]:
    """Rows as lists of cells, in the order of the layout's columns, some hundred at a time."""
    reader = FactReader.of(survey, layout.segments)
    for start in range(0, len(taken), AT_ONCE):
        keys = taken.keys[start : start + AT_ONCE]
        given = _given(layout, reader, keys, taken.excluded)
        yield [
            list(map(getitem, cells, map(values.get, layout.keys[version], repeat(NOT_ASKED))))
            for version, values in given
        ]


def _given(
    layout: Layout, reader: FactReader, keys: Sequence[int], excluded: frozenset[int]
) -> list[tuple[int, dict[str, Any]]]:
    """The version and all values of each response, in the order of the keys."""
    stored = {row[0]: row for row in Response.objects.filter(pk__in=keys).values_list(*FIELDS)}
    texts = _texts(keys) if layout.with_texts else {}
    reasons = _reasons([key for key in keys if key in excluded])
    found = []
    for key in (one for one in keys if one in stored):
        row = stored[key]
        version, answers = row[1], row[5]
        reason = reasons.get(key, "") if key in excluded else None
        facts = reader.read(row, reason)
        for code, options in layout.several[version].items():
            if code in answers:
                answers |= _chosen(code, options, answers[code])
        answers |= {**texts.get(key, {}), **layout.constants[version], **facts}
        found.append((version, answers))
    return found


def _chosen(code: str, options: Sequence[str], answer: Any) -> dict[str, Any]:
    if not isinstance(answer, list):  # a reason why there is none
        return {f"{code}:{option}": answer for option in options}
    return {f"{code}:{option}": int(option in answer) for option in options}


def _texts(keys: Sequence[int]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    rows = TextAnswer.objects.filter(response__in=keys).values_list("response_id", "code", "text")
    for key, code, text in rows:
        found.setdefault(key, {})[code] = text
    return found


def _reasons(keys: Sequence[int]) -> dict[int, str]:
    rows = Exclusion.objects.filter(response__in=keys, ended_at=None)
    return dict(rows.values_list("response_id", "reason")) if keys else {}
