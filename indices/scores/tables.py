"""The tables of a score report, row by row, from the stored result."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from indices.scores.words import category_name, combined_name
from scoring.instrument import Instrument, Text


@dataclass(frozen=True)
class PointRow:
    """One point of a single question's scale: how many chose it, and whether the score counts it."""

    label: str
    count: int | None  # None where it would tell of a small group
    share: float  # of those who answered, in percent
    is_counted: bool


def distribution(instrument: Instrument, result: Mapping[str, Any], language: str) -> list[PointRow]:
    """Every point of the scale, the highest first."""
    counts: Mapping[str, int] = result.get("answers", {})
    n = sum(counts.values())
    shares = result.get("answer_shares") or {point: count / n for point, count in counts.items() if n}
    empty = 0 if counts else None
    scale, box = instrument.constructs[0].items[0].scale, instrument.box
    labels = dict(zip(scale.points, scale.labels, strict=False))
    return [
        PointRow(
            f"{point} · {text_in(labels[point], language)}" if point in labels else str(point),
            counts.get(str(point), empty),
            100 * shares.get(str(point), 0.0),
            bool(box and box[0] <= point <= box[1]),
        )
        for point in reversed(scale.points)
        if shares
    ]


def text_in(text: Text, language: str) -> str:
    """The text in the reader's language, in English, or in the first that it has."""
    return text.get(language) or text.get("en") or next(iter(text.values()))


def groups(result: Mapping[str, Any]) -> list[tuple[str, int | None, float]]:
    """Promoters, passives and detractors: their name, number and (weighted) share in percent."""
    names = {
        "promoters": _("Promoters (9 and 10)"),
        "passives": _("Passives (7 and 8)"),
        "detractors": _("Detractors (0 to 6)"),
    }
    n = result.get("n")
    if not n:
        return []
    shares = result.get("shares") or {name: result[name] / n for name in names}
    return [(said, result.get(name), 100 * shares[name]) for name, said in names.items()]


def shown_result(result: Any, least: int) -> Any:
    """A stored result without what rests on fewer than `least` answers: of that only their number."""
    if isinstance(result, list):
        return [shown_result(one, least) for one in result]
    if not isinstance(result, dict):
        return result
    return {key: _shown(value, least) for key, value in result.items()}


def _shown(value: Any, least: int) -> Any:
    if isinstance(value, list):
        return [_shown(one, least) for one in value]
    if isinstance(value, dict) and value.get("n", least) < least:
        return {key: value[key] for key in ("feature", "n") if key in value} | {"is_small": True}
    return shown_result(value, least)


def named_rows(names: Mapping[str, str], rows: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows by name, in the order of the names."""
    return [{"name": name, **rows[key]} for key, name in names.items() if key in rows]


def feature_rows(
    names: Mapping[str, str], features: Iterable[Mapping[str, Any]], least: int
) -> list[dict[str, Any]]:
    """Kano's features with their class in words, and both classes where Fong's test tells none; no
    coefficients from too few answers."""
    return named_rows(names, {one["feature"]: _feature(one, least) for one in features})


def _feature(one: Mapping[str, Any], least: int) -> dict[str, Any]:
    is_telling = one.get("telling", 0) >= least
    of_few = () if is_telling else ("better", "worse", "n_effective")
    kept = {key: value for key, value in one.items() if not key.startswith(of_few)}
    return {**kept, "class": _class(one)}


def _class(one: Mapping[str, Any]) -> str:
    if one.get("category") is None:
        return "–"
    if one["significant"] or not one.get("combined"):
        return category_name(one["category"])
    return combined_name(one["combined"])
