"""What a worked run stores: the reference figures, reproducibly, or a verdict and no figure."""

import json
from typing import Any

import pytest
from django.test import Client

from indices.models import Estimate, Index, Run
from indices.report.structural import Report
from indices.runs import queue
from indices.runs.compute import compute
from indices.runs.schedule import request_period
from indices.selectors import series
from indices.tasks import work
from surveys.blocks.folding import rebuild
from surveys.models import Member, Response, Survey
from tests.cast import (
    REFERENCE,
    REGION,
    answers_to,
    key_in,
    owner_of,
    published,
    signed_in,
    walk,
    with_mobi_answers,
)

# Real transactions: a lease is renewed by a thread of its own, which must be able to write.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.figures]


@pytest.fixture
def mobi() -> Survey:
    return with_mobi_answers(owner_of("acme", "alice@example.org"))


def worked(survey: Survey, segment: str = "") -> Run:
    key = survey.versions.get().uses.get().measurement_key
    run = queue.request(survey, survey.periods.get(), key, segment, Run.Trigger.MANAGER)
    work(run.pk)
    run.refresh_from_db()
    return run


def result(run: Run, estimator: str) -> dict[str, Any]:
    stored: dict[str, Any] = run.estimates.get(estimator=estimator).result
    return stored


def test_the_published_answers_give_the_published_figures(mobi: Survey) -> None:
    run = worked(mobi)
    assert (run.status, run.responses, run.progress) == (Run.Status.DONE, 250, 1)
    ml = Index.objects.get(estimate__estimator="ml", construct="satisfaction")
    assert ml.value == pytest.approx(72.222, abs=0.001) and ml.low and ml.high and ml.low < 72 < ml.high
    expected = {"satisfaction": 72.454, "loyalty": 70.914, "image": 73.528, "expectations": 72.474,
                "quality": 74.977, "value": 62.347, "complaints": 67.422}  # fmt: skip
    stored = Index.objects.filter(estimate__estimator="pls").values_list("construct", "value")
    assert dict(stored) == pytest.approx(expected, abs=0.001)


def test_the_stored_paths_are_those_of_lavaan(mobi: Survey) -> None:
    lavaan = json.loads((REFERENCE / "cb_lavaan_mobi_ML.json").read_text(encoding="utf-8"))
    names = {"Image": "image", "Expectation": "expectations", "Quality": "quality", "Value": "value",
             "Satisfaction": "satisfaction", "CUSCO": "complaints", "Loyalty": "loyalty"}  # fmt: skip
    expected = {
        (names[row["rhs"]], names[row["lhs"]]): row["std.all"]
        for row in lavaan["parameters"]
        if row["op"] == "~"
    }
    paths = {(row["from"], row["to"]): row["std"] for row in result(worked(mobi), "ml")["paths"]}
    assert paths == pytest.approx(expected, abs=1e-3)


def test_a_run_keeps_what_is_needed_to_compute_it_again(mobi: Survey) -> None:
    first = worked(mobi)
    second = worked(mobi)
    assert (first.revision, second.revision) == (1, 2)
    assert first.fingerprint == second.fingerprint and first.seed == second.seed
    assert "satisfaction ~ image + expectations + quality + value" in first.model
    assert set(first.versions) == {"barometer", "semopy", "numpy", "scipy", "pandas"}
    for estimator in ("ml", "pls"):
        assert result(first, estimator) == result(second, estimator)


def test_the_fingerprint_is_of_the_answers_not_of_their_order(mobi: Survey) -> None:
    first = worked(mobi)
    newest, oldest = Response.objects.order_by("-pk")[0], Response.objects.order_by("pk")[0]
    newest.answers, oldest.answers = oldest.answers, newest.answers
    newest.save(), oldest.save()
    rebuild(mobi)  # nothing in the service changes what was handed in
    assert worked(mobi).fingerprint == first.fingerprint
    newest.answers["ecsi.image1"] = 1 if newest.answers["ecsi.image1"] != 1 else 2
    newest.save()
    rebuild(mobi)
    assert worked(mobi).fingerprint != first.fingerprint


def test_too_few_answers_give_a_verdict_and_no_index() -> None:
    survey = published(owner_of("acme", "alice@example.org"))
    walk(survey)
    run = worked(survey)
    assert run.status == Run.Status.DONE and not Index.objects.exists()
    assert {estimate.status for estimate in run.estimates.all()} == {"too_few"}


def with_gaps(survey: Survey) -> None:
    """Every tenth customer skips a question on the image, another tenth one on loyalty."""
    for place, response in enumerate(Response.objects.filter(version__survey=survey).order_by("pk")):
        if place % 10 < 2:
            response.answers[("ecsi.image1", "ecsi.loyalty1")[place % 10]] = None
            response.save()


def test_customers_who_skipped_a_question_count_too(mobi: Survey) -> None:
    complete = result(worked(mobi), "pls")
    with_gaps(mobi)
    run = worked(mobi)
    assert run.settings["missing"] == "fiml"
    for estimator in ("ml", "pls"):
        assert (result(run, estimator)["n"], result(run, estimator)["n_used"]) == (250, 250)
    for one, other in zip(result(run, "pls")["indices"], complete["indices"], strict=True):
        assert one["index"] == pytest.approx(other["index"], abs=0.5)
    address = f"/o/acme/surveys/{mobi.public_id}/report/"
    page = signed_in(Member.objects.get()).get(address).content.decode()
    assert "full information" in page and "listwise" not in page


def test_where_gaps_cannot_be_bridged_only_complete_answers_count_and_this_is_said(
    mobi: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_gaps(mobi)
    monkeypatch.setattr("scoring.structural.patterns.LARGEST_SIZE", 1)
    run = worked(mobi)
    for estimator in ("ml", "pls"):
        found = result(run, estimator)
        assert found["n_used"] == 200
        assert [one["code"] for one in found["issues"]][:3] == [
            "gaps_too_many", "complete_only", "rows_left_out"
        ]  # fmt: skip
    assert result(run, "pls")["status"] == "ok"
    stored = series(mobi, run.measurement_key)[0]
    assert Report(stored, mobi.versions.get(), "en").missing == "listwise"


def test_missing_answers_are_told_apart_and_counted() -> None:
    survey = published(owner_of("acme", "alice@example.org"))
    walk(survey, "dk"), walk(survey, ""), walk(survey, 5)
    run = worked(survey)
    assert run.responses == 3
    assert run.missing["image1"] == {"dont_know": 1, "skipped": 1}


def test_a_segment_counts_only_its_own_and_unfinished_answers_count_nowhere() -> None:
    survey = published(owner_of("acme", "alice@example.org"), segments=[REGION])
    walk(survey)
    walk(survey)
    Response.objects.filter(pk=Response.objects.order_by("pk")[0].pk).update(segments={"region": "south"})
    client = Client()
    address = f"/s/{survey.public_id}/"
    key = key_in(client.get(address))
    client.post(address, {"key": key, "page": "1", "next": "1", **answers_to(survey)[0]})
    assert worked(survey).responses == 2
    assert worked(survey, "region:south").responses == 1


def test_asking_for_a_period_asks_for_every_segment() -> None:
    survey = published(owner_of("acme", "alice@example.org"), segments=[REGION])
    walk(survey)
    key = survey.versions.get().uses.get().measurement_key
    runs = request_period(survey, survey.periods.get(), key, Run.Trigger.MANAGER)
    assert [run.segment for run in runs] == ["", "region:north", "region:south"]


def test_a_worker_that_lost_its_claim_stores_nothing(mobi: Survey) -> None:
    key = mobi.versions.get().uses.get().measurement_key
    run = queue.request(mobi, mobi.periods.get(), key, "", Run.Trigger.MANAGER)
    stale = queue.claim(run.pk)
    assert stale
    Run.objects.update(claim="somebody else")
    with pytest.raises(queue.ClaimLost):
        compute(stale)
    assert not Estimate.objects.exists()


def test_a_message_that_comes_twice_works_the_run_once(mobi: Survey) -> None:
    run = worked(mobi)
    ended = run.ended_at
    work(run.pk)
    run.refresh_from_db()
    assert run.ended_at == ended and run.attempts == 1 and run.estimates.count() == 2


def test_what_did_not_apply_is_never_filled_in(mobi: Survey) -> None:
    before = worked(mobi)
    ids = list(Response.objects.order_by("pk").values_list("pk", flat=True)[:5])
    for response in Response.objects.filter(pk__in=ids):
        response.answers["ecsi.complaints1"] = "na"
        response.save()
    rebuild(mobi)
    run = worked(mobi)
    ml = result(run, "ml")
    assert run.fingerprint != before.fingerprint and run.missing["complaints1"] == {"not_applicable": 5}
    assert (run.responses, ml["n"], ml["n_used"]) == (250, 250, 245)
    assert ml["issues"][0]["code"] == "inapplicable_left_out" and ml["issues"][0]["params"] == {"count": 5}
