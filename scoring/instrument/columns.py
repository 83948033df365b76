"""The SERVQUAL family: statements written once, rated in one, two or three columns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scoring.instrument.parts import AnswerScale, Column, Construct, MeasuredItem, Section, Text
from scoring.instrument.values import Table, filled

if TYPE_CHECKING:
    from scoring.instrument.reader import Reader

# The columns of each kind in the order they are asked, and the scale they are rated on
# (Parasuraman, Berry & Zeithaml 1991, J. Retailing 67:420; Parasuraman, Zeithaml & Berry 1994, 70:201;
# Cronin & Taylor 1992, J. Marketing 56:55).
RATINGS: Mapping[str, tuple[str, ...]] = {
    "servqual": ("expectation", "perception"),
    "servqual_zone": ("adequate", "desired", "perceived"),
    "servperf": ("perception",),
}
HIGHEST: Mapping[str, int] = {"servqual": 7, "servqual_zone": 9, "servperf": 7}
STATEMENTS: Mapping[str, int] = {
    "tangibles": 4, "reliability": 5, "responsiveness": 4, "assurance": 4, "empathy": 5
}  # fmt: skip
ON_ONE_PAGE = 3  # statements, where each is rated three times


@dataclass(frozen=True)
class _Dimension:
    code: str
    name: Text
    intro: Text
    statements: tuple[Text, ...]
    first: int  # the number of the first statement, counted through all dimensions
    importance: Text | None


@dataclass(frozen=True)
class _Rating:
    """A column, the sentence that frames every statement, and the title of its pages if it has its own."""

    column: Column
    frame: Text
    title: Text | None

    def item(self, number: int, statement: Text) -> MeasuredItem:
        return MeasuredItem(
            f"{self.column.letter}{number}", filled(self.frame, "statement", statement), self.column.scale
        )


def read_columns(
    reader: "Reader", doc: Table, kind: str, scales: Mapping[str, AnswerScale]
) -> dict[str, Any]:
    """The parts of an instrument whose items are statements by columns."""
    ratings = _ratings(reader, doc, kind, scales)
    dimensions = _dimensions(reader, doc)
    sections = _together(ratings, dimensions) if kind == "servqual_zone" else _apart(ratings, dimensions)
    return {
        "columns": tuple(one.column for one in ratings),
        "constructs": tuple(
            Construct(
                one.code, one.name, one.intro, tuple(r.item(n, s) for r in ratings for n, s in _numbered(one))
            )
            for one in dimensions
        ),
        "sections": (*sections, *_importance(reader, doc, dimensions)),
        "paths": (),
        "headline": (),
    }


def _ratings(
    reader: "Reader", doc: Table, kind: str, scales: Mapping[str, AnswerScale]
) -> tuple[_Rating, ...]:
    ratings = tuple(_rating(reader, table, key, kind, scales) for table, key in reader.tables(doc, "columns"))
    codes = tuple(one.column.code for one in ratings)
    if codes != RATINGS[kind]:
        raise reader.fail("columns", f"of {kind} are {', '.join(RATINGS[kind])}, in this order")
    return ratings


def _rating(
    reader: "Reader", table: Table, key: str, kind: str, scales: Mapping[str, AnswerScale]
) -> _Rating:
    apart = kind != "servqual_zone"  # then each column has pages of its own
    reader.only(table, key, "id name scale text title" if apart else "id name scale text")
    code = reader.code(table, "id", f"{key}.id")
    key = f"columns.{code}"
    scale = reader.named_scale(table, key, scales)
    if scale.points != range(1, HIGHEST[kind] + 1) or scale.reverse:
        raise reader.fail(f"{key}.scale", f"statements of {kind} are rated from 1 to {HIGHEST[kind]}")
    return _Rating(
        Column(code, reader.text(table, "name", f"{key}.name"), scale),
        reader.text(table, "text", f"{key}.text", own="statement"),
        reader.text(table, "title", f"{key}.title", own="topic") if apart else None,
    )


def _dimensions(reader: "Reader", doc: Table) -> tuple[_Dimension, ...]:
    dimensions: list[_Dimension] = []
    first = 1
    for table, key in reader.tables(doc, "constructs"):
        reader.only(table, key, "id name intro statements importance")
        code = reader.code(table, "id", f"{key}.id")
        key = f"constructs.{code}"
        statements = table.get("statements")
        if not isinstance(statements, list) or len(statements) != STATEMENTS.get(code, -1):
            known = ", ".join(f"{name} with {count}" for name, count in STATEMENTS.items())
            raise reader.fail(f"{key}.statements", f"the dimensions and their statements are {known}")
        dimensions.append(
            _Dimension(
                code,
                reader.text(table, "name", f"{key}.name"),
                reader.text(table, "intro", f"{key}.intro"),
                tuple(reader.translated(s, f"{key}.statements[{n}]") for n, s in enumerate(statements, 1)),
                first,
                reader.text(table, "importance", f"{key}.importance") if "importance" in table else None,
            )
        )
        first += len(statements)
    if [one.code for one in dimensions] != list(STATEMENTS):
        raise reader.fail("constructs", f"must be {', '.join(STATEMENTS)}, in this order")
    return tuple(dimensions)


def _numbered(dimension: _Dimension) -> list[tuple[int, Text]]:
    return list(enumerate(dimension.statements, dimension.first))


def _apart(ratings: Iterable[_Rating], dimensions: tuple[_Dimension, ...]) -> list[Section]:
    """All of one column before the next, a page for each dimension."""
    return [
        Section(
            f"{rating.column.code}_{dimension.code}",
            filled(rating.title or {}, "topic", dimension.intro),
            tuple(rating.item(number, statement) for number, statement in _numbered(dimension)),
        )
        for rating in ratings
        for dimension in dimensions
    ]


def _together(ratings: tuple[_Rating, ...], dimensions: tuple[_Dimension, ...]) -> list[Section]:
    """Every statement with its ratings after each other, a few statements a page."""
    sections = []
    for dimension in dimensions:
        statements = _numbered(dimension)
        pages = -(-len(statements) // ON_ONE_PAGE)
        size = -(-len(statements) // pages)
        for page in range(pages):
            own = statements[page * size : (page + 1) * size]
            items = tuple(rating.item(number, said) for number, said in own for rating in ratings)
            sections.append(Section(f"{dimension.code}_{page + 1}", dimension.intro, items))
    return sections


def _importance(reader: "Reader", doc: Table, dimensions: Iterable[_Dimension]) -> list[Section]:
    """The page on which 100 points are shared among the dimensions, if the instrument has one."""
    if "importance" not in doc:
        for one in dimensions:
            if one.importance:
                raise reader.fail("importance", "is missing; there must be a table [importance] with a title")
        return []
    table = reader.table(doc, "importance")
    reader.only(table, "importance", "title")
    items = []
    for one in dimensions:
        if one.importance is None:
            raise reader.fail(
                f"constructs.{one.code}.importance", "is missing; there must be a text to share points by"
            )
        items.append(
            MeasuredItem(
                f"w_{one.code}", one.importance, reader.share(), dont_know=False, kind="points", optional=True
            )
        )
    return [Section("importance", reader.text(table, "title", "importance.title"), tuple(items))]
