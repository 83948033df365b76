"""What a page of paper is made of: tables, drawings, notices and lists, as data for the template."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from indices.drawing.interval_bar import interval_bar
from indices.paper.lettering import plain
from indices.paper.print_styles import drawings
from indices.report_tables.table import Drawn, Kind, Row, Table, Value, interval_name

Block = dict[str, Any]
TALLEST = 1.2  # times the width of a page's text: a higher drawing is made narrower, so that it fits on one


def notice(text: str, items: Iterable[str] = (), tone: str = "plain") -> Block:
    """`tone` is plain, quiet or warn."""
    return {"kind": "notice", "tone": tone, "text": plain(text), "items": [plain(one) for one in items]}


def drawn(html: str, families: Sequence[str], caption: str = "", room: float = math.inf) -> list[Block]:
    """`room`: how wide a drawing may be, in px."""
    return [
        {
            "kind": "drawing",
            "svg": one.svg,
            "words": one.words,
            "share": min(1.0, TALLEST * one.width / one.height),
            "caption": plain(caption),
            "legend": [[sample, plain(said)] for sample, said in one.legend],
        }
        for one in drawings(html, families, room)
    ]


def bar(value: Value, low: Value, high: Value, least: float, most: float) -> str:
    figure, first, last = (one if isinstance(one, float | int) else None for one in (value, low, high))
    return drawings(interval_bar(figure, first, last, least, most), [])[0].svg


def table(one: Table) -> Block:
    """Both ends of an interval in one column, groups above their columns, and bars where they are drawn."""
    places = [i for i, column in enumerate(one.columns) if column.end != "high"]
    after = _after(one.drawn, places)
    return {
        "kind": "table",
        "key": one.key,
        "title": plain(one.title),
        "grouped": one.is_grouped,
        "columns": [_column(one, i, after) for i in places],
        "rows": [_row(one, i, places) for i in range(len(one.rows))],
        "notes": [plain(note) for note in one.notes],
    }


def _after(bars: Drawn | None, places: Sequence[int]) -> int | None:
    """The column that bars follow."""
    if bars is None:
        return None
    last = max(bars.value, bars.low or 0, bars.high or 0)
    return max(i for i in places if i <= last)


def _column(one: Table, i: int, after: int | None) -> dict[str, Any]:
    column = one.columns[i]
    label = interval_name() if column.end else column.label
    return {
        "label": plain(label),
        "group": plain(column.group),
        "numeric": column.kind is not Kind.TEXT,
        "bar": i == after,
        "wide": column.kind is Kind.TEXT and _longest(one, i) > 28,
    }


def _longest(one: Table, i: int) -> int:
    return max((len(str(row.values[i] or "")) for row in one.rows), default=0)


def _row(one: Table, number: int, places: Sequence[int]) -> dict[str, Any]:
    """`again`: it is of the same as the row above, by its first column."""
    row = one.rows[number]
    shown = one.shown(row)
    above = one.rows[number - 1].values[0] if number else None
    return {
        "again": one.is_grouped and number > 0 and row.values[0] == above,
        "cells": [_cell(one, shown, i) for i in places],
        "bar": _bar(one.drawn, row) if one.drawn else "",
        "strong": row.is_strong,
        "faint": row.is_faint,
    }


def _cell(one: Table, shown: Sequence[str], i: int) -> str:
    if not one.columns[i].end:
        return plain(shown[i])
    low, high = shown[i], shown[i + 1]
    return "–" if low == high == "–" else f"{low} – {high}"


def _bar(bars: Drawn, row: Row) -> str:
    value = row.values[bars.value]
    low = bars.least if bars.low is None else row.values[bars.low]
    high = value if bars.high is None else row.values[bars.high]
    return bar(value, low, high, bars.least, bars.most) if value is not None else ""
