"""What a result says beyond its figures: shares of groups, where a zone is met, how sure a class is."""

from typing import Any

import pytest

from indices.scores.readings import readings, standing
from indices.scores.tables import shown_result


def test_shares_of_the_groups_have_the_published_interval() -> None:
    """81 of 263 and Wilson's limits (Newcombe 1998, Table I)."""
    found = readings({"n": 263, "promoters": 81, "passives": 100, "detractors": 82})["groups"]
    assert [one["group"] for one in found] == ["promoters", "passives", "detractors"]
    assert (found[0]["low"], found[0]["high"]) == pytest.approx((25.53, 36.62), abs=0.006)
    assert sum(one["share"] for one in found) == pytest.approx(100)
    assert {one["n"] for one in found} == {263}


def test_weighted_shares_are_those_stored_and_their_intervals_wider() -> None:
    shares = {"promoters": 0.5, "passives": 0.3, "detractors": 0.2}
    counts = {"n": 200, "promoters": 100, "passives": 60, "detractors": 40}
    plain = readings(counts)["groups"][0]
    weighted = readings({**counts, "shares": shares, "n_effective": 90.0})["groups"][0]
    assert weighted["share"] == plain["share"] == 50 and weighted["count"] == 100
    assert weighted["low"] < plain["low"] and weighted["high"] > plain["high"]


@pytest.mark.parametrize(
    ("msa", "mss", "where"),
    [
        ((-0.9, -0.1), (-3.0, -2.0), "below"),
        ((-0.2, 0.3), (-3.0, -2.0), "lower_edge"),
        ((0.1, 0.5), (-2.0, -1.0), "inside"),
        ((2.0, 2.5), (-0.2, 0.2), "upper_edge"),
        ((2.0, 2.5), (0.1, 0.4), "above"),
        ((0.0, 0.4), (-2.0, -1.0), "lower_edge"),
        ((-0.4, 0.5), (-0.5, 0.4), "unknown"),
        ((None, None), (-0.5, 0.4), "unknown"),
    ],
)
def test_a_side_of_the_zone_is_named_only_where_the_interval_leaves_out_zero(
    msa: tuple[Any, Any], mss: tuple[Any, Any], where: str
) -> None:
    ends = {"msa_low": msa[0], "msa_high": msa[1], "mss_low": mss[0], "mss_high": mss[1]}
    assert standing(ends) == where


def feature(n: int = 100, **counts: int) -> dict[str, Any]:
    whole = dict.fromkeys("MOAIRQ", 0) | counts
    strengths = {"category_strength": 0.05, "total_strength": 0.7}
    return {
        "feature": "chat",
        "n": n,
        "counts": whole,
        "category": max(whole, key=lambda x: whole[x]),
    } | strengths


def read(one: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = readings({"features": [one]})["features"][0]
    return found


def test_classes_within_five_points_are_a_near_tie_and_no_further() -> None:
    assert read(feature(M=40, O=35, A=25))["near_tie"] == ["M", "O"]
    assert read(feature(M=41, O=35, A=24))["near_tie"] == []
    assert read(feature(M=41, O=35, A=24))["apart"] == pytest.approx(6)


def test_where_blauth_classes_otherwise_it_is_said() -> None:
    """I is most frequent, but O, A and M together outnumber I, R and Q (Berger et al. 1993)."""
    found = read(feature(I=40, O=30, A=25, M=5))
    assert (found["blauth"], found["rules_agree"]) == ("O", False)
    assert read(feature(I=60, O=40))["rules_agree"]


def test_strengths_below_their_rules_of_thumb_are_named() -> None:
    weak = feature(I=60, O=40) | {"category_strength": 0.2, "total_strength": 0.4}
    assert (read(weak)["mixed"], read(weak)["weak"]) == (False, True)
    assert (read(feature(M=40, O=35))["mixed"], read(feature(M=40, O=35))["weak"]) == (True, False)


def test_what_rests_on_few_answers_is_not_read() -> None:
    small, large = feature(n=9, M=5, O=4), feature(M=60, O=40) | {"feature": "app"}
    zones = {"1": {"n": 9, "msa": 1.0, "msa_low": 0.5}, "2": {"n": 40, "msa": 1.0}}
    shown = shown_result({"features": [small, large], "items": zones}, 10)
    found = readings(shown)
    assert [one["feature"] for one in found["features"]] == ["app"]
    assert found["zones"] == {"2": "unknown"}


def test_a_result_without_any_of_these_says_nothing() -> None:
    assert readings({"n": 3, "dimensions": {"empathy": {"n": 3, "gap": 1.0}}}) == {}
    assert readings({"n": 0, "promoters": 0, "passives": 0, "detractors": 0}) == {}
    assert readings({}) == {}
