"""The tables of a score report, row by row, from the stored result."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from indices.score_words import category_name, combined_name
from scoring.instrument import Instrument


@dataclass(frozen=True)
class PointRow:
    """One point of a single question's scale: how many chose it, and whether the score counts it."""

    label: str
    count: int
    share: float  # of those who answered, in percent
    is_counted: bool


def distribution(instrument: Instrument, result: Mapping[str, Any], language: str) -> list[PointRow]:
    """Every point of the scale, the highest first."""
    counts: Mapping[str, int] = result.get("answers", {})
    n = sum(counts.values())
    scale, box = instrument.constructs[0].items[0].scale, instrument.box
    labels = dict(zip(scale.points, scale.labels, strict=False))
    return [
        PointRow(
            f"{point} · {label.get(language) or label['en']}" if (label := labels.get(point)) else str(point),
            counts.get(str(point), 0),
            100 * counts.get(str(point), 0) / n,
            bool(box and box[0] <= point <= box[1]),
        )
        for point in reversed(scale.points)
        if n
    ]


def groups(result: Mapping[str, Any]) -> list[tuple[str, int, float]]:
    """Promoters, passives and detractors: their name, number and share in percent."""
    names = {
        "promoters": _("Promoters (9 and 10)"),
        "passives": _("Passives (7 and 8)"),
        "detractors": _("Detractors (0 to 6)"),
    }
    n = result.get("n")
    return [(said, result[name], 100 * result[name] / n) for name, said in names.items()] if n else []


def large_rows(
    names: Mapping[str, str], rows: Mapping[str, Mapping[str, Any]], least: int
) -> list[dict[str, Any]]:
    """Rows by name; of one from too few answers nothing but their number."""
    return [
        {"name": name, **(rows[key] if rows[key]["n"] >= least else {"n": rows[key]["n"], "is_small": True})}
        for key, name in names.items()
        if key in rows
    ]


def feature_rows(
    names: Mapping[str, str], features: Iterable[Mapping[str, Any]], least: int
) -> list[dict[str, Any]]:
    """Kano's features with their class in words, and both classes where Fong's test tells none."""
    named = {one["feature"]: {**one, "class": _class(one)} for one in features}
    return large_rows(names, named, least)


def _class(one: Mapping[str, Any]) -> str:
    if one["category"] is None:
        return "–"
    if one["significant"] or not one.get("combined"):
        return category_name(one["category"])
    return combined_name(one["combined"])
