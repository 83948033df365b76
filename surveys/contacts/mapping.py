"""What each column of a file of contacts is: guessed by title and cells, then for an editor to say."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from surveys.contacts import rows
from surveys.contacts.addresses import normalised
from surveys.contacts.languages import language_of
from surveys.imports.reading import Table
from surveys.imports.refusals import FileRefused, ImportRefused, shown

EMAIL, KEY, NAME, LANGUAGE, SEGMENT, LEFT_OUT = "email", "key", "name", "language", "segment", ""
FIRST_NAMES = {"first name", "firstname", "given name", "forename", "名"}
LAST_NAMES = {"last name", "lastname", "surname", "family name", "姓", "姓氏"}
# How the columns may be called, in any case and with any of `-`, `_` and blanks between the words.
TITLES = {
    EMAIL: {
        "email", "e mail", "mail", "email address", "e mail address", "mail address",
        "电子邮件", "电子邮箱", "邮箱", "邮件", "电子邮件地址", "邮箱地址",
        "電子郵件", "電子信箱", "信箱", "郵件", "電子郵件地址", "電郵",
    },
    KEY: {
        "key", "own key", "id", "customer", "customer id", "customer number", "customer no", "crm id",
        "编号", "客户编号", "会员号", "編號", "客戶編號", "會員編號",
    },
    NAME: {
        "name", "full name", "customer name", "contact name", "contact person",
        "姓名", "名字", "客户姓名", "客戶姓名", "顾客姓名", "顧客姓名", "联系人", "聯絡人", "称呼", "稱呼",
        *FIRST_NAMES, *LAST_NAMES,
    },
    LANGUAGE: {"language", "lang", "preferred language", "语言", "語言"},
}  # fmt: skip
CODES = {
    "地区": "region", "地區": "region", "城市": "city", "国家": "country", "國家": "country",
    "门店": "shop", "門店": "shop", "分店": "shop", "部门": "department", "部門": "department",
    "性别": "gender", "性別": "gender", "等级": "level", "等級": "level",
}  # fmt: skip
MOST_COLUMNS = 200
LOOKED_AT = 200  # rows, for a guess
FIRST_VALUES = 3
ENOUGH = 5  # cells, to say that values are nearly all different
LONG_TEXT = 60  # characters: somebody wrote it, nobody chose it


class Meaning(NamedTuple):
    kind: str
    code: str = ""  # of a segment


class Plan(NamedTuple):
    """The meaning of each column, in the order of the file, and whether bad rows are left out."""

    meanings: tuple[Meaning, ...]
    leave_out_bad_rows: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "columns": [list(one) for one in self.meanings],
            "leave_out_bad_rows": self.leave_out_bad_rows,
        }

    @property
    def places(self) -> dict[str, int]:
        """Where the address, key, name and language stand."""
        return {
            one.kind: place for place, one in enumerate(self.meanings) if one.kind not in {SEGMENT, LEFT_OUT}
        }

    @property
    def segments(self) -> dict[str, int]:
        return {one.code: place for place, one in enumerate(self.meanings) if one.kind == SEGMENT}


def plan_from_json(kept: Mapping[str, Any], table: Table) -> Plan:
    """What was kept with a draft; a guess where nothing was yet."""
    if not kept:
        return Plan(guessed(table))
    meanings = tuple(Meaning(kind, code) for kind, code in kept["columns"])
    return Plan(meanings, kept["leave_out_bad_rows"])


class MappingRefused(ImportRefused):
    """`mistakes` are (place of the column, reason); without a place it is about all of them."""

    def __init__(self, mistakes: list[tuple[int | None, str]]) -> None:
        super().__init__(" ".join(reason for _place, reason in mistakes))
        self.mistakes = mistakes


def title_of(header: Sequence[str], place: int) -> str:
    """What the column is called on the page and in messages."""
    return shown(header[place]) or _("Column %d") % (place + 1)


def refuse_if_too_wide(table: Table) -> None:
    """Raises FileRefused."""
    if len(table.header) > MOST_COLUMNS:
        said = _("The file has %(count)d columns; at most %(most)d are taken.")
        raise FileRefused(said % {"count": len(table.header), "most": MOST_COLUMNS})


def mistakes(plan: Plan, header: Sequence[str]) -> list[tuple[int | None, str]]:
    """What is wrong with a mapping, each with the column that is to be changed."""
    found: list[tuple[int | None, str]] = []
    taken: dict[Meaning, int] = {}
    for place, one in enumerate(plan.meanings):
        if one.kind == LEFT_OUT:
            continue
        if one.kind == SEGMENT and not rows.SEGMENT.fullmatch(one.code):
            said = _("The code of a segment: small letters a to z, digits and _, at most 40, first a letter.")
            found.append((place, said))
        elif one in taken:
            said = _("“%(first)s” is that already: choose another meaning for one of them.")
            if one.kind == SEGMENT:
                said = _("“%(first)s” has the same code: give one of them another.")
            found.append((place, said % {"first": title_of(header, taken[one])}))
        taken.setdefault(one, place)
    segments = [place for place, one in enumerate(plan.meanings) if one.kind == SEGMENT]
    if len(segments) > rows.MOST_SEGMENTS:
        said = _("At most %d segments are kept: leave out this one, or others.") % rows.MOST_SEGMENTS
        found.append((segments[rows.MOST_SEGMENTS], said))
    if EMAIL not in plan.places:
        found.append((None, _("Say which column holds the e-mail addresses.")))
    return found


# -- guessing


class Column(NamedTuple):
    """`cells` are those of the first rows that say something."""

    title: str
    cells: tuple[str, ...]

    @property
    def first_values(self) -> list[str]:
        return [shown(cell) for cell in list(dict.fromkeys(self.cells))[:FIRST_VALUES]]

    @property
    def holds_addresses(self) -> bool:
        found = sum(map(_is_address, self.cells))
        return found > 0 and 2 * found >= len(self.cells)

    @property
    def holds_languages(self) -> bool:
        return bool(self.cells) and all(language_of(cell) for cell in self.cells)

    @property
    def is_closed_list(self) -> bool:
        """Whether few values repeat; telephone numbers and what somebody wrote do not."""
        if not self.cells or any(len(cell) > LONG_TEXT for cell in self.cells):
            return False
        return len(self.cells) < ENOUGH or 2 * len(set(self.cells)) <= len(self.cells)

    @property
    def plain_title(self) -> str:
        return " ".join(re.split(r"[\s_-]+", unicodedata.normalize("NFKC", self.title).lower().strip()))

    @property
    def titled(self) -> str | None:
        return next((kind for kind, titles in TITLES.items() if self.plain_title in titles), None)


def columns_of(table: Table) -> list[Column]:
    looked_at = [row.cells for row in islice(table.rows(), LOOKED_AT)]
    return [
        Column(title, tuple(cells[place].strip() for cells in looked_at if _says(cells, place)))
        for place, title in enumerate(table.header)
    ]


def _says(cells: list[str], place: int) -> bool:
    return place < len(cells) and bool(cells[place].strip())


def _is_address(cell: str) -> bool:
    try:
        return bool(normalised(cell))
    except ValidationError:
        return False


def guessed(table: Table) -> tuple[Meaning, ...]:
    """A column of addresses is the address whatever its title; else titles say what is what. What is left is
    a segment, unless its values are nearly all different, or too long to choose people by, or addresses."""
    columns = columns_of(table)
    known = {place: kind for kind in TITLES if (place := _place_of(kind, columns)) is not None}
    proposed, segments, meanings = codes(table.header), 0, []
    for place, column in enumerate(columns):
        kind = known.get(place, LEFT_OUT)
        is_segment = column.title and column.is_closed_list and not column.holds_addresses
        if not kind and is_segment and not column.titled and segments < rows.MOST_SEGMENTS:
            kind, segments = SEGMENT, segments + 1
        meanings.append(Meaning(kind, proposed[place] if kind == SEGMENT else ""))
    return tuple(meanings)


def _place_of(kind: str, columns: Sequence[Column]) -> int | None:
    titled = [place for place, column in enumerate(columns) if column.titled == kind]
    if kind == EMAIL:
        full = [place for place, column in enumerate(columns) if column.holds_addresses]
        return next(iter([*(place for place in titled if place in full), *full, *titled]), None)
    if kind == LANGUAGE and not titled:
        return next((place for place, column in enumerate(columns) if column.holds_languages), None)
    if kind == NAME:  # the whole name, else the first one, else the last
        titled.sort(key=lambda place: _part_of_name(columns[place].plain_title))
    return next(iter(titled), None)


def _part_of_name(title: str) -> int:
    return 2 if title in LAST_NAMES else int(title in FIRST_NAMES)


def codes(header: Sequence[str]) -> list[str]:
    """A code for each column that could be a segment's: its title in letters, digits and _, no two alike."""
    found: list[str] = []
    for place, title in enumerate(header):
        own = code = _code(title) or f"column_{place + 1}"
        number = 1
        while code in found:
            number += 1
            ending = f"_{number}"
            code = own[: 40 - len(ending)] + ending
        found.append(code)
    return found


def _code(title: str) -> str:
    if title.strip() in CODES:
        return CODES[title.strip()]
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    code = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40].rstrip("_")
    return code if rows.SEGMENT.fullmatch(code) else ""
