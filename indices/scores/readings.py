"""What a stored result of scores says beyond its figures: shares of its groups, where a zone is met, how sure
a class is. Pages and API read it here, from what may be shown, without any answer."""

from collections.abc import Mapping
from typing import Any, Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from scoring.classical.kano import CATEGORIES
from scoring.classical.kano_classes import category
from scoring.classical.proportions import wilson

GROUPS: Final = ("promoters", "passives", "detractors")
NEAR_TIE: Final = 5.0  # percentage points of all answers between the two largest classes
DIGITS: Final = 9  # of shares and what lies between them, so that rounding in the machine breaks no tie
MIXED, WEAK = 0.06, 0.6  # strengths below which a class is mixed, and a feature weak (Lee & Newcomb 1997)

Result = Mapping[str, Any]


class Standing(models.TextChoices):
    """Where what is perceived lies to the zone of tolerance, as the intervals of both distances allow."""

    BELOW = "below", _("clearly below the zone")
    LOWER_EDGE = "lower_edge", _("at the lower edge of the zone")
    INSIDE = "inside", _("clearly in the zone")
    UPPER_EDGE = "upper_edge", _("at the upper edge of the zone")
    ABOVE = "above", _("clearly above the zone")
    UNKNOWN = "unknown", _("cannot be told")


def readings(result: Result) -> dict[str, Any]:
    """Of a result as `score_tables.shown_result` leaves it: `groups` of a net promoter score, `zones` by
    dimension and statement, `features` of Kano's method; each only where the result has them."""
    found: dict[str, Any] = {}
    if groups := group_shares(result):
        found["groups"] = groups
    if zones := _zones(result):
        found["zones"] = zones
    if features := [_feature(one) for one in result.get("features", ()) if one.get("category")]:
        found["features"] = features
    return found


def group_shares(result: Result) -> list[dict[str, Any]]:
    """Promoters, passives and detractors: how many, their share in percent, and its interval (Wilson 1927, J.
    Am. Stat. Assoc. 22:209), at the score's own effective base where answers are weighted."""
    n = result.get("n")
    shares = result.get("shares") or {name: result[name] / n for name in GROUPS if n and name in result}
    if not n or not shares:
        return []
    base = result.get("base") or result.get("n_effective") or n  # older results have Kish's base alone
    return [_share(name, result.get(name), shares[name], base, n) for name in GROUPS]


def _share(name: str, count: int | None, share: float, base: float, n: int) -> dict[str, Any]:
    low, high = wilson(share * base, base)
    ends = {"low": 100 * low, "high": 100 * high}
    return {"group": name, "count": count, "share": 100 * share, **ends, "n": n}


def _zones(result: Result) -> dict[str, str]:
    rows = {**result.get("dimensions", {}), **result.get("items", {})}
    return {code: standing(one) for code, one in rows.items() if "msa" in one}


def standing(zone: Result) -> str:
    """By the intervals of perceived less adequate (msa) and perceived less desired (mss): a side is named
    only where an interval leaves out zero (Parasuraman, Zeithaml & Berry 1994, J. Retailing 70:201)."""
    ends = [zone.get(name) for name in ("msa_low", "msa_high", "mss_low", "mss_high")]
    if any(one is None for one in ends):
        return Standing.UNKNOWN.value
    msa_low, msa_high, mss_low, mss_high = (float(one) for one in ends if one is not None)
    if msa_high < 0:
        return Standing.BELOW.value
    if mss_low > 0:
        return Standing.ABOVE.value
    over, under = msa_low > 0, mss_high < 0
    if over and under:
        return Standing.INSIDE.value
    if over or under:
        return (Standing.UPPER_EDGE if over else Standing.LOWER_EDGE).value
    return Standing.UNKNOWN.value


def _feature(one: Result) -> dict[str, Any]:
    shares = class_shares(one)
    first, second = sorted(CATEGORIES, key=lambda letter: -shares[letter])[:2]
    apart = round(100 * (shares[first] - shares[second]), DIGITS)
    blauth = category({letter: round(10**DIGITS * share) for letter, share in shares.items()}, "blauth")
    return {
        "feature": one["feature"],
        "near_tie": [first, second] if apart <= NEAR_TIE else [],
        "apart": apart,
        "blauth": blauth,
        "rules_agree": blauth == one["category"],
        "mixed": one["category_strength"] < MIXED,
        "weak": one["total_strength"] < WEAK,
    }


def class_shares(one: Result) -> dict[str, float]:
    """Of each of Kano's classes the share of all whole pairs, 0..1."""
    shares: dict[str, float] = one.get("shares") or {}
    return shares or {letter: one["counts"][letter] / one["n"] for letter in CATEGORIES}
