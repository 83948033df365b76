"""What a report's page, its files and the API say, as the figures in them."""

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

import openpyxl
import pypdf
from django.test import Client

from indices.numbers import p_value, rounded
from surveys.models import Survey

TOKEN = re.compile(r"(?<![A-Za-z0-9.])[−+-]?\d+(?:\.\d+)?(?![A-Za-z.]*\d)")
FIGURES = {"number", "headline-value", "headline-interval"}
VOID = {"meta", "link", "input", "br", "img", "hr"}


def tokens(text: str) -> set[str]:
    """The figures in a text as they are shown, with their digits; a plus is no part of a figure, and that an
    interval is one of 95 % is none."""
    found = TOKEN.findall(re.sub(r"95\s?%", "", text))
    return {one.replace("-", "−").lstrip("+") for one in found}


class Page(HTMLParser):
    """The figures of a report's page: of each row of a table by the name it begins with, and of the headline.

    Found by what elements are (`number` cells, row headers), wherever on the page they stand.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: dict[str, set[str]] = defaultdict(set)
        self.headline: set[str] = set()
        self.open: list[tuple[str, set[str], bool]] = []
        self.name, self.cells = "", 0
        self.row: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        given = dict(attrs)
        self.open.append((tag, set((given.get("class") or "").split()), given.get("scope") == "row"))
        if tag == "tr":
            self.name, self.cells, self.row = "", 0, set()
        self.cells += tag in {"td", "th"}

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr" and self.row:
            self.rows[self.name] |= self.row
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        tags = {tag for tag, _classes, _is_row in self.open}
        classes = {one for _tag, classes, _is_row in self.open for one in classes}
        if tags & {"svg", "script", "form"} or "main" not in tags or "spot-number" in classes:
            return
        if any(is_row for _tag, _classes, is_row in self.open):
            self.name += data.strip()
        elif "td" in tags and "number" in classes:
            self.row |= tokens(data)
        elif "td" in tags and self.cells == 1:
            self.name += data.strip()
        elif classes & FIGURES and "th" not in tags:
            self.headline |= tokens(data)

    @property
    def all(self) -> set[str]:
        return set().union(self.headline, *self.rows.values())


Rows = Mapping[str, set[str]]  # by each name that stands in a row, the figures of all rows that have it


def csv_rows(*files: bytes) -> Rows:
    found: dict[str, set[str]] = defaultdict(set)
    for content in files:
        for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))):
            for cell in row:
                found[cell] |= tokens(" ".join(row))
    return found


def workbook_rows(content: bytes) -> Rows:
    found: dict[str, set[str]] = defaultdict(set)
    for sheet in openpyxl.load_workbook(io.BytesIO(content)):
        for row in sheet.iter_rows():
            shown = [_as_shown(cell) for cell in row]
            for one in shown:
                found[one] |= tokens(" ".join(shown))
    return found


def _as_shown(cell: Any) -> str:
    """As the number format has a spreadsheet show it."""
    if not isinstance(cell.value, int | float):
        return str(cell.value or "")
    if cell.number_format.startswith("["):
        return p_value(cell.value)
    return rounded(cell.value, len(cell.number_format.partition(".")[2]))


def pdf_text(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def fonts_in(content: bytes) -> str:
    """The names of the fonts that the first page is set in."""
    fonts = pypdf.PdfReader(io.BytesIO(content)).pages[0]["/Resources"]["/Font"]
    return " ".join(str(one.get_object()["/BaseFont"]) for one in fonts.values())


def api_figures(client: Client, survey: Survey) -> set[str]:
    """Every number that the API gives of the survey's runs, rounded to up to three digits, as a percentage
    too, and what share of an n a count is."""
    answer = client.get(f"/api/v1/organisations/acme/surveys/{survey.public_id}/runs/")
    found: set[str] = set()
    for one in set(_numbers(json.loads(answer.content), 0)):
        found |= {rounded(one, digits) for digits in range(4)} | {rounded(100 * one)}
    return found


def _numbers(value: Any, n: float) -> Iterator[float]:
    """Each number, and a count's share of the n beside or around it."""
    if isinstance(value, dict):
        n = value.get("n") or n
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _numbers(one, n)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value)
        if n and isinstance(value, int):
            yield value / n
