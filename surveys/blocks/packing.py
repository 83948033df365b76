"""A block's arrays: put together, taken apart, appended to, and with rows taken out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveys.blocks.layout import Codes
from surveys.models import AnswerBlock

LARGEST = 16_384  # rows of a block: what is written again when one more answer comes
LANGUAGE = ""  # the field beside the segment questions, none of whose codes is empty: a segment like `:en`

Fields = dict[str, list[str]]


@dataclass(frozen=True)
class Rows:
    """Responses: `codes` (items, n), `keys` (n,) and for each field the values (n,) as places in `fields`."""

    codes: Codes
    keys: NDArray[np.int64]
    marks: NDArray[np.uint16]
    fields: Fields

    @property
    def n(self) -> int:
        return len(self.keys)

    def chosen(self, which: Any) -> "Rows":
        """Some of the rows, by mask, places or slice."""
        return Rows(self.codes[:, which], self.keys[which], self.marks[:, which], self.fields)

    def has(self, name: str, value: str) -> NDArray[np.bool_]:
        """(n,) which responses have this value of a field."""
        known = self.fields.get(name, [])
        if value not in known:
            return np.zeros(self.n, dtype=bool)
        return np.asarray(self.marks[list(self.fields).index(name)] == known.index(value))

    def values(self, name: str) -> list[str]:
        """(n,) the responses' values of a field; empty where they have none."""
        if name not in self.fields:
            return [""] * self.n
        known = self.fields[name]
        return [known[place] for place in self.marks[list(self.fields).index(name)].tolist()]

    def by_question(self) -> dict[str, NDArray[np.str_]]:
        """For each segment question the option (n,) that every row has, empty for none."""
        return {
            name: np.array(known, dtype=np.str_)[marks]
            for (name, known), marks in zip(self.fields.items(), self.marks, strict=True)
            if name != LANGUAGE
        }

    def segments(self) -> Iterator[str]:
        """Each segment that occurs, as `question:option`; languages are those of no question."""
        for (name, known), marks in zip(self.fields.items(), self.marks, strict=True):
            yield from (f"{name}:{known[place]}" for place in np.unique(marks).tolist() if known[place])

    def in_segment(self, segment: str) -> NDArray[np.bool_]:
        """(n,) which responses are of `question:option`, or everybody if it is empty."""
        if not segment:
            return np.ones(self.n, dtype=bool)
        question, _, option = segment.partition(":")
        return self.has(question, option)


def rows_of(
    codes: Codes, keys: Sequence[int], values: Sequence[Mapping[str, str]], names: Sequence[str]
) -> Rows:
    """New rows, with a value or none for each of the fields `names`."""
    fields: Fields = {name: [""] for name in names}
    marks = np.zeros((len(names), len(keys)), dtype=np.uint16)
    for row, name in enumerate(names):
        known = {"": 0}
        marks[row] = [known.setdefault(one.get(name) or "", len(known)) for one in values]
        fields[name] = list(known)
    return Rows(codes, np.array(keys, dtype=np.int64), marks, fields)


def joined(first: Rows, second: Rows) -> Rows:
    """Both, the second one's values counted on from the first one's."""
    fields = {name: list(known) for name, known in first.fields.items()}
    for name in second.fields:
        fields.setdefault(name, [""])
    for name, known in fields.items():
        known += [one for one in second.fields.get(name, []) if one not in known]
    marks = np.hstack([_under(first, fields), _under(second, fields)])
    codes = np.hstack([first.codes, second.codes])
    return Rows(codes, np.concatenate([first.keys, second.keys]), marks, fields)


def _under(rows: Rows, fields: Fields) -> NDArray[np.uint16]:
    """(fields, n) the rows' values as places in other lists, which hold them all."""
    marks = np.zeros((len(fields), rows.n), dtype=np.uint16)
    for row, (name, known) in enumerate(fields.items()):
        if name in rows.fields:
            places = np.array([known.index(one) for one in rows.fields[name]], dtype=np.uint16)
            marks[row] = places[rows.marks[list(rows.fields).index(name)]]
    return marks


def unpacked(block: AnswerBlock) -> Rows:
    codes = np.frombuffer(block.codes, dtype=np.uint8).reshape(-1, block.n)
    marks = np.frombuffer(block.marks, dtype="<u2").reshape(len(block.fields), block.n)
    return Rows(codes, np.frombuffer(block.keys, dtype="<i8"), marks, dict(block.fields))


def pack_into(block: AnswerBlock, rows: Rows) -> None:
    """Make these the block's rows, without saving it."""
    block.n = rows.n
    block.codes = np.ascontiguousarray(rows.codes).tobytes()
    block.keys = rows.keys.astype("<i8").tobytes()
    block.marks = np.ascontiguousarray(rows.marks).astype("<u2").tobytes()
    block.fields = [[name, known] for name, known in rows.fields.items()]
