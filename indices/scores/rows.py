"""Rows of a score report's tables in which a figure stands with what it allows to be said of it."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from indices.numbers import rounded
from indices.scores.readings import GROUPS, readings
from indices.scores.report import ScoreReport
from indices.scores.tables import groups
from indices.scores.words import category_name, combined_name


@dataclass(frozen=True)
class ShareRow:
    """Promoters, passives or detractors: their number among `n`, and their share in percent."""

    group: str
    name: str
    count: int | None
    share: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class KanoRow:
    """A feature with the number that stands for it in the map, and what there is to say of its class."""

    number: int
    row: dict[str, Any]
    remarks: list[str]


def share_rows(report: ScoreReport) -> list[ShareRow]:
    names = dict(zip(GROUPS, (name for name, *_rest in groups(report.result)), strict=False))
    return [ShareRow(name=names[one["group"]], **one) for one in readings(report.result).get("groups", ())]


def kano_rows(report: ScoreReport) -> list[KanoRow]:
    """In the order of the features, as the map numbers them."""
    found = {one["feature"]: one for one in readings(report.result).get("features", ())}
    return [
        KanoRow(number, row, _remarks(row, found.get(row.get("feature", ""), {})))
        for number, row in enumerate(report.feature_rows, start=1)
    ]


def _remarks(row: dict[str, Any], read: dict[str, Any]) -> list[str]:
    """How sure the class is, beyond Fong's test."""
    if not read:
        return []
    said = []
    if read["near_tie"]:
        params = {"classes": combined_name("/".join(read["near_tie"])), "points": rounded(read["apart"])}
        said.append(_("near tie: %(classes)s, %(points)s points apart") % params)
    if not read["rules_agree"]:
        said.append(_("by Blauth’s rule: %s") % category_name(read["blauth"]))
    if read["mixed"]:
        said.append(_("mixed: category strength below 0.06"))
    if read["weak"]:
        said.append(_("weak: total strength below 0.6"))
    return said
