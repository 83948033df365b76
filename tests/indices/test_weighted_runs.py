"""Runs of a survey whose answers are weighted: the figures, what is said of them, and what they are not."""

import html
from typing import Any

import numpy as np
import pytest
from django.utils import timezone
from numpy.typing import NDArray

from indices.models import Index, Run
from indices.numbers import rounded
from indices.releases import NotReleasable, release
from indices.runs.compute import compute
from indices.runs.schedule import due, request_due_runs
from indices.tasks import work
from scoring.classical.design_effect import weighted_mean
from surveys import weighting
from surveys.models import Member, Response, Survey
from surveys.periods import close
from surveys.responses.exclusions import exclude
from tests.cast import REGION, owner_of, published, signed_in
from tests.indices.change_cast import ITEMS, add_month, answers, figure, request, worked

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.figures]
NORTH, SOUTH = 120, 60
HALVES = {"region": {"north": 50, "south": 50}}
AS_SAMPLED = {"region": {"north": NORTH, "south": SOUTH}}


@pytest.fixture(autouse=True)
def _few_resamples(settings: Any) -> None:
    settings.RUN_RESAMPLES = 100


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    found = published(alice, segments=[REGION], refresh="hourly")
    answered(found, "2026-01")
    return found


def rows_of(month: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    seed = int(month[-2:])
    return answers(seed, NORTH, lifted={"satisfaction": 0.6}), answers(100 + seed, SOUTH)


def answered(survey: Survey, month: str) -> None:
    for region, rows in zip(("north", "south"), rows_of(month), strict=True):
        add_month(survey, month, rows, region)


def weigh(survey: Survey, margins: Any, unit: str = "count", trim: Any = None) -> None:
    weighting.change(survey, {"unit": unit, "margins": margins, "trim": trim})


def work_all() -> None:
    for run in Run.objects.filter(status=Run.Status.QUEUED).order_by("pk"):
        work(run.pk)


def triggers(survey: Survey) -> list[str]:
    return [one.trigger for one in due(Survey.objects.get(pk=survey.pk), timezone.now())]


def page_of(alice: Member, survey: Survey, query: str = "") -> str:
    page = signed_in(alice).get(f"/o/acme/surveys/{survey.public_id}/report/{query}")
    assert page.status_code == 200
    return " ".join(html.unescape(page.content.decode()).split())


def test_a_single_items_index_is_its_weighted_mean_with_the_calibrated_error(
    alice: Member, survey: Survey
) -> None:
    weigh(survey, HALVES)
    run = worked(survey, "2026-01")
    north, south = (100 * (rows[:, ITEMS.index("complaints1")] - 1) / 9 for rows in rows_of("2026-01"))
    mean = (north.mean() + south.mean()) / 2
    weights = np.repeat([0.5 / NORTH, 0.5 / SOUTH], [NORTH, SOUTH])
    margin = np.repeat([0, 1], [NORTH, SOUTH])[:, None]
    expected = weighted_mean(np.concatenate([north, south]), weights, margin, weights)
    ml, pls = (figure(run, estimator, "complaints") for estimator in ("ml", "pls"))
    assert ml["value"] == pytest.approx(mean) and pls["value"] == pytest.approx(mean)
    assert ml["se"] == pytest.approx(expected.se) and pls["se"] == pytest.approx(expected.se, rel=0.25)
    stored = run.settings["weighting"]
    deff = 180 * np.sum(weights**2)
    assert (stored["deff"], stored["n_effective"]) == pytest.approx((deff, 180 / deff))
    assert [(row["value"], row["n"]) for row in stored["shares"]] == [("north", NORTH), ("south", SOUTH)]
    assert [row["weighted"] for row in stored["shares"]] == pytest.approx([0.5, 0.5])
    page = page_of(alice, survey)
    shown = f"(effective {180 / deff:.0f}, design effect {rounded(stored['deff'], 2)})"
    assert shown in page and "n = 180" in page
    assert "Shares before and after weighting, in percent" in page and "66.7" in page
    api = signed_in(alice).get(f"/api/v1/organisations/acme/surveys/{survey.public_id}/runs/").json()
    (shown,) = api["results"]
    assert shown["weighting"]["deff"] == pytest.approx(deff) and shown["responses"] == 180


def test_a_sample_like_its_population_has_the_unweighted_indices(survey: Survey) -> None:
    plain = worked(survey, "2026-01")
    weigh(survey, AS_SAMPLED)
    same = worked(survey, "2026-01")
    for estimator in ("ml", "pls"):
        one, other = (
            {
                row["construct"]: row["index"]
                for row in run.estimates.get(estimator=estimator).result["indices"]
            }
            for run in (plain, same)
        )
        assert one == other and one
    assert same.settings["weighting"]["deff"] == pytest.approx(1)


def test_a_segment_has_the_weights_of_the_whole_and_is_not_raked_again(survey: Survey) -> None:
    plain = worked(survey, "2026-01", "region:south")
    weigh(survey, HALVES)
    run = worked(survey, "2026-01", "region:south")
    # by region alone, everybody of one region counts alike
    assert figure(run, "ml", "satisfaction")["value"] == figure(plain, "ml", "satisfaction")["value"]
    stored = run.settings["weighting"]
    assert stored["deff"] == pytest.approx(1) and stored["weight"] == pytest.approx(0.5)
    assert stored["n"] == NORTH + SOUTH and stored["largest"] == pytest.approx(1.5)
    assert run.responses == SOUTH


def test_the_others_of_a_segment_count_for_as_many_as_they_stand_for(alice: Member) -> None:
    west = {"code": "west", "text": {"en": "West", "zh-hans": "西", "zh-hant": "西"}}
    survey = published(alice, segments=[{**REGION, "options": [*REGION["options"], west]}])
    answered(survey, "2026-01")
    add_month(survey, "2026-01", answers(5, 40, lifted={"satisfaction": -1}), "west")
    weigh(survey, {"region": {"north": 20, "south": 50, "west": 30}})
    north, south, west_run = (
        worked(survey, "2026-01", f"region:{one}") for one in ("north", "south", "west")
    )
    found = west_run.differences.get(estimator="ml", construct="satisfaction")
    values = [figure(run, "ml", "satisfaction")["value"] for run in (north, south)]
    # of 220 answers, weighted to 44, 110 and 66
    assert found.others == pytest.approx((44 * values[0] + 110 * values[1]) / 154)
    assert (found.n, found.others_n) == (40, NORTH + SOUTH)


def test_whoever_skipped_the_question_keeps_their_share(survey: Survey) -> None:
    add_month(survey, "2026-01", answers(7, 20))
    weigh(survey, HALVES)
    run = worked(survey, "2026-01")
    assert run.settings["weighting"]["lacking"] == {"region": 20}
    north, south, silent = (
        rows[:, ITEMS.index("complaints1")].mean() for rows in (*rows_of("2026-01"), answers(7, 20))
    )
    mean = (180 * (north + south) / 2 + 20 * silent) / 200
    assert figure(run, "ml", "complaints")["value"] == pytest.approx(100 * (mean - 1) / 9)


@pytest.mark.parametrize("segment", ["", "region:north"])
def test_an_option_that_nobody_has_means_no_index_and_says_so(
    alice: Member, survey: Survey, segment: str
) -> None:
    Response.objects.filter(segments={"region": "south"}).update(segments={})
    weigh(survey, HALVES)
    run = worked(survey, "2026-01", segment)
    assert not Index.objects.exists()
    for estimate in run.estimates.all():
        assert (estimate.status, estimate.n_used) == ("not_weighted", 0)
        (said,) = estimate.result["issues"]
        assert said["code"] == "nobody_has_option"
        assert said["params"] == {"margin": "own.region", "value": "region:south"}
    page = page_of(alice, survey, f"?segment={segment}" if segment else "")
    assert "cannot be weighted: nobody chose “South” in answer to “Region”" in page
    close(survey.periods.get())
    with pytest.raises(NotReleasable):
        release(survey.periods.get(), None)


def test_bounds_that_no_weights_keep_mean_no_index(survey: Survey) -> None:
    weigh(survey, {"region": {"north": 1, "south": 99}}, trim={"least": 0.3, "largest": 2})
    run = worked(survey, "2026-01")
    assert not Index.objects.exists()
    assert {one.result["issues"][0]["code"] for one in run.estimates.all()} == {"bounds_too_narrow"}


def test_other_margins_make_what_is_not_released_due_again(survey: Survey) -> None:
    worked(survey, "2026-01")
    assert triggers(survey) == []
    weigh(survey, HALVES)
    assert triggers(survey) == ["weighting"]
    request_due_runs()
    work_all()
    run = Run.objects.filter(segment="").latest("revision")
    assert run.trigger == "weighting" and run.settings["weighting"]["digest"]
    weigh(survey, {"region": {"north": 7, "south": 7}})  # the same shares
    assert triggers(survey) == []
    weigh(survey, {})
    assert triggers(survey) == ["weighting"]
    Survey.objects.update(refresh="request")
    assert triggers(survey) == []


def test_a_released_figure_stays_until_its_answers_change_and_the_revision_says_why(
    alice: Member, survey: Survey
) -> None:
    Survey.objects.update(refresh_after=1)
    first = worked(survey, "2026-01")
    period = survey.periods.get()
    close(period)
    weigh(survey, HALVES)
    with pytest.raises(NotReleasable, match="weighting has changed"):
        release(period, alice.user)
    weigh(survey, {})
    assert release(period, alice.user)
    weigh(survey, HALVES)
    assert triggers(survey) == []
    stored = figure(first, "ml", "satisfaction")
    exclude(Response.objects.order_by("pk")[0], "a test", None)
    request_due_runs()
    work_all()
    revised = Run.objects.filter(segment="").latest("revision")
    assert revised.released_at and (revised.changes["weighting"], revised.changes["excluded"]) == (1, 1)
    assert figure(first, "ml", "satisfaction") == stored != figure(revised, "ml", "satisfaction")
    assert "1 answer was left out by an analyst and the weighting was changed" in page_of(alice, survey)
    exclude(Response.objects.order_by("pk")[1], "a test", None)
    request_due_runs()
    work_all()
    assert "weighting" not in Run.objects.filter(segment="").latest("revision").changes


def test_periods_weighted_differently_are_compared_with_that_remark(alice: Member, survey: Survey) -> None:
    answered(survey, "2026-02")
    worked(survey, "2026-01")
    weigh(survey, HALVES)
    later = worked(survey, "2026-02")
    comparison = later.comparisons.get()
    assert [one["code"] for one in comparison.issues].count("composites_weighted") == 1
    # the test has the answers for as many as they are worth
    sizes = comparison.tests["invariance"]["n"]
    assert sizes == [180, int(later.settings["weighting"]["n_effective"])]
    page = page_of(alice, survey)
    assert "The two periods are weighted differently" in page
    assert "weighted differently than the period before" in page
    worked(survey, "2026-01")
    worked(survey, "2026-02")
    assert "weighted differently" not in page_of(alice, survey)


def test_a_period_that_cannot_be_weighted_is_not_tested_against(survey: Survey) -> None:
    add_month(survey, "2026-02", answers(3, 100), "north")
    weigh(survey, HALVES)
    worked(survey, "2026-01")
    comparison = worked(survey, "2026-02").comparisons.get()
    assert (comparison.verdict, comparison.issues[0]["code"]) == ("untested", "not_weighted")
    assert not comparison.changes.exists()


def test_margins_that_change_while_a_run_is_worked_make_it_due_again(survey: Survey) -> None:
    from indices.runs import queue

    run = queue.claim(request(survey, "2026-01").pk)
    assert run
    weigh(survey, HALVES)  # after the worker has read the survey
    compute(run)
    assert "weighting" not in Run.objects.get(pk=run.pk).settings
    assert triggers(survey) == ["weighting"]
