"""The API: lists of an organisation's surveys, periods and runs, and the one thing it can ask for."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from indices.models import Estimate, Index, Run
from indices.runs import queue
from surveys.membership import invite
from surveys.models import Member, Period, Survey
from surveys.periods import add_wave
from tests.cast import PASSWORD, REGION, draft, joined, owner_of, published, signed_in, walk

pytestmark = pytest.mark.django_db
API = "/api/v1/organisations/acme/surveys/"


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org", "Asia/Taipei")


@pytest.fixture
def api(alice: Member) -> Client:
    return signed_in(alice)


@pytest.fixture
def survey(alice: Member) -> Survey:
    return published(alice, period_kind="waves", segments=[REGION])


@pytest.fixture
def wave(survey: Survey) -> Period:
    """A wave with an answer, so that there is something to ask for."""
    wave = add_wave(survey, "2025", None, None)
    walk(survey)
    survey.responses.update(period=wave)
    return wave


@pytest.fixture
def address(survey: Survey) -> str:
    return f"{API}{survey.public_id}/"


def key_of(survey: Survey) -> str:
    assert survey.current_version
    return survey.current_version.uses.get().measurement_key


def ask(client: Client, address: str, body: Any, **more: Any) -> Any:
    return client.post(f"{address}runs/", body, content_type="application/json", **more)


def problems(answer: Any) -> dict[str, str]:
    """The problem of each field, from an error in the one form that all errors have."""
    content = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert set(content) == {"title", "status", "problems"} and content["status"] == answer.status_code
    return {row["field"]: row["problem"] for row in content["problems"]}


def done(survey: Survey, period: Period, segment: str = "", value: float = 72.5) -> Run:
    run = queue.request(survey, period, key_of(survey), segment, Run.Trigger.MANAGER)
    Run.objects.filter(pk=run.pk).update(status=Run.Status.DONE, responses=250, seed=7)
    estimate = Estimate.objects.create(
        run=run, estimator="ml", status="ok", n=250, n_used=249, result={"status": "ok"}
    )
    Index.objects.create(estimate=estimate, construct="satisfaction", value=value, low=70, high=75)
    return run


def test_surveys_are_listed_newest_first(api: Client, alice: Member, survey: Survey) -> None:
    newer = draft(alice, name="Newer")
    content = api.get(API).json()
    assert [row["id"] for row in content["results"]] == [newer.public_id, survey.public_id]
    assert content["count"] == 2 and content["next"] is content["previous"] is None
    assert content["results"][1] == {
        "id": survey.public_id,
        "name": "Customers",
        "instruments": ["ecsi"],
        "state": "open",
        "period_kind": "waves",
        "is_simulated": False,
        "languages": ["en", "zh-hans", "zh-hant"],
        "link": f"http://127.0.0.1:8000/s/{survey.public_id}/",
    }


def test_periods_are_listed_in_the_order_of_time(api: Client, alice: Member) -> None:
    months = published(alice)
    for name, first, last in [
        ("2025-02", "2025-02-01", "2025-02-28"),
        ("2025-01", "2025-01-01", "2025-01-31"),
    ]:
        Period.objects.create(survey=months, name=name, first_day=first, last_day=last)
    rows = api.get(f"{API}{months.public_id}/periods/").json()["results"]
    assert [row["name"] for row in rows] == ["2025-01", "2025-02"]
    assert set(rows[0]) == {"id", "name", "first_day", "last_day", "state", "closed_at", "released_at"}
    assert (rows[0]["last_day"], rows[0]["state"]) == ("2025-01-31", "open")


def test_a_run_is_listed_with_all_that_it_stored(
    api: Client, address: str, survey: Survey, wave: Period
) -> None:
    run = done(survey, wave)
    (row,) = api.get(f"{address}runs/").json()["results"]
    assert row["id"] == run.public_id and row["period"]["id"] == wave.public_id
    assert (row["status"], row["responses"], row["seed"]) == ("done", 250, 7)
    (estimate,) = row["estimates"]
    assert (estimate["estimator"], estimate["n"], estimate["n_used"]) == ("ml", 250, 249)
    assert estimate["indices"] == [
        {"construct": "satisfaction", "index": 72.5, "se": None, "low": 70.0, "high": 75.0}
    ]


def test_times_are_given_in_utc_whatever_page_was_seen_before(
    api: Client, address: str, survey: Survey, wave: Period
) -> None:
    done(survey, wave)
    api.get("/o/acme/")
    (row,) = api.get(f"{address}runs/").json()["results"]
    assert row["queued_at"].endswith("Z")


def test_runs_are_filtered_by_period_segment_and_status(
    api: Client, address: str, survey: Survey, wave: Period
) -> None:
    other = add_wave(survey, "2026", None, None)
    everybody, north, later = done(survey, wave), done(survey, wave, "region:north"), done(survey, other)
    waiting = queue.request(survey, other, key_of(survey), "", Run.Trigger.MANAGER)

    def ids(**asked: str) -> list[str]:
        return [row["id"] for row in api.get(f"{address}runs/", asked).json()["results"]]

    assert ids() == [one.public_id for one in (waiting, later, north, everybody)]
    assert ids(period=wave.public_id) == [north.public_id, everybody.public_id]
    assert ids(segment="region:north") == [north.public_id]
    assert ids(segment="", status="done") == [later.public_id, everybody.public_id]
    assert ids(status="queued") == [waiting.public_id]
    assert ids(segment="region:nowhere") == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("status", "finished"), ("status", "' OR 1=1"), ("period", "A" * 22), ("period", "x" * 23),
     ("period", "\0"), ("segment", "x" * 91), ("segment", "\0")],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_refused_by_its_name(
    api: Client, address: str, field: str, value: str
) -> None:
    answer = api.get(f"{address}runs/", {field: value})
    assert answer.status_code == 400 and set(problems(answer)) == {field}


def test_lists_come_in_pages_of_bounded_length(
    api: Client, address: str, alice: Member, settings: Any
) -> None:
    for number in range(101):
        draft(alice, name=str(number))
    huge = api.get(API, {"limit": "1000000000000000000000"}).json()
    assert huge["count"] == 102 and len(huge["results"]) == 100
    rest = api.get(huge["next"]).json()
    assert len(rest["results"]) == 2 and rest["next"] is None
    assert len(api.get(API, {"limit": "3", "offset": "1"}).json()["results"]) == 3


@pytest.mark.parametrize("value", ["-1", "abc", "1e9", "9" * 30, "' OR 1=1", "\0", "٣"])
def test_a_strange_page_is_the_first_one_or_empty(api: Client, address: str, value: str) -> None:
    for field in ("limit", "offset"):
        answer = api.get(API, {field: value})
        assert answer.status_code == 200 and answer.json()["count"] == 1


def test_asking_for_indices_queues_everybody_and_each_segment_once(
    api: Client, address: str, wave: Period, alice: Member
) -> None:
    first = ask(api, address, {"period": wave.public_id})
    assert first.status_code == 202
    runs = first.json()["runs"]
    assert [run["segment"] for run in runs] == ["", "region:north", "region:south"]
    assert {(run["status"], run["trigger"], run["period"]["id"]) for run in runs} == {
        ("queued", "manager", wave.public_id)
    }
    assert ask(api, address, {"period": wave.public_id}).json() == first.json()
    assert Run.objects.count() == 3 and Run.objects.filter(requested_by=alice.user).count() == 3


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "period"), ({"period": None}, "period"), ({"period": ["x"]}, "period"), ({"period": 1.5}, "period"),
     ({"period": "A" * 22}, "period"), ({"period": "\0"}, "period"), ({"period": "\ud800"}, "period"),
     ([], ""), (["x"], ""), ("{", ""), ('{"period": NaN}', ""), ("[" * 100_000, ""), (b"\xff\xfe", "")],
)  # fmt: skip
def test_a_body_that_makes_no_sense_is_refused_by_its_field(
    api: Client, address: str, wave: Period, body: Any, field: str
) -> None:
    raw = body if isinstance(body, (str, bytes)) else json.dumps(body)
    answer = ask(api, address, raw)
    assert answer.status_code == 400 and set(problems(answer)) == {field}
    assert not Run.objects.exists()


def test_a_body_that_is_too_large_is_refused(api: Client, address: str, wave: Period) -> None:
    answer = ask(api, address, {"period": wave.public_id, "more": "x" * 2_000_000})
    assert answer.status_code == 413 and problems(answer) and not Run.objects.exists()


def test_fields_of_the_server_cannot_be_set_by_the_request(
    api: Client, address: str, survey: Survey, wave: Period
) -> None:
    forged = {"status": "done", "id": "chosen", "survey": "x", "segment": "a:b", "seed": 1, "revision": 99}
    ask(api, address, {"period": wave.public_id, **forged, "trigger": "schedule"})
    assert set(Run.objects.values_list("survey", "status", "seed", "revision", "trigger")) == {
        (survey.pk, "queued", None, 1, "manager")
    }


def test_a_survey_that_was_never_published_has_no_indices_to_ask_for(api: Client, alice: Member) -> None:
    unpublished = draft(alice, period_kind="waves")
    period = add_wave(unpublished, "2025", None, None)
    answer = ask(api, f"{API}{unpublished.public_id}/", {"period": period.public_id})
    assert answer.status_code == 400 and set(problems(answer)) == {"period"}


def test_a_viewer_reads_and_may_not_ask(alice: Member, address: str, wave: Period) -> None:
    viewer = signed_in(joined(alice, "bob@example.org", "viewer"))
    for path in (API, f"{address}periods/", f"{address}runs/"):
        assert viewer.get(path).status_code == 200
    answer = ask(viewer, address, {"period": wave.public_id})
    assert answer.status_code == 403 and problems(answer) and not Run.objects.exists()


def test_a_stranger_reads_nothing_and_learns_nothing(address: str) -> None:
    answers = [Client().get(path) for path in (API, f"{address}runs/", API.replace("acme", "nowhere"))]
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.content for answer in answers}) == 1 and problems(answers[0])


def test_a_post_with_a_cookie_but_no_token_is_refused(alice: Member, address: str, wave: Period) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice.user)
    assert ask(strict, address, {"period": wave.public_id}).status_code == 403
    assert not Run.objects.exists()
    strict.get("/account/")
    token = strict.cookies["csrftoken"].value
    answer = ask(strict, address, {"period": wave.public_id}, headers={"x-csrftoken": token})
    assert answer.status_code == 202


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"])
def test_only_json_is_taken(api: Client, address: str, wave: Period, kind: str) -> None:
    answer = api.post(f"{address}runs/", f"period={wave.public_id}", content_type=kind)
    assert answer.status_code == 415 and problems(answer) and not Run.objects.exists()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
def test_nothing_is_changed_or_removed_by_the_api(api: Client, address: str, method: str) -> None:
    for path in (API, f"{address}periods/", f"{address}runs/"):
        answer = api.generic(method, path)
        assert answer.status_code == 405 and problems(answer)


def test_no_answer_holds_a_secret(
    api: Client, alice: Member, address: str, survey: Survey, wave: Period
) -> None:
    token = invite(alice, "carol@example.org", "viewer").split("/")[-2]
    run = done(survey, wave)
    Run.objects.filter(pk=run.pk).update(claim="the-claim-of-a-worker", requested_by=alice.user)
    asked = ask(api, address, {"period": wave.public_id})
    seen = "".join(api.get(path).content.decode() for path in (API, f"{address}periods/", f"{address}runs/"))
    seen += asked.content.decode()
    described = Client().get("/api/v1/schema/").content.decode().replace("hmac.compare_digest", "")
    hidden = (
        token,
        PASSWORD,
        alice.user.password,
        "the-claim",
        "alice@example.org",
        "_digest",
        "lease_until",
    )
    assert not [word for word in hidden if word in seen + described] and "token" not in seen


def test_a_list_asks_the_database_as_often_for_many_runs_as_for_one(
    api: Client, address: str, survey: Survey, wave: Period, django_assert_num_queries: Any
) -> None:
    done(survey, wave)
    with CaptureQueriesContext(connection) as one:
        api.get(f"{address}runs/")
    for _more in range(5):
        done(survey, wave)
    with django_assert_num_queries(len(one)):
        api.get(f"{address}runs/")
