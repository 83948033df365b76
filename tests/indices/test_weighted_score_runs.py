"""Runs of scores whose answers are weighted: what is stored, shown and compared, and what is not."""

import html
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from indices.models import Change, Run, Score, SegmentDifference
from indices.numbers import rounded
from indices.releases import NotReleasable, release
from indices.scores.readings import readings
from indices.weighted import is_like, is_outdated, tells_counts
from scoring.classical.calibration import uncalibrated
from scoring.classical.counting import Counting
from scoring.classical.design_effect import weighted_mean
from scoring.classical.margins import weigh as raked
from scoring.classical.nps import Counts, score_of
from scoring.classical.nps_comparison import compare
from scoring.classical.proportions import wilson
from surveys import weighting
from surveys.models import Member, Response, Survey
from surveys.periods import close
from tests.cast import REGION, joined, owner_of, signed_in
from tests.indices.score_cast import add_answers, estimate_of, nps_rows, scores_of, survey_of, worked

pytestmark = [pytest.mark.django_db, pytest.mark.figures]
HALVES = {"region": {"north": 50, "south": 50}}
NORTH, SOUTH = (30, 30, 30), (18, 12, 10)  # promoters, passives, detractors


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


def weigh(survey: Survey, margins: Any = HALVES) -> None:
    weighting.change(survey, {"unit": "count", "margins": margins, "trim": None})
    survey.refresh_from_db()


def of_nps(member: Member, *months: str, **fields: Any) -> Survey:
    survey = survey_of(member, "nps", segments=[REGION], **fields)
    for month in months:
        answered(survey, month)
    return survey


def answered(survey: Survey, month: str, south: Sequence[int] = SOUTH) -> None:
    add_answers(survey, month, nps_rows(*NORTH), "north")
    add_answers(survey, month, nps_rows(*south), "south")


def values_of(*groups: Sequence[int]) -> np.ndarray[Any, np.dtype[np.float64]]:
    rows = [row["nps.score"] for group in groups for row in nps_rows(*group)]
    return np.array(rows, dtype=np.float64)


def expected(*groups: Sequence[int]) -> Any:
    """By hand: the regions' answers raked to halves."""
    region = np.repeat(["north", "south"], [sum(group) for group in groups])
    found = raked({"region": region}, len(region), HALVES).calibration
    return score_of(values_of(*groups), Counting(found)), found


def page_of(member: Member, survey: Survey, query: str = "") -> str:
    page = signed_in(member).get(f"/o/acme/surveys/{survey.public_id}/report/{query}")
    assert page.status_code == 200
    return " ".join(html.unescape(page.content.decode()).split())


def test_a_net_score_is_weighted_with_its_error_and_says_what_the_weights_cost(alice: Member) -> None:
    survey = of_nps(alice, "2026-01")
    weigh(survey)
    run = worked(survey, "nps", "2026-01")
    score = Score.objects.get(estimate__run=run)
    assert score.value == pytest.approx(10) and score.n == 130
    one, found = expected(NORTH, SOUTH)
    assert (score.se, score.low, score.high) == pytest.approx((one.se, one.low, one.high))
    margin = np.repeat([0, 1], [90, 40])[:, None]
    x = np.sign(values_of(NORTH, SOUTH) - 8)
    calibrated = weighted_mean(x, found.row_weights, margin, found.row_weights)
    assert score.se == pytest.approx(100 * calibrated.se, rel=0.03)  # with 3 answers more
    weights = np.repeat([0.5 / 90, 0.5 / 40], [90, 40])
    n_effective = 1 / np.sum(weights**2)
    assert (score.n_effective, score.deff) == pytest.approx((n_effective, 130 / n_effective))
    stored = run.settings["weighting"]
    assert (stored["n_effective"], stored["deff"]) == pytest.approx((n_effective, 130 / n_effective))
    result = estimate_of(run).result
    assert (result["promoters"], result["n"]) == (48, 130)
    assert result["base"] == pytest.approx(sum(score.counts)) and result["base"] > n_effective
    promoters = readings(result)["groups"][0]
    low, high = wilson(score.counts[0], sum(score.counts))
    assert (promoters["low"], promoters["high"]) == pytest.approx((100 * low, 100 * high))
    older = readings({key: value for key, value in result.items() if key != "base"})["groups"][0]
    assert older["low"] < promoters["low"] < promoters["high"] < older["high"]
    assert result["shares"]["promoters"] == pytest.approx((1 / 3 + 18 / 40) / 2)
    page = page_of(alice, survey)
    assert "n = 130" in page and rounded(score.value) in page
    assert f"(effective {n_effective:.0f}, design effect {rounded(stored['deff'], 2)})" in page
    assert "Shares before and after weighting, in percent" in page and "39.2" in page
    assert "every answer counts alike" not in page
    api = signed_in(alice).get(f"/api/v1/organisations/acme/surveys/{survey.public_id}/runs/").json()
    (shown,) = api["results"]
    assert shown["weighting"]["deff"] == pytest.approx(stored["deff"])
    (told,) = shown["estimates"][0]["scores"]
    assert told["n_effective"] == pytest.approx(n_effective) and told["se"] == score.se


def test_a_segment_keeps_the_weights_of_the_whole_and_is_compared_with_the_weighted_others(
    alice: Member,
) -> None:
    west = {"code": "west", "text": {"en": "West", "zh-hans": "西", "zh-hant": "西"}}
    region = {**REGION, "options": [*REGION["options"], west]}
    survey = survey_of(alice, "nps", segments=[region])
    answered(survey, "2026-01")
    add_answers(survey, "2026-01", nps_rows(10, 20, 20), "west")
    plain = worked(survey, "nps", "2026-01", "region:north")
    weigh(survey, {"region": {"north": 20, "south": 50, "west": 30}})
    runs = [worked(survey, "nps", "2026-01", f"region:{one}") for one in ("north", "south", "west")]
    assert scores_of(runs[0]) == pytest.approx(scores_of(plain))
    assert runs[0].settings["weighting"]["deff"] == pytest.approx(1)
    row = SegmentDifference.objects.get(run=runs[2])
    # of 180 answers, weighted to 36, 90 and 54
    assert row.others == pytest.approx((36 * 0 + 90 * 20) / 126) and (row.n, row.others_n) == (50, 130)
    base = 126**2 / (36**2 / 90 + 90**2 / 40)
    shares = [base * (36 * a / 90 + 90 * b / 40) / 126 for a, b in zip(NORTH, SOUTH, strict=True)]
    assert row.se == pytest.approx(compare(Counts(10, 20, 20), Counts(*shares)).se, rel=1e-6)


@pytest.mark.parametrize("segment", ["", "region:north"])
def test_an_option_that_nobody_has_means_no_score_and_says_so(alice: Member, segment: str) -> None:
    survey = of_nps(alice, "2026-01")
    Response.objects.filter(segments={"region": "south"}).update(segments={})
    weigh(survey)
    run = worked(survey, "nps", "2026-01", segment)
    estimate = estimate_of(run)
    assert not Score.objects.exists() and (estimate.status, estimate.n_used) == ("not_weighted", 0)
    (said,) = estimate.result["issues"]
    assert (
        said["code"] == "nobody_has_option" and run.settings["weighting"]["problem"]["code"] == said["code"]
    )
    page = page_of(alice, survey, f"?segment={segment}" if segment else "")
    assert "cannot be weighted: nobody chose “South” in answer to “Region”" in page
    assert "Nobody gave an answer that counts" not in page
    close(survey.periods.get())
    with pytest.raises(NotReleasable):
        release(survey.periods.get(), None)


def test_changes_between_months_have_the_weighted_errors(alice: Member) -> None:
    survey = of_nps(alice, "2026-01")
    answered(survey, "2026-02", (10, 10, 40))
    weigh(survey)
    worked(survey, "nps", "2026-01")
    change = Change.objects.get(comparison__run=worked(survey, "nps", "2026-02"))
    (then, _), (now, _) = expected(NORTH, SOUTH), expected(NORTH, (10, 10, 40))
    assert change.difference == pytest.approx(now.nps - then.nps)
    assert change.se == pytest.approx(np.hypot(now.se, then.se))
    assert change.later == pytest.approx(100 * (0 - 0.5) / 2)


@pytest.mark.parametrize("segment", ["", "region:south"])
def test_overlapping_windows_share_what_their_weighted_answers_do(alice: Member, segment: str) -> None:
    """Windows whose samples are like their population are as those of equal weights, by margins too."""
    survey = of_nps(alice, "2026-01", "2026-02", "2026-03", rolling=2)
    weigh(survey)
    earlier, later = (worked(survey, "nps", month, segment, window=2) for month in ("2026-02", "2026-03"))
    row = Change.objects.get(comparison__run=later)
    one, other = (Score.objects.get(estimate__run=run) for run in (earlier, later))
    assert row.difference == pytest.approx(0) and one.se == other.se
    # half of what each window holds, answered alike in every month
    assert row.se == pytest.approx(one.se * np.sqrt(2 * (1 - 0.5)), rel=1e-6)


def test_a_window_that_was_not_weighted_shares_its_answers_too(alice: Member) -> None:
    survey = of_nps(alice, "2026-01", "2026-02", "2026-03", rolling=2)
    earlier = worked(survey, "nps", "2026-02", window=2)
    weigh(survey)
    later = worked(survey, "nps", "2026-03", window=2)
    row = Change.objects.get(comparison__run=later)
    apart = np.hypot(*(Score.objects.get(estimate__run=run).se for run in (earlier, later)))
    assert not is_like(earlier, later) and 0.65 * apart < row.se < 0.85 * apart
    assert "weighted differently" in page_of(alice, survey, "?window=2")


def test_a_run_that_left_the_weighting_unused_is_outdated_and_says_that_it_did(alice: Member) -> None:
    survey = of_nps(alice, "2026-01")
    run = worked(survey, "nps", "2026-01")
    weigh(survey)
    old = {"digest": weighting.digest(survey.weighting), "unused": True}
    Run.objects.filter(pk=run.pk).update(settings={**run.settings, "weighting": old})
    run.refresh_from_db()
    assert is_outdated(run, survey) and "every answer counts alike" in page_of(alice, survey)
    again = worked(survey, "nps", "2026-01")
    assert not is_outdated(again, survey) and not is_like(run, again)


@pytest.mark.parametrize("kind", ["csat", "kano", "servperf"])
def test_other_kinds_are_weighted_and_tell_both_bases(alice: Member, kind: str) -> None:
    survey = survey_of(alice, kind, segments=[REGION])
    rng = np.random.default_rng(1)
    version = survey.current_version
    assert version
    items = [item.code for item in version.content.instruments[kind].items if item.kind != "points"]
    low = 2 if kind == "servperf" else 1
    for region, n, lift in (("north", 60, 0), ("south", 20, 1)):
        rows = [{f"{kind}.{code}": int(rng.integers(low, 5) + lift) for code in items} for _ in range(n)]
        add_answers(survey, "2026-01", rows, region)
    weigh(survey)
    found = worked(survey, kind, "2026-01")
    stored = found.settings["weighting"]
    assert stored["deff"] == pytest.approx(4 / 3)
    scores = Score.objects.filter(estimate__run=found)
    assert scores and {round(one.n_effective or 0, 6) for one in scores.filter(n=80)} <= {60.0}
    page = page_of(alice, survey)
    assert "(effective " in page and "design effect is 1.33" in page
    if kind == "csat":
        assert "of the weighted answers" in page
        assert sum(estimate_of(found).result["answer_shares"].values()) == pytest.approx(1)


def test_a_population_like_the_sample_changes_no_score(alice: Member) -> None:
    survey = of_nps(alice, "2026-01")
    plain = worked(survey, "nps", "2026-01")
    weigh(survey, {"region": {"north": 90, "south": 40}})
    same = worked(survey, "nps", "2026-01")
    assert scores_of(same) == pytest.approx(scores_of(plain), rel=1e-12)
    one, other = (Score.objects.get(estimate__run=run) for run in (plain, same))
    # that the shares of the regions are known makes it a little surer
    assert other.n_effective == 130 and one.low < other.low < other.high < one.high
    alike = score_of(values_of(NORTH, SOUTH), Counting(uncalibrated(np.ones(130))))
    assert (one.low, one.high) == pytest.approx((alike.low, alike.high))


def test_no_number_beside_weighted_shares_tells_what_a_hidden_segment_answered(alice: Member) -> None:
    survey = survey_of(alice, "nps", segments=[REGION])
    add_answers(survey, "2026-01", nps_rows(40, 30, 27), "north")
    add_answers(survey, "2026-01", nps_rows(1, 0, 2), "south")
    weigh(survey)
    run = worked(survey, "nps", "2026-01")
    vera = signed_in(joined(alice, "vera@example.org", "viewer"))
    (row,) = vera.get(f"/api/v1/organisations/acme/surveys/{survey.public_id}/runs/").json()["results"]
    (estimate,) = row["estimates"]
    assert not {"answers", "promoters", "passives", "detractors", "n_effective"} & estimate["result"].keys()
    assert estimate["result"]["answer_shares"]["10"] > 0 and estimate["result"]["n"] == 100
    assert not {"deff", "n_effective", "least", "largest"} & row["weighting"].keys()
    assert [one["count"] for one in estimate["readings"]["groups"]] == [None] * 3
    assert estimate["scores"][0]["n_effective"] is None
    assert run.settings["weighting"]["smallest"] == 3
    link = f"/o/acme/surveys/{survey.public_id}/report/"
    page = page_of(alice, survey)
    assert "what a small group answered" in page and "n = 100" in page
    assert not {">41<", ">29<"} & set(re.findall(r">[0-9]+<", page)) and "n = 41" not in page
    assert "effective" not in page.replace("design effect are left out", "")
    table = signed_in(alice).get(f"{link}tables/answers.csv").content.decode()
    assert "100" in table and "41" not in table


def test_a_segment_that_crosses_few_of_a_margin_tells_no_numbers(alice: Member) -> None:
    survey = of_nps(alice, "2026-01")
    weigh(survey)
    run = worked(survey, "nps", "2026-01")
    assert tells_counts(run) and run.settings["weighting"]["smallest"] == 40
    run.settings["weighting"]["smallest"] = 9
    assert not tells_counts(run)
    del run.settings["weighting"]["smallest"]  # as older runs stored it
    assert tells_counts(run)
    run.segment = "age:young"
    assert not tells_counts(run)


def test_numbers_of_answers_to_features_follow_their_weighted_shares(alice: Member) -> None:
    survey = survey_of(alice, "kano", segments=[REGION])
    must = {"delivery_functional": 3, "delivery_dysfunctional": 5}
    questionable = {"delivery_functional": 1, "delivery_dysfunctional": 1}
    answered = [{f"kano.{code}": value for code, value in one.items()} for one in (must, questionable)]
    add_answers(survey, "2026-01", [answered[0]] * 97, "north")
    add_answers(survey, "2026-01", [answered[1]] * 3, "south")
    weigh(survey)
    worked(survey, "kano", "2026-01")
    api = signed_in(alice).get(f"/api/v1/organisations/acme/surveys/{survey.public_id}/runs/").json()
    (estimate,) = api["results"][0]["estimates"]
    feature = next(one for one in estimate["result"]["features"] if one["n"])
    assert "counts" not in feature and feature["telling"] == 50
    assert {one["n"] for one in estimate["scores"]} == {50}
