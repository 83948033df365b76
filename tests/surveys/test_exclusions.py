"""Single responses: who may look at them, what is shown, and how some are left out of the indices."""

import html
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections

from surveys.models import Exclusion, Member, Period, Response, Survey, TextAnswer
from surveys.responses.exclusions import NumberChanged, exclude, exclude_all, readmit
from surveys.responses.ids import response_id
from surveys.responses.listing import ROWS_A_PAGE
from surveys.selectors import excluded, item_columns
from tests.cast import REGION, joined, owner_of, published, signed_in, walk

pytestmark = pytest.mark.django_db
HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}"
WHY = {
    "code": "why",
    "type": "long",
    "text": {"en": "<b>Why</b>?", "zh-hans": "为什么？", "zh-hant": "為什麼？"},
}
NOON = datetime(2026, 3, 31, 12, 34, tzinfo=UTC)


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org", "Asia/Taipei")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return published(alice, segments=[REGION, WHY])


def answered(survey: Survey, **fields: Any) -> Response:
    defaults: dict[str, Any] = {
        "version": survey.versions.get(),
        "state": "finished",
        "language": "en",
        "answers": {"ecsi.image1": 7},
        "started_at": NOON - timedelta(seconds=200),
        "finished_at": NOON,
    }
    return Response.objects.create(survey=survey, **(defaults | fields))


def address(survey: Survey, response: Response | None = None) -> str:
    base = f"/o/acme/surveys/{survey.public_id}/responses/"
    return f"{base}{response_id(survey, response.pk)}/" if response else base


def page(member: Member, where: str, **query: str) -> str:
    answer = signed_in(member).get(where, query)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def listed(member: Member, survey: Survey, **query: str) -> list[int]:
    """The keys of the responses on one page of the list."""
    found = page(member, address(survey), **query)
    return [int(key) for key in re.findall(r'href="[^"]*/responses/(\d+)-[\w-]{22}/"', found)]


# -- leaving out and taking back in


def test_leaving_out_and_taking_back_in_are_remembered(alice: Member, survey: Survey) -> None:
    response = answered(survey)
    assert exclude(response, "a test", alice.user) and not exclude(response, "again", alice.user)
    assert Response.objects.get().is_excluded and response.is_excluded
    assert readmit(response, alice.user) and not readmit(response, alice.user)
    assert not Response.objects.get().is_excluded
    assert exclude(response, "after all", alice.user)
    history = [(one.reason, one.ended_at is None, one.ended_by) for one in Exclusion.objects.order_by("pk")]
    assert history == [("a test", False, alice.user), ("after all", True, None)]


def test_a_withdrawn_response_cannot_be_left_out(survey: Survey) -> None:
    response = answered(survey)
    Response.objects.all().delete()
    with pytest.raises(Response.DoesNotExist):
        exclude(response, "gone", None)
    with pytest.raises(Response.DoesNotExist):
        readmit(response, None)


def test_what_is_left_out_is_in_no_column_and_is_counted(alice: Member) -> None:
    survey = published(alice)
    walk(survey, 7)
    walk(survey, 3)
    use = survey.versions.get().uses.get()
    period = Period.objects.get()
    response = Response.objects.order_by("pk")[0]
    exclude(response, "a test", None)
    columns = item_columns(survey, use.instrument, use.measurement_key, period)
    assert set(columns.values[:, 0]) == {3} and excluded(survey, use.measurement_key, period) == 1
    readmit(response, None)
    assert len(item_columns(survey, use.instrument, use.measurement_key, period).values) == 2


def test_all_are_left_out_only_if_they_are_as_many_as_were_confirmed(survey: Survey) -> None:
    for _again in range(3):
        answered(survey, flags={"speed": 0.5})
    exclude(Response.objects.order_by("pk")[0], "by hand", None)
    fast = Response.objects.filter(flags__has_key="speed")
    with pytest.raises(NumberChanged) as refused:
        exclude_all(fast, "too fast", None, confirmed=3)
    assert refused.value.number == 2 and Exclusion.objects.count() == 1
    assert exclude_all(fast, "too fast", None, confirmed=2) == 2
    assert Response.objects.filter(is_excluded=True).count() == Exclusion.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_left_out_by_several_at_once_it_is_left_out_once(survey: Survey) -> None:
    response = answered(survey)

    def leave_out(number: int) -> bool:
        try:
            return exclude(Response(pk=response.pk), f"reason {number}", None)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(leave_out, range(8))) == 1
    assert Exclusion.objects.count() == 1


# -- the list


def test_a_viewer_sees_no_single_response(alice: Member, survey: Survey) -> None:
    response = answered(survey)
    viewer = signed_in(joined(alice, "vera@example.org", "viewer"))
    assert viewer.get(address(survey)).status_code == 403
    assert viewer.get(address(survey, response)).status_code == 403
    assert "Responses</a>" not in viewer.get(f"/o/acme/surveys/{survey.public_id}/").content.decode()


def test_the_newest_come_first_and_what_has_no_date_last(alice: Member, survey: Survey) -> None:
    undated = answered(survey, finished_at=None, started_at=None, origin="import")
    old = answered(survey, finished_at=NOON - timedelta(days=400), started_at=None, origin="import")
    new = answered(survey)
    answered(survey, state="started", finished_at=None)
    assert listed(alice, survey) == [new.pk, old.pk, undated.pk]


def test_walking_the_pages_shows_each_once_though_many_have_the_same_time(
    alice: Member, survey: Survey
) -> None:
    for number in range(2 * ROWS_A_PAGE + 7):
        answered(survey, finished_at=None if number % 3 == 0 else NOON, origin="import")
    walked: list[int] = []
    after = ""
    for _page in range(4):
        found = listed(alice, survey, after=after)
        walked += found
        after = response_id(survey, found[-1])
        if len(found) < ROWS_A_PAGE:
            break
    assert len(walked) == len(set(walked)) == 2 * ROWS_A_PAGE + 7


def test_where_the_last_one_was_withdrawn_the_list_begins_anew(alice: Member, survey: Survey) -> None:
    response = answered(survey)
    gone = response_id(survey, response.pk)
    response.delete()
    answer = signed_in(alice).get(address(survey), {"after": gone, "flag": "speed"})
    assert answer.status_code == 302 and answer.headers["Location"].endswith("/responses/?flag=speed")


def test_the_list_may_be_narrowed(alice: Member, survey: Survey) -> None:
    period = Period.objects.create(survey=survey, name="2026-03")
    fast = answered(survey, flags={"speed": 0.4}, segments={"region": "north"})
    same = answered(survey, flags={"duplicate": True}, period=period)
    plain = answered(survey, segments={"region": "south"})
    exclude(plain, "a test", None)
    everything = {fast.pk, same.pk, plain.pk}
    assert set(listed(alice, survey)) == everything
    assert set(listed(alice, survey, flag="flagged")) == {fast.pk, same.pk}
    assert listed(alice, survey, flag="duplicate") == [same.pk] and not listed(alice, survey, flag="straight")
    assert listed(alice, survey, period=period.public_id) == [same.pk]
    assert listed(alice, survey, segment="region:north") == [fast.pk]
    assert listed(alice, survey, status="left-out") == [plain.pk]
    assert set(listed(alice, survey, status="counted")) == everything - {plain.pk}
    assert listed(alice, survey, flag="speed", segment="region:south") == []


@pytest.mark.parametrize(
    "query", [{"flag": "' OR 1=1 --"}, {"period": "A" * 22}, {"segment": "region:east"}, {"status": "x"}]
)
def test_what_the_survey_does_not_have_is_a_404(alice: Member, survey: Survey, query: dict[str, str]) -> None:
    assert signed_in(alice).get(address(survey), query).status_code == 404


def test_flags_and_duration_are_said_in_words(alice: Member, survey: Survey) -> None:
    answered(survey, flags={"speed": 0.4, "straight": ["ecsi.image"]}, segments={"region": "north"})
    found = page(alice, address(survey))
    for said in ("0.4 s for each answer", "one point all through 1 page", "3 min 20 s", "North", "English"):
        assert said in found


# -- one response


def test_a_page_shows_every_answer_beside_its_question_and_keeps_what_is_missing_apart(
    alice: Member, survey: Survey
) -> None:
    answers = {"ecsi.image1": 0, "ecsi.image2": None, "ecsi.image3": "dk", "ecsi.image4": "hidden"}
    response = answered(survey, answers=answers | {"own.region": "south"})
    found = page(alice, address(survey, response))
    given = dict(re.findall(r"<code>([\w.]+)</code></dt><dd[^>]*>(.*?)(?: <span|</dd>)", found, re.S))
    assert given["ecsi.image1"] == "0" and given["ecsi.image2"] == "skipped"
    assert given["ecsi.image3"] == "don't know" and given["ecsi.image4"] == "not shown"
    assert given["ecsi.image5"] == "not asked" and given["own.region"] == "South"
    assert "Acme keeps its word" in found


def test_what_was_written_stays_text_in_a_confidential_survey(alice: Member) -> None:
    survey = published(alice, segments=[REGION, WHY], privacy="confidential")
    response = answered(survey)
    TextAnswer.objects.create(response=response, code="own.why", text=HOSTILE)
    exclude(response, HOSTILE, alice.user)
    content = signed_in(alice).get(address(survey, response)).content.decode()
    assert content.count("&lt;img src=x onerror=alert(1)&gt;{{7*7}}") == 2
    assert "<img" not in content and "&lt;b&gt;Why" in content and "<b>Why" not in content
    assert "2026-03-31 20:34" in content  # the organisation's time


def test_an_anonymous_response_shows_its_day_and_nothing_that_was_written(
    alice: Member, survey: Survey
) -> None:
    response = answered(survey)
    TextAnswer.objects.create(response=response, code="own.why", text="I am Bob of Elm Street")
    for where in (address(survey), address(survey, response)):
        found = page(alice, where)
        assert "2026-03-31" in found and "20:34" not in found and "Elm Street" not in found


def test_the_form_leaves_out_with_a_reason_and_takes_back_in(alice: Member, survey: Survey) -> None:
    response, client = answered(survey), signed_in(alice)
    where = address(survey, response)
    for empty in ("", "   "):
        assert client.post(where, {"do": "exclude", "reason": empty}).status_code == 200
        assert not Exclusion.objects.exists()
    assert client.post(where, {"do": "exclude", "reason": "x" * 501}).status_code == 200
    for _again in range(2):
        assert client.post(where, {"do": "exclude", "reason": "a colleague's test"}).status_code == 302
    assert Response.objects.get().is_excluded and Exclusion.objects.count() == 1
    assert "a colleague's test" in page(alice, where) and "alice@example.org" in page(alice, where)
    for _again in range(2):
        assert client.post(where, {"do": "readmit"}).status_code == 302
    assert not Response.objects.get().is_excluded and "taken back in" in page(alice, where)


def test_looking_changes_nothing(alice: Member, survey: Survey) -> None:
    response = answered(survey)
    page(alice, address(survey, response), do="exclude", reason="by address")
    assert not Exclusion.objects.exists()


def test_a_forged_id_and_one_that_is_not_finished_are_not_found(alice: Member, survey: Survey) -> None:
    response, client = answered(survey), signed_in(alice)
    started = answered(survey, state="started", finished_at=None)
    good = response_id(survey, response.pk)
    signature = good.partition("-")[2]
    other = published(alice, name="Other")
    for forged in (
        str(response.pk),
        f"{started.pk}-{signature}",
        f"{response.pk}-{'A' * 22}",
        f"0{good}",
        f"{10**30}-{signature}",
        response_id(other, response.pk),
        response_id(survey, started.pk),
    ):
        assert client.get(f"{address(survey)}{forged}/").status_code == 404, forged
    assert client.get(address(other) + good + "/").status_code == 404


# -- all with one flag


def test_all_with_a_flag_are_left_out_after_their_number_was_confirmed(alice: Member, survey: Survey) -> None:
    for _again in range(3):
        answered(survey, flags={"speed": 0.4})
    answered(survey, flags={"duplicate": True})
    client, where = signed_in(alice), f"{address(survey)}exclude/"
    assert "Leave out these 3 responses" in page(alice, address(survey), flag="speed")
    asked = client.post(where, {"flag": "speed"}).content.decode()
    assert "Leave 3 responses out of the indices?" in asked and not Exclusion.objects.exists()
    assert client.post(where, {"flag": "speed", "number": "3", "reason": ""}).status_code == 200
    again = client.post(where, {"flag": "speed", "number": "2", "reason": "too fast"})
    assert (
        again.status_code == 200 and b"Leave 3 responses" in again.content and not Exclusion.objects.exists()
    )
    assert client.post(where, {"flag": "speed", "number": "3", "reason": "too fast"}).status_code == 302
    assert Response.objects.filter(is_excluded=True).count() == Exclusion.objects.count() == 3
    assert "Leave out these" not in page(alice, address(survey), flag="speed")


@pytest.mark.parametrize("flag", ["", "flagged", "nothing"])
def test_only_one_flag_at_a_time_leaves_out_many(alice: Member, survey: Survey, flag: str) -> None:
    answered(survey)
    where = f"{address(survey)}exclude/"
    assert signed_in(alice).post(where, {"flag": flag, "number": "1", "reason": "x"}).status_code == 404
    assert not Exclusion.objects.exists()


def test_the_list_asks_the_database_a_few_times_however_many_there_are(
    alice: Member, survey: Survey, django_assert_max_num_queries: Any
) -> None:
    for _again in range(40):
        answered(survey, flags={"straight": ["ecsi.image"]}, segments={"region": "north"})
    client = signed_in(alice)
    with django_assert_max_num_queries(16):
        client.get(address(survey))
