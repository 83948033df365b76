"""No more finished answers of a kind of people are taken than wanted, and who is turned away loses none."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from surveys.channels.addresses import token_of
from surveys.models import Invitation, Member, Quota, QuotaPlace, Response, Survey, TurnedAway
from surveys.periods import add_wave
from surveys.publishing import publish
from surveys.quotas import keeping
from surveys.quotas.places import LATE, fill_late
from surveys.quotas.standing import Outlook, standings
from surveys.responses.exclusions import exclude, readmit
from surveys.responses.invitations import make_links, withdraw_links
from tests.cast import REGION, owner_of, page_of
from tests.surveys.endpoints import everything
from tests.surveys.respond_cast import Respondent, address, asking, options, own, rating

pytestmark = pytest.mark.django_db
STAGE = {**REGION, "code": "stage"}
NORTH, SOUTH = {"own.region": "north"}, {"own.region": "south"}
FULL = b"has enough answers already"


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


def two_pages(member: Member, **fields: Any) -> Survey:
    """Page one asks for region, grade and a word; two for a mark, and after a low grade for the stage."""
    low = [{"question": "own.grade", "operator": "at_most", "values": [2]}]
    first = page_of(REGION, rating("grade"), own("wish", "long"), code="one")
    return asking(member, first, page_of(rating("mark"), {**STAGE, "show_if": low}, code="two"), **fields)


@pytest.fixture
def survey(alice: Member) -> Survey:
    return two_pages(alice)


def finish(survey: Survey, region: dict[str, str], query: str = "", **more: str) -> Any:
    one = Respondent(survey, query)
    one.send("own.one", region)
    return one.send("own.two", {"own.mark": "9", **more})


def taken(quota: Quota) -> int:
    return standings(quota.survey, [quota])[0].taken


def turned_away(quota: Quota) -> int:
    return standings(quota.survey, [quota])[0].turned_away


def finished(survey: Survey) -> int:
    return survey.responses.filter(state="finished").count()


# -- turned away


def test_whoever_belongs_to_a_full_quota_is_thanked_as_soon_as_it_is_known(survey: Survey) -> None:
    quota = keeping.make(survey, {"region": "north"}, 1)
    assert b"Thank you</h1>" in finish(survey, NORTH).content
    late = Respondent(survey)
    page = late.send("own.one", {**NORTH, "own.wish": "More"})
    assert page.status_code == 403 and FULL in page.content and b"<form" not in page.content
    assert b"kept as an unfinished questionnaire" in page.content and not re.search(
        rb"\b[01] of|quota", page.content
    )
    kept = Response.objects.get(state="started")
    assert kept.segments == {"region": "north"} and kept.texts.get().text == "More" and kept.page == ""
    assert not kept.finished_at and not kept.period and not kept.withdrawal_digest
    for _click in range(3):
        late.send("own.one", {**NORTH, "own.wish": "More"})
    assert (taken(quota), turned_away(quota)) == (1, 1)


def test_others_and_who_does_not_say_are_taken(survey: Survey) -> None:
    quota = keeping.make(survey, {"region": "north"}, 1)
    for region in (NORTH, SOUTH, {}, SOUTH):
        assert finish(survey, region).status_code == 200
    assert (finished(survey), taken(quota), turned_away(quota)) == (4, 1, 0)


def test_it_may_get_full_while_somebody_is_under_way(survey: Survey) -> None:
    quota = keeping.make(survey, {"region": "north"}, 1)
    late = Respondent(survey)
    late.send("own.one", {**NORTH, "own.grade": "1", "own.wish": "More"})
    finish(survey, NORTH)
    page = late.send("own.two", {"own.mark": "1", "own.stage": "north"})
    assert page.status_code == 403 and FULL in page.content
    kept = Response.objects.get(state="started")
    assert kept.answers["own.mark"] == 1 and kept.segments == {"region": "north", "stage": "north"}
    assert kept.flags == {} and not kept.finished_at and turned_away(quota) == 1


def test_the_same_form_goes_on_once_there_is_room(survey: Survey) -> None:
    quota = keeping.make(survey, {"region": "north"}, 1)
    finish(survey, NORTH)
    late = Respondent(survey)
    late.send("own.one", NORTH)
    keeping.change(quota, most=2)
    assert late.send("own.one", NORTH).status_code == 200
    assert b"Thank you" in late.send("own.two", {"own.mark": "9"}).content
    assert (finished(survey), taken(quota), turned_away(quota)) == (2, 2, 0)


def test_a_slip_can_be_put_right(survey: Survey) -> None:
    quota = keeping.make(survey, {"region": "north"}, 1)
    finish(survey, NORTH)
    late = Respondent(survey)
    late.send("own.one", NORTH)
    assert late.send("own.one", SOUTH).status_code == 200 and turned_away(quota) == 0
    assert late.send("own.two", {"own.mark": "9"}).status_code == 200


def test_an_answer_that_the_script_saves_is_kept_and_told_to_be_one_too_many(survey: Survey) -> None:
    keeping.make(survey, {"region": "north"}, 1)
    finish(survey, NORTH)
    saved = Respondent(survey).save("own.one", NORTH)
    assert saved.status_code == 200 and saved.json() == {"state": "full"}
    assert Response.objects.get(state="started").answers == NORTH


def test_whoever_has_finished_is_never_told_that_it_is_full(survey: Survey) -> None:
    keeping.make(survey, {}, 2)
    one = Respondent(survey)
    one.send("own.one", NORTH)
    one.send("own.two", {"own.mark": "9"})
    query = "?" + make_links(survey, 1)[0].partition("?")[2]
    invited = Respondent(survey, query)
    invited.send("own.one", NORTH)
    invited.send("own.two", {"own.mark": "9"})
    assert Client().get(address(survey)).status_code == 403
    before = everything()
    assert b"Thank you</h1>" in one.send("own.two", {"own.mark": "9"}).content
    changed = one.send("own.two", {"own.mark": "8"})
    assert changed.status_code == 409 and b"Already handed in" in changed.content
    again = Client().get(address(survey) + query)
    assert again.status_code == 410 and b"Already handed in" in again.content
    assert one.save("own.one", SOUTH).json() == {"state": "finished"}
    assert everything() == before


@pytest.mark.parametrize("embed", ["", "&embed=1"])
def test_who_comes_from_a_channel_is_not_even_asked(survey: Survey, embed: str) -> None:
    survey.frame_origins = ["https://www.example.org"]
    survey.save()
    quota = keeping.make(survey, {"region": "north"}, 1)
    channel = survey.channels.create(name="Counter", segments={"region": "north"})
    other = survey.channels.create(name="Other", segments={"region": "south"})
    finish(survey, NORTH)
    before = everything()
    page = Client().get(f"{address(survey)}?c={token_of(channel)}{embed}")
    assert page.status_code == 403 and FULL in page.content and b"Nothing of your visit" in page.content
    framed = page.headers["Content-Security-Policy"]
    assert ("https://www.example.org" in framed) == bool(embed) and not page.cookies
    assert Client().get(f"{address(survey)}?c={token_of(other)}{embed}").status_code == 200
    assert Client().get(address(survey)).status_code == 200
    assert everything() == before and turned_away(quota) == 0


def test_what_the_channel_knows_takes_a_place(survey: Survey) -> None:
    quota = keeping.make(survey, {"region": "north"}, 5)
    channel = survey.channels.create(name="Counter", segments={"region": "north"})
    finish(survey, {}, f"?c={token_of(channel)}")
    finish(survey, SOUTH, f"?c={token_of(channel)}")
    assert taken(quota) == 1


def test_a_personal_link_that_was_begun_is_not_asked_on(survey: Survey) -> None:
    quota = keeping.make(survey, {"region": "north"}, 1)
    query = "?" + make_links(survey, 1)[0].partition("?")[2]
    Respondent(survey, query).send("own.one", NORTH)
    finish(survey, NORTH)
    page = Client().get(address(survey) + query)
    assert page.status_code == 403 and b"kept as an unfinished" in page.content
    assert not Invitation.objects.get().is_finished
    keeping.change(quota, is_active=False)
    one = Respondent(survey, query)
    assert one.send("own.two", {"own.mark": "9"}).status_code == 200 and Invitation.objects.get().is_finished


def test_what_a_condition_hides_in_the_end_belongs_to_no_quota(survey: Survey) -> None:
    quota = keeping.make(survey, {"stage": "north"}, 1)
    one = Respondent(survey)
    one.send("own.one", {**NORTH, "own.grade": "1"})
    one.save("own.two", {"own.stage": "north"})
    one.send("own.one", {**NORTH, "own.grade": "9"})
    assert one.send("own.two", {"own.mark": "9"}).status_code == 200
    assert Response.objects.get().segments == {"region": "north"} and taken(quota) == 0


def test_a_quota_of_several_segments_is_about_those_who_have_all(survey: Survey) -> None:
    quota = keeping.make(survey, {"region": "north", "stage": "south"}, 1)
    low, stage = {"own.grade": "1"}, {"own.stage": "south"}
    for region, more in [(NORTH, {}), (SOUTH | low, stage), (NORTH | low, stage)]:
        assert finish(survey, region, **more).status_code == 200
    assert finish(survey, NORTH | low, **stage).status_code == 403 and taken(quota) == 1


# -- what counts


def test_answers_that_are_there_count_in_a_new_quota(survey: Survey) -> None:
    for region in (NORTH, NORTH, SOUTH, {}):
        finish(survey, region)
    Respondent(survey).send("own.one", NORTH)
    survey.responses.create(
        version=survey.current_version, origin="import", state="finished", language="en",
        segments={"region": "north"},
    )  # fmt: skip
    quota, everybody = keeping.make(survey, {"region": "north"}, 1), keeping.make(survey, {}, 9)
    assert (taken(quota), taken(everybody)) == (2, 4)
    assert finish(survey, NORTH).status_code == 403


def test_what_is_withdrawn_or_left_out_frees_its_place(survey: Survey, alice: Member) -> None:
    quota = keeping.make(survey, {"region": "north"}, 1)
    code = re.search(r'id="code" value="([^"]+)"', finish(survey, NORTH).content.decode())
    assert code and finish(survey, NORTH).status_code == 403
    Client().post("/withdraw/", {"code": code[1]})
    assert taken(quota) == 0 and finish(survey, NORTH).status_code == 200
    one = survey.responses.get(state="finished")
    exclude(one, "a test", alice.user)
    assert taken(quota) == 0 and finish(survey, NORTH).status_code == 200
    readmit(one, alice.user)  # never fails
    assert taken(quota) == 2 and finish(survey, NORTH).status_code == 403


def test_a_paused_quota_counts_on_and_refuses_nobody(survey: Survey) -> None:
    quota = keeping.make(survey, {"region": "north"}, 1)
    keeping.change(quota, is_active=False)
    finish(survey, NORTH)
    finish(survey, NORTH)
    assert taken(quota) == 2 and turned_away(quota) == 0
    keeping.change(quota, is_active=True)
    assert finish(survey, NORTH).status_code == 403


def test_removing_one_frees_everybody_and_touches_no_answer(survey: Survey) -> None:
    quota = keeping.make(survey, {}, 1)
    finish(survey, NORTH)
    assert Client().get(address(survey)).status_code == 403
    answers = list(Response.objects.values())
    keeping.remove(quota)
    keeping.remove(quota)
    assert not QuotaPlace.objects.exists() and list(Response.objects.values()) == answers
    assert finish(survey, NORTH).status_code == 200


def test_each_period_starts_anew(alice: Member) -> None:
    survey = two_pages(alice, period_kind="day")
    quota = keeping.make(survey, {"region": "north"}, 1, "period")
    finish(survey, NORTH)
    assert finish(survey, NORTH).status_code == 403
    yesterday = timezone.now() - timedelta(days=1)
    before = survey.periods.create(
        name=yesterday.date().isoformat(), first_day=yesterday.date(), last_day=yesterday.date()
    )
    QuotaPlace.objects.update(period=before)  # the day has passed
    Response.objects.filter(state="finished").update(period=before, finished_at=yesterday)
    assert taken(quota) == 0 and finish(survey, NORTH).status_code == 200
    made_later = keeping.make(survey, {}, 1, "period")
    assert taken(made_later) == 1


def test_what_lies_in_no_wave_takes_no_place_until_the_wave_is_named(alice: Member) -> None:
    survey = two_pages(alice, period_kind="waves")
    quota = keeping.make(survey, {"region": "north"}, 1, "period")
    finish(survey, NORTH)
    finish(survey, NORTH)
    assert taken(quota) == 0
    today = timezone.now().date()
    add_wave(survey, "Spring", today, today + timedelta(days=30))
    assert taken(quota) == 2 and finish(survey, NORTH).status_code == 403


def test_an_option_that_is_offered_no_more_leaves_a_quota_that_matches_nobody(
    survey: Survey, alice: Member
) -> None:
    quota = keeping.make(survey, {"region": "north"}, 1)
    begun = Respondent(survey)
    survey.parts[0]["questions"][0] = {**REGION, "options": options("south", "west")}
    survey.save()
    publish(survey, alice.user)
    assert standings(survey, [quota])[0].outlook == Outlook.UNKNOWN
    assert finish(survey, SOUTH).status_code == 200
    begun.send("own.one", NORTH)  # who began with the earlier version still belongs to it
    assert begun.send("own.two", {"own.mark": "9"}).status_code == 200 and taken(quota) == 1


def test_who_could_not_see_the_quota_while_it_was_made_counts(survey: Survey) -> None:
    quota = keeping.make(survey, {"region": "north"}, 1)
    finish(survey, NORTH)
    QuotaPlace.objects.all().delete()  # as if the quota had been made while that one was handed in
    assert finish(survey, NORTH).status_code == 403
    assert taken(quota) == finished(survey) == 1
    QuotaPlace.objects.all().delete()
    Quota.objects.update(created_at=timezone.now() - 3 * LATE)
    finish(survey, NORTH)  # what came long after the quota was made is not looked for
    quota.refresh_from_db()
    assert quota.is_settled and taken(quota) == 1


# -- programs


def test_a_program_is_told_and_may_send_again_later(survey: Survey) -> None:
    quota = keeping.make(survey, {"region": "north"}, 1)
    finish(survey, NORTH)
    where = f"/api/v1/questionnaires/{survey.public_id}/responses/"
    body = {"key": "a-key-of-a-program", "answers": {**NORTH, "own.mark": 9}}
    for _time in range(2):
        sent = Client().post(where, body, content_type="application/json")
        assert sent.status_code == 403 and [one["field"] for one in sent.json()["problems"]] == ["quota"]
    assert turned_away(quota) == 1
    keeping.change(quota, most=2)
    for status in (201, 200):
        assert Client().post(where, body, content_type="application/json").status_code == status
    assert (finished(survey), taken(quota), turned_away(quota)) == (2, 2, 0)


def test_a_personal_link_stays_good_for_whom_is_turned_away(survey: Survey) -> None:
    keeping.make(survey, {"region": "north"}, 1)
    finish(survey, NORTH)
    token = make_links(survey, 1)[0].partition("?t=")[2]
    body = {"key": "a-key-of-a-program", "t": token, "answers": {**NORTH, "own.mark": 9}}
    where = f"/api/v1/questionnaires/{survey.public_id}/responses/"
    assert Client().post(where, body, content_type="application/json").status_code == 403
    assert not Invitation.objects.get().is_finished


# -- at once


def at_once(calls: list[Any]) -> list[Any]:
    def run(call: Any) -> Any:
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_exactly_as_many_are_taken_as_there_are_places(survey: Survey) -> None:
    everybody = keeping.make(survey, {}, 12)
    north, south = keeping.make(survey, {"region": "north"}, 5), keeping.make(survey, {"region": "south"}, 9)
    people = [(Respondent(survey), region) for region in (NORTH, SOUTH) for _ in range(13)]
    for one, region in people:
        assert one.send("own.one", {**region, "own.wish": "Mine"}).status_code == 200
    seen = at_once([lambda one=one: one.send("own.two", {"own.mark": "9"}).status_code for one, _ in people])
    assert seen.count(200) == finished(survey) and seen.count(403) == 26 - seen.count(200)
    assert taken(everybody) == finished(survey) == 12 and taken(north) <= 5 and taken(south) <= 9
    assert taken(north) + taken(south) == 12
    left = survey.responses.filter(state="started")
    assert left.count() == 14 == TurnedAway.objects.values("response").distinct().count()
    assert all(one.answers["own.mark"] == 9 and one.texts.get().text == "Mine" for one in left)
    assert QuotaPlace.objects.count() == 24


@pytest.mark.django_db(transaction=True)
def test_many_new_respondents_at_once_do_not_overshoot_either(alice: Member) -> None:
    survey = asking(alice, page_of(REGION))
    quota = keeping.make(survey, {"region": "north"}, 5)
    people = [Respondent(survey) for _ in range(24)]
    seen = at_once([lambda one=one: one.send("own.about_you", NORTH).status_code for one in people])
    assert sorted(seen) == [200] * 5 + [403] * 19
    assert (taken(quota), turned_away(quota), finished(survey), Response.objects.count()) == (5, 19, 5, 24)


@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_many_times_at_once_takes_one_place(alice: Member) -> None:
    survey = asking(alice, page_of(REGION))
    quota = keeping.make(survey, {"region": "north"}, 1)
    one = Respondent(survey)
    seen = at_once([lambda: one.send("own.about_you", NORTH).status_code] * 12)
    assert set(seen) == {200} and (taken(quota), turned_away(quota), Response.objects.count()) == (1, 0, 1)


@pytest.mark.django_db(transaction=True)
def test_nothing_waits_in_a_circle_whatever_else_goes_on(survey: Survey, alice: Member) -> None:
    quotas = [keeping.make(survey, {"region": region}, 4) for region in ("south", "north")]
    quotas += [keeping.make(survey, {}, 50), keeping.make(survey, {"region": "north"}, 50, "period")]
    links = ["?" + link.partition("?")[2] for link in make_links(survey, 12)]
    people = [Respondent(survey, link) for link in links]
    for place, one in enumerate(people):
        one.send("own.one", NORTH if place % 2 else SOUTH)
    page = finish(survey, NORTH).content.decode()
    code = re.search(r'id="code" value="([^"]+)"', page)
    assert code
    done = survey.responses.get(state="finished")
    finish(survey, SOUTH)
    own: list[Any] = [lambda one=one: one.send("own.two", {"own.mark": "9"}).status_code for one in people]
    between: list[Any] = [
        lambda: keeping.remove(quotas[2]),
        lambda: keeping.make(survey, {"region": "south"}, 6, "period"),
        lambda: withdraw_links(survey),
        lambda: exclude(done, "a test", alice.user) and readmit(done, alice.user),
        lambda: keeping.change(quotas[0], most=5),
        lambda: Client().post("/withdraw/", {"code": "nothing"}),
    ]
    calls = [call for pair in zip(own[::2], own[1::2], between, strict=True) for call in pair]
    at_once(calls)
    for quota in survey.quotas.all():
        counted = survey.responses.filter(state="finished", is_excluded=False)
        expected = [one.pk for one in counted if quota.segments.items() <= one.segments.items()]
        fill_late(quota)  # as the next one who hands in does
        assert sorted(quota.places.values_list("response", flat=True)) == sorted(expected)
    # One too many where somebody took the place of the response that was taken back in.
    assert taken(survey.quotas.get(segments={"region": "north"}, per="survey")) <= 5


# -- when


def test_the_outlook_says_a_day_or_why_there_is_none(alice: Member) -> None:
    survey = two_pages(alice, period_kind="month")
    now = timezone.now().replace(day=10, hour=12)
    survey.versions.update(published_at=now - timedelta(days=8))

    def stands(quota: Quota, **changes: Any) -> tuple[Outlook, date | None]:
        Quota.objects.filter(pk=quota.pk).update(**changes)
        quota.refresh_from_db()
        found = standings(survey, [quota], now)[0]
        return found.outlook, found.on

    whole, monthly = keeping.make(survey, {}, 9), keeping.make(survey, {}, 9, "period")
    assert stands(whole) == (Outlook.NONE_CAME, None)
    for _answer in range(2):
        finish(survey, NORTH)
    survey.responses.update(finished_at=now - timedelta(days=2))
    QuotaPlace.objects.filter(quota=monthly).update(
        period=survey.periods.get_or_create(
            name=f"{now:%Y-%m}", defaults={"first_day": now.date().replace(day=1)}
        )[0]
    )
    assert stands(whole, most=4) == (Outlook.EXPECTED, now.date() + timedelta(days=7))
    assert stands(monthly, most=4) == (Outlook.EXPECTED, now.date() + timedelta(days=7))
    survey.versions.update(published_at=now - timedelta(days=3))  # so that two came in three days
    assert stands(whole, most=4) == (Outlook.EXPECTED, now.date() + timedelta(days=3))
    outlook, last = stands(monthly, most=40)
    assert outlook == Outlook.NOT_BEFORE and last and last.month == now.month and last.day >= 28
    assert stands(whole, most=1_000_000) == (Outlook.FAR, None)
    assert stands(whole, most=2) == (Outlook.FULL, (now - timedelta(days=2)).date())
    assert stands(whole, is_active=False) == (Outlook.PAUSED, None)
    survey.closes_at = now + timedelta(days=3)
    assert stands(whole, most=4, is_active=True)[0] in {Outlook.NOT_BEFORE, Outlook.NOT_ASKED}
    survey.state = Survey.State.CLOSED
    assert stands(whole) == (Outlook.NOT_ASKED, None)
