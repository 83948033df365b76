"""Scores of any two periods and segments beside each other, each tested as its kind is."""

import re
from typing import Any

import numpy as np
import pytest
from django.test import Client

from indices.models import Change, Comparison, Run, Score
from scoring.classical.nps import Counts
from scoring.classical.nps_comparison import compare
from scoring.classical.proportions import newcombe_difference
from surveys.models import Member, Survey
from tests.cast import REGION, owner_of, signed_in
from tests.indices.score_cast import add_answers, nps_rows, survey_of, worked
from tests.indices.test_sharing import opened
from tests.indices.test_side_by_side import beside, of, page, row

pytestmark = [pytest.mark.django_db, pytest.mark.words]
MONTHS = {"2026-01": (50, 30, 20), "2026-02": (40, 30, 30), "2026-03": (20, 30, 50)}


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


def three_months(alice: Member, **fields: Any) -> tuple[Survey, list[Run]]:
    survey = survey_of(alice, "nps", **fields)
    for month, counts in MONTHS.items():
        add_answers(survey, month, nps_rows(*counts))
    return survey, [worked(survey, "nps", month) for month in MONTHS]


def asked(a: Run, b: Run) -> dict[str, str]:
    sides = {"a": a.period.public_id, "a_segment": a.segment, "b": b.period.public_id, "b_segment": b.segment}
    return {name: value for name, value in sides.items() if value} | {"window": str(a.window)}


def test_net_scores_nobody_compared_are_independent_samples(alice: Member) -> None:
    survey, (first, _second, third) = three_months(alice)
    client = signed_in(alice)
    found = beside(client, survey, first, third)
    plain = compare(Counts(20, 30, 50), Counts(50, 30, 20))
    one = of(found, "nps")
    assert found["basis"] == "independent" and one["test"] == "adjusted_wald"
    assert [one[name] for name in ("a", "b", "difference", "low", "high", "p")] == pytest.approx(
        [30, -30, -60, plain.low, plain.high, plain.p]
    )
    shown = row(page(client, survey, **asked(first, third)), "Net promoter score")
    assert "60.0 lower, clearly" in shown and shown.count("n = 100<") == 2 and "adjusted Wald" in shown
    report = opened(f"/o/acme/surveys/{survey.public_id}/report/", client)
    link = re.search(r'href="(/[^"]*/compare/[^"]*)">Compare any two', report)
    assert link and client.get(link[1].replace("&amp;", "&")).status_code == 200


@pytest.mark.parametrize("is_forward", [True, False])
def test_a_stored_change_is_shown_as_it_was_stored(alice: Member, is_forward: bool) -> None:
    survey, (first, second, _third) = three_months(alice)
    Change.objects.update(difference=-5, low=-9, high=-1, p=0.03)
    a, b = (first, second) if is_forward else (second, first)
    found = beside(signed_in(alice), survey, a, b)
    one = of(found, "nps")
    assert found["basis"] == "stored" and one["difference"] == (-5 if is_forward else 5)
    assert (one["low"], one["high"]) == ((-9, -1) if is_forward else (1, 9))
    content = page(signed_in(alice), survey, **asked(a, b))
    assert "the stored change" in content and "5.0" in row(content, "Net promoter score")


def test_shares_are_compared_by_newcombe_and_means_by_welch(alice: Member) -> None:
    survey = survey_of(alice, "csat")
    for month, answers in (("2026-01", [5] * 56 + [2] * 14), ("2026-02", [4] * 48 + [3] * 32)):
        add_answers(survey, month, [{"csat.score": one} for one in answers])
    runs = [worked(survey, "csat", month) for month in ("2026-01", "2026-02")]
    stored = {one.construct: one for one in Change.objects.all()}
    Comparison.objects.all().delete()
    found = beside(signed_in(alice), survey, *runs)
    share, mean = of(found, "csat"), of(found, "answer.mean")
    plain = [100 * one for one in newcombe_difference(48, 80, 56, 70)]
    assert [share[name] for name in ("difference", "low", "high")] == pytest.approx(plain)
    assert (share["test"], mean["test"]) == ("newcombe", "welch")
    for one in (share, mean):  # as a worker would have stored them
        was = stored[one["construct"]]
        assert (one["low"], one["high"], one["p"]) == pytest.approx((was.low, was.high, was.p))


def regions(alice: Member, south: tuple[int, int, int]) -> tuple[Survey, list[Run]]:
    survey = survey_of(alice, "nps", segments=[REGION])
    for region, counts in (("north", (60, 20, 20)), ("south", south)):
        add_answers(survey, "2026-01", nps_rows(*counts), region)
    return survey, [worked(survey, "nps", "2026-01", one) for one in ("", "region:north", "region:south")]


def test_separate_segments_are_compared_and_one_within_another_never(alice: Member) -> None:
    survey, (everybody, north, south) = regions(alice, (20, 20, 60))
    client = signed_in(alice)
    plain = compare(Counts(20, 20, 60), Counts(60, 20, 20))
    one = of(beside(client, survey, north, south), "nps")
    assert (one["difference"], one["low"], one["high"]) == pytest.approx((-80, plain.low, plain.high))
    found = beside(client, survey, everybody, north)
    assert found["basis"] == "none" and of(found, "nps")["difference"] is None
    content = page(client, survey, **asked(everybody, north))
    assert "not compared" in row(content, "Net promoter score") and "contain the segment" in content
    assert "+80.0" in content.split('id="others"')[1]


def test_windows_that_share_answers_are_not_compared(alice: Member) -> None:
    survey, _runs = three_months(alice, rolling=2)
    a, b = (worked(survey, "nps", month, window=2) for month in ("2026-02", "2026-03"))
    Comparison.objects.all().delete()
    found = beside(signed_in(alice), survey, a, b)
    assert found["basis"] == "none" and of(found, "nps")["difference"] is None


def test_a_small_side_hides_both(alice: Member) -> None:
    survey, (_everybody, north, south) = regions(alice, (2, 2, 3))
    client = signed_in(alice)
    found = beside(client, survey, north, south)
    assert found["hidden"] and not found["differences"]
    content = page(client, survey, **asked(north, south))
    assert "fewer than 10" in content and "40.0" not in content


def test_a_score_of_few_answers_is_shown_on_neither_page_nor_api(alice: Member) -> None:
    survey, (first, _second, third) = three_months(alice)
    Score.objects.filter(estimate__run=first, code="nps").update(n=9)
    one = of(beside(signed_in(alice), survey, first, third), "nps")
    assert one["a"] is None and one["difference"] is None and one["test"] == ""
    assert "one of the two is missing" in row(
        page(signed_in(alice), survey, **asked(first, third)), "Net promoter score"
    )


def test_weighted_scores_are_compared_at_their_effective_bases(alice: Member) -> None:
    survey, (first, _second, third) = three_months(alice)
    for run, counts in ((first, [25, 15, 10]), (third, [10, 15, 25])):
        Score.objects.filter(estimate__run=run, code="nps").update(counts=counts, n_effective=50)
    one = of(beside(signed_in(alice), survey, first, third), "nps")
    plain = compare(Counts(10, 15, 25), Counts(25, 15, 10))
    assert (one["low"], one["high"]) == pytest.approx((plain.low, plain.high))


@pytest.mark.parametrize("instrument", ["ces", "servqual", "servqual_zone", "servperf", "kano"])
def test_every_kind_is_compared_figure_by_figure(alice: Member, instrument: str) -> None:
    survey, rng = survey_of(alice, instrument), np.random.default_rng(7)
    version = survey.current_version
    assert version
    items = version.uses.get().instrument.items
    for month in ("2026-01", "2026-02"):
        rows = [
            {one.code: int(rng.integers(one.scale.minimum, one.scale.maximum + 1)) for one in items}
            for _respondent in range(120)
        ]
        add_answers(survey, month, rows)
    runs = [worked(survey, instrument, month) for month in ("2026-01", "2026-02")]
    Comparison.objects.all().delete()
    client: Client = signed_in(alice)
    found = beside(client, survey, *runs)["differences"]
    of_many = Score.objects.filter(n__gte=survey.least_told).order_by()
    there = set.intersection(
        *(set(of_many.filter(estimate__run=run).values_list("code", flat=True)) for run in runs)
    )
    assert there and {one["construct"] for one in found if one["difference"] is not None} == there
    assert all(one["low"] <= one["difference"] <= one["high"] for one in found if one["low"] is not None)
    content = page(client, survey, **asked(*runs))
    assert content.count('<td class="said">') == len(found)
