"""The report page: it shows what the run stored, the same as the API, or says why there is no figure."""

import html
import re
from typing import Any

import pytest
from django.test import Client

from indices.models import Run
from indices.numbers import rounded
from indices.runs import queue
from indices.runs.schedule import request_period
from indices.tasks import work
from indices.wording import ISSUES
from scoring.structural.issues import SENTENCES
from surveys.models import Member, Organisation, Survey
from surveys.responses.exclusions import exclude
from tests.cast import REGION, joined, owner_of, published, signed_in, walk, with_mobi_answers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def mobi(alice: Member) -> Survey:
    survey = with_mobi_answers(alice)
    work_all(survey)
    return survey


def work_all(survey: Survey) -> None:
    for period in survey.periods.all():
        key = survey.versions.get().uses.get().measurement_key
        for run in request_period(survey, period, key, "manager"):
            work(run.pk)


def report(client: Client, survey: Survey, query: str = "") -> str:
    page = client.get(f"/o/acme/surveys/{survey.public_id}/report/{query}")
    assert page.status_code == 200
    return html.unescape(page.content.decode())


def api_runs(client: Client, survey: Survey) -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/organisations/acme/surveys/{survey.public_id}/runs/")
    runs: list[dict[str, Any]] = answer.json()["results"]
    return runs


def test_every_index_with_its_interval_and_base_is_the_same_on_the_page_and_in_the_api(
    alice: Member, mobi: Survey
) -> None:
    client = signed_in(alice)
    page = report(client, mobi)
    estimates = api_runs(client, mobi)[0]["estimates"]
    shown = [row for estimate in estimates for row in estimate["indices"]]
    assert len(shown) == 14
    for row in shown:
        assert f">{rounded(row['index'])}<" in page
        assert f"{rounded(row['low'])} – {rounded(row['high'])}" in page
    assert "n = 250" in page


def test_the_page_opens_with_satisfaction_and_loyalty_and_names_the_estimator_of_the_drivers(
    alice: Member, mobi: Survey
) -> None:
    page = report(signed_in(alice), mobi)
    assert page.index("72.2") < page.index('id="drivers"')
    assert "cannot tell them apart" in page and "Effects by partial least squares" in page


def test_the_page_reads_what_is_stored_and_computes_nothing(alice: Member, mobi: Survey) -> None:
    estimate = Run.objects.get().estimates.get(estimator="ml")
    index = estimate.indices.get(construct="satisfaction")
    index.value = 12.3456
    index.save()
    assert "12.3" in report(signed_in(alice), mobi)


def test_the_paths_on_the_picture_stand_in_its_table(alice: Member, mobi: Survey) -> None:
    client = signed_in(alice)
    page = report(client, mobi)
    pls = next(one for one in api_runs(client, mobi)[0]["estimates"] if one["estimator"] == "pls")
    assert "<svg" in page and len(pls["result"]["paths"]) == 12
    for path in pls["result"]["paths"]:
        assert page.count(rounded(path["std"], 2)) >= 2


def few_answers(member: Member, number: int) -> Survey:
    """As many as an organisation may see at the least."""
    Organisation.objects.update(least_group=5)
    survey = published(member)
    for _number in range(number):
        walk(survey)
    work_all(survey)
    return survey


def test_too_few_answers_show_no_index_and_the_reason(alice: Member) -> None:
    survey = few_answers(alice, 5)
    page = report(signed_in(alice), survey)
    assert "No index is shown" in page and "at least" in page and "5 usable" in page
    assert not re.search(r'headline-value">\d', page)


def test_the_page_says_how_many_responses_were_left_out_by_an_analyst(alice: Member) -> None:
    survey = few_answers(alice, 8)
    assert "left out by an analyst" not in report(signed_in(alice), survey)
    for response in survey.responses.all()[:3]:
        exclude(response, "a test", alice.user)
    work_all(survey)
    page = report(signed_in(alice), survey)
    assert "3 responses were left out by an analyst" in page and "5 finished answers" in page


def test_a_run_under_way_shows_its_stage_and_how_far_it_is(alice: Member, mobi: Survey) -> None:
    key = mobi.versions.get().uses.get().measurement_key
    run = queue.request(mobi, mobi.periods.get(), key, "", Run.Trigger.MANAGER)
    assert "waiting for a worker" in report(signed_in(alice), mobi)
    claimed = queue.claim(run.pk)
    assert claimed
    queue.show(claimed, Run.Stage.PLS, 0.62)
    page = report(signed_in(alice), mobi)
    assert "resamples" in page and "62 %" in page and "72.2" in page


def test_a_failed_run_is_said_and_the_one_before_stays(alice: Member, mobi: Survey) -> None:
    key = mobi.versions.get().uses.get().measurement_key
    run = queue.claim(queue.request(mobi, mobi.periods.get(), key, "", Run.Trigger.MANAGER).pk)
    assert run
    queue.fail(run, "too_long")
    page = report(signed_in(alice), mobi)
    assert "longer than allowed" in page and "Shown is the one before" in page and "72.2" in page


def test_asking_twice_queues_once_and_a_viewer_may_not_ask(alice: Member, mobi: Survey) -> None:
    period = {"period": mobi.periods.get().public_id}
    address = f"/o/acme/surveys/{mobi.public_id}/report/run/"
    for _again in range(2):
        assert signed_in(alice).post(address, period).status_code == 302
    assert Run.objects.filter(status=Run.Status.QUEUED).count() == 1
    viewer = joined(alice, "vera@example.org", "viewer")
    assert signed_in(viewer).post(address, period).status_code == 403
    assert signed_in(alice).get(address).status_code == 405


@pytest.mark.parametrize("query", ["?period=nothing", "?segment=region:east", "?segment=' OR 1=1 --"])
def test_a_period_or_segment_the_survey_does_not_have_is_a_404(
    alice: Member, mobi: Survey, query: str
) -> None:
    page = signed_in(alice).get(f"/o/acme/surveys/{mobi.public_id}/report/{query}")
    assert page.status_code == 404


def test_a_segment_has_a_report_of_its_own(alice: Member) -> None:
    survey = published(alice, segments=[REGION])
    walk(survey)
    work_all(survey)
    page = report(signed_in(alice), survey, "?segment=region:south")
    assert "0 finished answers" in page and "North" in page


def test_simulated_data_say_so_on_every_page(alice: Member) -> None:
    survey = published(alice, is_simulated=True)
    client = signed_in(alice)
    base = f"/o/acme/surveys/{survey.public_id}/"
    for address in ("/o/acme/", base, f"{base}report/", f"{base}import/", f"/s/{survey.public_id}/"):
        assert "Simulated data" in client.get(address).content.decode(), address


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [(72.25, 1, "72.3"), (0.0, 1, "0.0"), (-0.04, 1, "0.0"), (-1.25, 1, "−1.3"), (None, 1, "–")],
)
def test_figures_are_rounded_once_and_half_away_from_zero(
    value: float | None, digits: int, shown: str
) -> None:
    assert rounded(value, digits) == shown


def test_every_verdict_that_a_run_can_store_has_words_of_its_own() -> None:
    command_only = {
        "weighted_rows_left_out",
        "weighted_empty_rows_left_out",
        "moments_only",
        "filled_with_means",
        "covariances_ignored",
        "no_intervals",
    }
    assert set(ISSUES) == set(SENTENCES) - command_only
