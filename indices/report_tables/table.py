"""A table of a report: what its columns are, and in every cell the stored value beside the text shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from django.utils.translation import gettext as _

from indices.numbers import p_value, rounded

Value = float | int | str | None


class Kind(Enum):
    """What stands in a column."""

    TEXT = "text"
    FIGURE = "figure"
    COUNT = "count"
    P = "p"


@dataclass(frozen=True)
class Column:
    """`group` is what several columns are about, as an estimator; `digits` behind the point of a figure.

    `end` is "low" or "high" where the column is one end of an interval, the other end's stands beside it.
    """

    label: str
    kind: Kind = Kind.TEXT
    digits: int = 1
    group: str = ""
    end: str = ""

    @property
    def header(self) -> str:
        """The label that says all, where there is one row of headers."""
        return f"{self.group}: {self.label}" if self.group else self.label

    def shown(self, value: Value, digits: int | None = None) -> str:
        """As the page shows it; a dash where there is no figure."""
        if self.kind is Kind.TEXT:
            return "" if value is None else str(value)
        if value is None or isinstance(value, str):
            return "–"
        if self.kind is Kind.P:
            return p_value(value)
        if self.kind is Kind.COUNT:
            return str(int(value))
        return rounded(value, self.digits if digits is None else digits)


@dataclass(frozen=True)
class Row:
    """A value for each column; `is_strong`: what the report is about first; `is_faint`: it may be nothing.

    `digits`, where given, are those of the row's figures instead of their columns'.
    """

    values: Sequence[Value]
    is_strong: bool = False
    is_faint: bool = False
    digits: int | None = None


@dataclass(frozen=True)
class Drawn:
    """The columns, by place, whose figure and interval are drawn as a bar between two values; where no low
    or high is named, the bar begins at the least value or ends at the figure."""

    value: int
    low: int | None
    high: int | None
    least: float
    most: float


@dataclass(frozen=True)
class Table:
    """`key` names it in addresses, `title` to readers; `notes` are what has to be known to read it.

    `is_grouped`: rows that begin with the same belong together, and what is said last of the first is of all.
    """

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    notes: Sequence[str] = ()
    drawn: Drawn | None = None
    is_grouped: bool = False

    def shown(self, row: Row) -> list[str]:
        both = zip(self.columns, row.values, strict=True)
        return [column.shown(value, row.digits) for column, value in both]


def text(label: str, group: str = "") -> Column:
    return Column(label, group=group)


def figure(label: str, digits: int = 1, group: str = "") -> Column:
    return Column(label, Kind.FIGURE, digits, group)


def ends(digits: int = 1, group: str = "") -> list[Column]:
    """Both ends of a 95 % interval."""
    named = {"interval": interval_name()}
    low, high = _("%(interval)s, lower end") % named, _("%(interval)s, upper end") % named
    return [
        Column(low, Kind.FIGURE, digits, group, "low"),
        Column(high, Kind.FIGURE, digits, group, "high"),
    ]


def interval_name() -> str:
    return _("95 %% interval") % ()


def count(label: str = "n", group: str = "") -> Column:
    return Column(label, Kind.COUNT, group=group)


def probability(label: str = "p", group: str = "") -> Column:
    return Column(label, Kind.P, group=group)


def without_empty(table: Table, droppable: Iterable[str]) -> Table:
    """The table without those of the columns, named by label, in which nothing stands."""
    names = set(droppable)
    kept = [
        i
        for i, column in enumerate(table.columns)
        if column.label not in names or any(row.values[i] not in (None, "") for row in table.rows)
    ]
    rows = [replace(row, values=[row.values[i] for i in kept]) for row in table.rows]
    return replace(table, columns=[table.columns[i] for i in kept], rows=rows)
