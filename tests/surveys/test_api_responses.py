"""Single responses by the API: listed without a gap or a repeat, and left out with a reason."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from surveys.models import Exclusion, Member, Response, Survey
from surveys.periods import add_wave
from surveys.responses.ids import response_id
from tests.cast import joined, owner_of, page_of, published, signed_in
from tests.surveys.endpoints import everything
from tests.surveys.respond_cast import own

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org", "Asia/Taipei")


@pytest.fixture
def survey(alice: Member) -> Survey:
    asked = page_of(own("wish", "long"), own("visits", "number"))
    return published(alice, parts=[asked], words={}, period_kind="waves", privacy="confidential")


@pytest.fixture
def api(alice: Member) -> Client:
    return signed_in(alice)


@pytest.fixture
def address(survey: Survey) -> str:
    return f"/api/v1/organisations/acme/surveys/{survey.public_id}/responses/"


def stored(survey: Survey, **fields: Any) -> Response:
    finished: dict[str, Any] = {"state": "finished", "finished_at": timezone.now(), "language": "en"}
    return Response.objects.create(survey=survey, version=survey.versions.get(), **(finished | fields))


def listed(api: Client, address: str, **query: Any) -> list[str]:
    answer = api.get(address, query)
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def ids(survey: Survey, *responses: Response) -> list[str]:
    return [response_id(survey, one.pk) for one in responses]


def decide(api: Client, address: str, body: Any) -> Any:
    return api.patch(address, json.dumps(body), content_type="application/json")


def fields(answer: Any, status: int = 400) -> set[str]:
    assert answer.status_code == status, answer.content
    return {row["field"] for row in answer.json()["problems"]}


def test_pages_hold_each_response_once_whatever_happens_meanwhile(
    api: Client, address: str, survey: Survey
) -> None:
    """Imported answers have late keys and early times; some are withdrawn or come in between two pages."""
    now = timezone.now()
    rows = [stored(survey, finished_at=now - timedelta(days=(37 * n) % 250)) for n in range(250)]
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = api.get(address, {"limit": 40, **after}).json()
        seen += [row["id"] for row in page["results"]]
        Response.objects.filter(
            pk=int(seen[-1].partition("-")[0])
        ).delete()  # the very one paging goes on from
        stored(survey)
        if page["after"] is None:
            break
        after = {"after": page["after"]}
    assert seen == ids(survey, *reversed(rows))


def test_they_are_chosen_by_state_period_day_and_exclusion(api: Client, address: str, survey: Survey) -> None:
    wave = add_wave(survey, "2025", None, None)
    started = stored(survey, state="started", finished_at=None)
    # 2026-03-01 00:30 in Taipei, the day before in UTC
    march = stored(survey, finished_at=datetime(2026, 2, 28, 16, 30, tzinfo=UTC), period=wave)
    april = stored(survey, finished_at=datetime(2026, 4, 1, tzinfo=UTC), is_excluded=True)
    imported = stored(survey, finished_at=None, origin="import", period=wave)
    for query, expected in [
        ({}, [imported, april, march, started]),
        ({"state": "started"}, [started]),
        ({"state": "finished"}, [imported, april, march]),
        ({"period": wave.public_id}, [imported, march]),
        ({"finished_from": "2026-03-01"}, [april, march]),
        ({"finished_from": "2026-03-02"}, [april]),
        ({"is_excluded": "true"}, [april]),
        ({"is_excluded": "false", "state": "finished"}, [imported, march]),
        ({"after": ids(survey, april)[0]}, [march, started]),
    ]:
        assert listed(api, address, **query) == ids(survey, *expected), query


@pytest.mark.parametrize(
    ("field", "value"),
    [("state", "done"), ("period", "A" * 22), ("period", "\0"), ("finished_from", "yesterday"),
     ("finished_from", "0001-01-01"), ("finished_from", "9999-12-31"), ("is_excluded", "perhaps"),
     ("after", "1"), ("after", "1-" + "A" * 22), ("after", "' OR 1=1"), ("limit", "0"), ("limit", "101"),
     ("limit", "9" * 30)],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_refused_by_its_name(
    api: Client, address: str, survey: Survey, field: str, value: str
) -> None:
    assert fields(api.get(address, {field: value})) == {field}


def test_a_foreign_period_or_place_is_refused_like_one_that_does_not_exist(
    api: Client, address: str, survey: Survey
) -> None:
    other = published(owner_of("globex", "gina@example.org"), period_kind="waves")
    place = ids(other, stored(other))[0]
    for field, foreign, absent in [
        ("period", add_wave(other, "2025", None, None).public_id, "A" * 22),
        ("after", place, "1-" + "A" * 22),
    ]:
        answers = [api.get(address, {field: value}) for value in (foreign, absent)]
        assert fields(answers[0]) == {field} and answers[0].content == answers[1].content
    assert api.get(f"{address}{place}/").status_code == 404


def test_it_asks_the_database_as_often_for_many_as_for_one(
    api: Client, address: str, survey: Survey, django_assert_num_queries: Any
) -> None:
    stored(survey)
    with CaptureQueriesContext(connection) as one:
        api.get(address)
    for _more in range(20):
        stored(survey)
    with django_assert_num_queries(len(one)):
        api.get(address)


def test_one_is_shown_with_its_answers_and_texts(api: Client, address: str, survey: Survey) -> None:
    response = stored(
        survey, answers={"own.visits": 0}, finished_at=datetime(2026, 2, 28, 16, 30, tzinfo=UTC)
    )
    response.texts.create(code="own.wish", text="<b>Open earlier</b>")
    shown = api.get(f"{address}{ids(survey, response)[0]}/").json()
    assert shown["answers"] == {"own.visits": 0} and shown["texts"] == {"own.wish": "<b>Open earlier</b>"}
    assert (shown["finished_at"], shown["finished_on"]) == ("2026-02-28T16:30:00Z", "2026-03-01")


def test_of_an_anonymous_one_neither_time_nor_words_are_told(
    api: Client, address: str, survey: Survey
) -> None:
    Survey.objects.update(privacy="anonymous")
    response = stored(survey, started_at=timezone.now(), finished_at=datetime(2026, 3, 1, 5, 6, tzinfo=UTC))
    response.texts.create(code="own.wish", text="It is me, Alice.")
    for answer in (api.get(address), api.get(f"{address}{ids(survey, response)[0]}/")):
        shown = answer.json().get("results", [answer.json()])[0]
        assert shown["started_at"] is shown["finished_at"] is None and shown["finished_on"] == "2026-03-01"
        assert b"Alice" not in answer.content and b"05:06" not in answer.content


def test_leaving_out_and_taking_back_in_twice_each(
    api: Client, alice: Member, address: str, survey: Survey
) -> None:
    response = stored(survey)
    own_address = f"{address}{ids(survey, response)[0]}/"
    for reason in ("a test", "another reason"):
        shown = decide(api, own_address, {"is_excluded": True, "reason": reason}).json()
        assert shown["is_excluded"] and [one["reason"] for one in shown["exclusions"]] == ["a test"]
    for _time in range(2):
        shown = decide(api, own_address, {"is_excluded": False}).json()
        assert not shown["is_excluded"] and shown["exclusions"][0]["ended_at"]
    exclusion = Exclusion.objects.get()
    assert exclusion.excluded_by == exclusion.ended_by == alice.user


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "is_excluded"), ({"is_excluded": True}, "reason"), ({"is_excluded": True, "reason": " "}, "reason"),
     ({"is_excluded": True, "reason": "x" * 501}, "reason"), ({"is_excluded": None}, "is_excluded"),
     ({"is_excluded": False, "state": "started"}, "state"),
     ({"is_excluded": True, "reason": "x", "answers": {}}, "answers")],
)  # fmt: skip
def test_a_decision_that_makes_no_sense_changes_nothing(
    api: Client, address: str, survey: Survey, body: Any, field: str
) -> None:
    own_address = f"{address}{ids(survey, stored(survey))[0]}/"
    before = everything()
    assert fields(decide(api, own_address, body)) == {field}
    assert everything() == before


def test_one_that_is_not_finished_or_was_withdrawn_is_not_there(
    api: Client, address: str, survey: Survey
) -> None:
    started, gone = stored(survey, state="started", finished_at=None), stored(survey)
    (of_started, of_gone) = ids(survey, started, gone)
    gone.delete()
    for one in (of_started, of_gone, "1", f"{started.pk}", f"{started.pk}-{'A' * 22}"):
        assert api.get(f"{address}{one}/").status_code == 404
        assert decide(api, f"{address}{one}/", {"is_excluded": True, "reason": "x"}).status_code == 404


def test_a_viewer_sees_no_single_response(alice: Member, address: str, survey: Survey) -> None:
    viewer = signed_in(joined(alice, "bob@example.org", "viewer"))
    for path in (address, f"{address}{ids(survey, stored(survey))[0]}/"):
        assert viewer.get(path).status_code == 403
