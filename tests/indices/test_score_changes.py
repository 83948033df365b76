"""What is stored of scores' changes: the right tests and windows, segments, limits, and how it is told."""

import html
import math
import re

import pytest
from django.test import Client

from indices.models import Change, Comparison, ControlChart, Run, SegmentDifference
from indices.numbers import rounded
from scoring.classical.control_chart import limits
from scoring.classical.means import welch
from scoring.classical.nps import Counts
from scoring.classical.nps_comparison import compare
from scoring.classical.proportions import newcombe_difference
from surveys.models import Member, Survey
from surveys.publishing import publish
from tests.cast import REGION, owner_of, signed_in
from tests.indices.score_cast import add_answers, nps_rows, survey_of, worked

pytestmark = [pytest.mark.django_db, pytest.mark.figures]


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


def change(run: Run, kind: str = "previous", construct: str = "nps") -> Change:
    return Change.objects.get(comparison__run=run, comparison__kind=kind, construct=construct)


def report(client: Client, survey: Survey, query: str = "") -> str:
    page = client.get(f"/o/acme/surveys/{survey.public_id}/report/{query}")
    assert page.status_code == 200
    return html.unescape(page.content.decode())


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_score_is_compared_with_the_period_before_and_a_year_ago(alice: Member) -> None:
    survey = survey_of(alice, "nps")
    counts = {"2025-01": (20, 40, 40), "2025-12": (45, 30, 25), "2026-01": (50, 30, 20)}
    for month, given in counts.items():
        add_answers(survey, month, nps_rows(*given, skipped=10))
        run = worked(survey, "nps", month)
    for kind, month in (("previous", "2025-12"), ("year", "2025-01")):
        row, plain = change(run, kind), compare(Counts(50, 30, 20), Counts(*counts[month]))
        assert row.comparison.against.period.name == month and row.estimator == "score"
        assert (row.test, row.later, row.difference) == (
            "adjusted_wald",
            30.0,
            pytest.approx(plain.difference),
        )
        found = (row.se, row.low, row.high, row.z, row.p)
        assert found == pytest.approx((plain.se, plain.low, plain.high, plain.z, plain.p))
    page = words(report(signed_in(alice), survey))
    assert "Since 2025-12: no clear change" in page
    assert "Since a year ago (2025-01): up 50.0, clearly" in page
    assert Comparison.objects.get(run=run, kind="previous").verdict == "untested"
    assert "One question has no measurement model" in page


def test_shares_are_compared_by_newcombe_and_means_by_welch(alice: Member) -> None:
    survey = survey_of(alice, "csat")
    given = {"2026-01": [5] * 56 + [2] * 14, "2026-02": [4] * 48 + [3] * 32}
    for month, answers in given.items():
        add_answers(survey, month, [{"csat.score": one} for one in answers])
        run = worked(survey, "csat", month)
    share, mean = change(run, construct="csat"), change(run, construct="answer.mean")
    plain = [100 * one for one in newcombe_difference(48, 80, 56, 70)]
    assert [share.difference, share.low, share.high] == pytest.approx(plain)
    assert share.test == "newcombe" and share.se is None and share.p is not None and share.p < 0.05
    found = welch(given["2026-02"], given["2026-01"])
    assert (mean.low, mean.high, mean.p, mean.test) == (
        *(pytest.approx(one) for one in (found.low, found.high, found.p)),
        "welch",
    )


def test_overlapping_windows_share_the_answers_to_the_question_not_the_questionnaires(alice: Member) -> None:
    """Of February's 160 responses 100 answered: these count in both windows."""
    survey = survey_of(alice, "nps", rolling=2)
    add_answers(survey, "2026-01", nps_rows(40, 40, 20))
    add_answers(survey, "2026-02", nps_rows(50, 30, 20, skipped=60))
    add_answers(survey, "2026-03", nps_rows(60, 20, 20))
    earlier = worked(survey, "nps", "2026-02", window=2)
    later = worked(survey, "nps", "2026-03", window=2)
    assert earlier.settings["periods"] == ["2026-01", "2026-02"]
    row = change(later)
    then, now = Counts(90, 70, 40), Counts(110, 50, 40)
    plain = compare(now, then, shared=100)
    assert (row.se, row.low, row.high) == pytest.approx((plain.se, plain.low, plain.high))
    assert row.se and row.se < compare(now, then).se
    assert row.se == pytest.approx(compare(now, then).se * math.sqrt(1 - 100 / 200), rel=0.01)
    assert not ControlChart.objects.exists()


def test_a_base_too_small_to_show_is_compared_with_nothing(alice: Member) -> None:
    survey = survey_of(alice, "nps", least_base_show=30)
    add_answers(survey, "2026-01", nps_rows(10, 10, 9, skipped=50))
    add_answers(survey, "2026-02", nps_rows(60, 10, 10))
    run = [worked(survey, "nps", month) for month in ("2026-01", "2026-02")][-1]
    assert Comparison.objects.filter(run=run).exists() and not Change.objects.exists()


def test_segments_are_compared_by_the_pooled_counts_of_the_others(alice: Member) -> None:
    survey = survey_of(alice, "nps", segments=[REGION], least_base_show=30)
    counts = {"north": (60, 20, 20), "south": (20, 20, 60)}
    for region, given in counts.items():
        add_answers(survey, "2026-01", nps_rows(*given), region)
    for segment in ("", "region:north", "region:south"):
        worked(survey, "nps", "2026-01", segment)
    north = SegmentDifference.objects.get(run__segment="region:north")
    plain = compare(Counts(60, 20, 20), Counts(20, 20, 60))
    assert (north.difference, north.low, north.high) == pytest.approx((80, plain.low, plain.high))
    assert (north.estimator, north.construct, north.n, north.others_n) == ("score", "nps", 100, 100)
    assert north.adjusted_p == pytest.approx(plain.p)
    assert "North 40.0 80.0 higher, clearly" in words(report(signed_in(alice), survey))


def test_a_long_series_has_limits_and_says_which_period_is_beyond(alice: Member) -> None:
    survey = survey_of(alice, "nps", period_kind="month", least_base_show=10)
    promoters = [20, 21, 20, 22, 20, 21, 20, 22, 21, 38]
    for month, count in enumerate(promoters, start=1):
        add_answers(survey, f"2025-{month:02}", nps_rows(count, 40 - count, 0))
        worked(survey, "nps", f"2025-{month:02}")
    chart = ControlChart.objects.get()
    expected = limits([100 * one / 40 for one in promoters])
    assert (chart.estimator, chart.construct) == ("score", "nps")
    assert (chart.low, chart.high) == pytest.approx((expected.low, expected.high))
    period = survey.periods.get(name="2025-10")
    assert {"period": period.public_id, "rules": ["beyond"]} in chart.signals
    page = words(report(signed_in(alice), survey))
    assert "Net promoter score: beyond the limits" in page and "Dots: the limits" in page


def test_other_questions_are_never_compared(alice: Member) -> None:
    survey = survey_of(alice, "csat")
    add_answers(survey, "2026-01", [{"csat.score": 4}] * 30)
    worked(survey, "csat", "2026-01")
    own = {"kind": "instrument", "instrument": "nps"}
    Survey.objects.filter(pk=survey.pk).update(parts=[own])
    survey.refresh_from_db()
    publish(survey, alice.user)
    add_answers(survey, "2026-02", nps_rows(20, 10, 10))
    worked(survey, "nps", "2026-02")
    assert not Comparison.objects.exists()


def test_the_page_and_the_api_tell_a_change_to_the_same_digit(alice: Member) -> None:
    survey = survey_of(alice, "servperf")
    for month, value in (("2026-01", 4), ("2026-02", 6)):
        rows = [{f"servperf.p{i}": value + (number + i) % 2 for i in range(1, 23)} for number in range(40)]
        add_answers(survey, month, rows)
        worked(survey, "servperf", month)
    client = signed_in(alice)
    runs = client.get(f"/api/v1/organisations/acme/surveys/{survey.public_id}/runs/").json()["results"]
    (told,) = runs[0]["comparisons"]
    rows = {one["construct"]: one for one in told["changes"]}
    assert rows["perception.1"]["test"] == "welch" and rows["perception.1"]["comparable"] is True
    (estimate,) = runs[0]["estimates"]
    scores = {one["code"]: one for one in estimate["scores"]}
    assert scores["perception.1"]["value"] == 6.5 and estimate["indices"] == []
    page = words(report(client, survey))
    by = rounded(rows["perception.1"]["difference"], 2)
    assert f"Acme works with up-to-date equipment. up {by}, clearly" in page and by == "2.00"
    assert "unweighted" not in rows and "Overall perception not known" in page


@pytest.mark.parametrize("seed", range(3))
def test_the_same_answers_again_are_no_change(alice: Member, seed: int) -> None:
    survey = survey_of(alice, "nps")
    for month in ("2026-01", "2026-02"):
        add_answers(survey, month, nps_rows(40 + seed, 30, 30))
        worked(survey, "nps", month)
    page = words(report(signed_in(alice), survey))
    assert "no clear change" in page and ", clearly" not in page
