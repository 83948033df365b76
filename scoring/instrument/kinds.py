"""What is particular to Kano's method and to the scores of a single question: read and checked."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scoring.instrument.parts import AnswerScale, Construct, FeatureForm, MeasuredItem
from scoring.instrument.values import Table

if TYPE_CHECKING:
    from scoring.instrument.reader import Reader

SINGLE = ("nps", "csat", "ces")
KANO_QUESTIONS = ("functional", "dysfunctional", "importance")


def read_box(
    reader: "Reader", doc: Table, kind: str, constructs: tuple[Construct, ...]
) -> tuple[int, int] | None:
    """One construct of one item; the lowest and highest point that a share counts."""
    if len(constructs) != 1 or len(constructs[0].items) != 1:
        raise reader.fail("constructs", f"an instrument of kind {kind} has one construct of one item")
    item = constructs[0].items[0]
    points = item.scale.points
    if item.scale.reverse:
        raise reader.fail(f"items.{item.code}.scale", f"high answers of {kind} are good ones")
    if kind == "nps":
        if points != range(11):
            raise reader.fail(f"items.{item.code}.scale", "the net promoter score is asked on 0..10")
        return None
    box = doc.get("box")
    if not isinstance(box, list) or len(box) != 2:
        raise reader.fail("box", "must be the lowest and the highest point that count, such as [4, 5]")
    ends = {"low": box[0], "high": box[1]}
    low, high = reader.whole(ends, "low", "box"), reader.whole(ends, "high", "box")
    if low not in points or high not in points or low > high or high - low == points[-1] - points[0]:
        raise reader.fail("box", f"{low}..{high} must be a part of {points[0]}..{points[-1]}")
    return low, high


def read_kano(reader: "Reader", doc: Table, scales: Mapping[str, AnswerScale]) -> dict[str, Any]:
    """The parts of an instrument that asks the same three questions about every feature."""
    table = reader.table(doc, "feature")
    reader.only(table, "feature", f"title {' '.join(KANO_QUESTIONS)}")
    questions = tuple(_question(reader, table, name, scales) for name in KANO_QUESTIONS)
    title = reader.text(table, "title", "feature.title", own="feature")
    return {
        "constructs": (),
        "sections": (),
        "paths": (),
        "headline": (),
        "wording": reader.code(doc, "wording"),
        "feature_form": FeatureForm(title, questions),
    }


def _question(reader: "Reader", feature: Table, name: str, scales: Mapping[str, AnswerScale]) -> MeasuredItem:
    key = f"feature.{name}"
    table = reader.table(feature, name, key)
    reader.only(table, key, "scale text")
    scale = reader.named_scale(table, key, scales)
    importance = name == "importance"
    if scale.points != (range(1, 10) if importance else range(1, 6)):
        raise reader.fail(f"{key}.scale", f"must run from 1 to {9 if importance else 5}")
    if scale.reverse or not (importance or scale.labels):
        raise reader.fail(f"{key}.scale", "must name each of the five answers, like first, dislike last")
    text = reader.text(table, "text", f"{key}.text", own="feature")
    return MeasuredItem(name, text, scale, dont_know=False, optional=importance)
