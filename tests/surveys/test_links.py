"""Personal links as a manager makes, counts and withdraws them."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from surveys.models import Invitation, Member, Survey
from surveys.responses.invitations import LinkRefused, link_counts, make_links, opened, withdraw_links
from tests.cast import draft, joined, owner_of, published, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org", "Asia/Taipei")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return published(alice)


def address(survey: Survey) -> str:
    return f"/o/acme/surveys/{survey.public_id}/links/"


def token_of(link: str) -> str:
    return link.partition("?t=")[2]


def links_on(page: Any) -> list[str]:
    return re.findall(r"http://\S+\?t=[\w-]{22}", page.content.decode())


def test_links_are_shown_in_answer_to_the_form_and_never_again(alice: Member, survey: Survey) -> None:
    client = signed_in(alice)
    page = client.post(address(survey), {"count": "3", "do": "show"})
    links = links_on(page)
    assert len(set(links)) == 3 and all(link.startswith(survey.link) for link in links)
    assert not links_on(client.get(address(survey)))
    stored = str(list(Invitation.objects.values()))
    assert not any(token_of(link) in stored for link in links)
    assert [opened(survey, token_of(link)).survey for link in links] == [survey] * 3


def test_the_same_links_come_as_a_file(alice: Member, survey: Survey) -> None:
    last = (timezone.now() + timedelta(days=3)).date().isoformat()
    page = signed_in(alice).post(address(survey), {"count": "1000", "last_day": last, "do": "csv"})
    assert page.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in page.headers["Content-Disposition"] and "no-store" in page.headers["Cache-Control"]
    header, *rows = csv.reader(io.StringIO(page.content.decode("utf-8-sig")))
    assert header == ["number", "link", "last day"] and len(rows) == Invitation.objects.count() == 1_000
    assert rows[0][0] == "1" and rows[-1][2] == last
    assert not any(cell[:1] in set("=+-@\t\r＝") for row in rows for cell in row)
    assert opened(survey, token_of(rows[-1][1])).expires_at


@pytest.mark.parametrize(
    "wrong",
    [
        {"count": "0"},
        {"count": "1001"},
        {"count": "many"},
        {"count": "3", "last_day": "2020-01-01"},
        {"count": "3", "last_day": "9999-12-31"},
        {"count": "3", "last_day": "31.12."},
    ],
)
def test_what_cannot_be_makes_no_link_and_names_the_field(
    alice: Member, survey: Survey, wrong: dict[str, str]
) -> None:
    page = signed_in(alice).post(address(survey), wrong | {"do": "csv"})
    assert page.headers["Content-Type"].startswith("text/html")
    assert 'class="error"' in page.content.decode()
    assert not Invitation.objects.exists()


def test_the_same_form_sent_twice_makes_and_shows_the_same_links(alice: Member, survey: Survey) -> None:
    client = signed_in(alice)
    match = re.search(r'name="order" value="([\w-]+)"', client.get(address(survey)).content.decode())
    assert match
    form = {"count": "5", "do": "show", "order": match[1]}
    first, again = (links_on(client.post(address(survey), form)) for _time in range(2))
    assert first == again and Invitation.objects.count() == 5
    more = links_on(client.post(address(survey), form | {"count": "6"}))
    assert len(more) == 6 and not set(more) & set(first)


def test_an_order_makes_other_links_in_another_survey(alice: Member, survey: Survey) -> None:
    other = published(alice, name="Other")
    tokens = {token_of(make_links(one, 1, order="the same")[0]) for one in (survey, other)}
    assert len(tokens) == 2


def test_links_work_to_the_end_of_the_last_day_in_the_organisations_time_zone(
    alice: Member, survey: Survey
) -> None:
    today = timezone.localdate(timezone=timezone.get_fixed_timezone(480))
    signed_in(alice).post(address(survey), {"count": "1", "last_day": today.isoformat()})
    midnight = datetime(today.year, today.month, today.day, tzinfo=UTC) + timedelta(hours=16)
    assert Invitation.objects.get().expires_at == midnight  # 24:00 in Taipei


def test_links_are_counted_and_the_unused_are_withdrawn(alice: Member, survey: Survey) -> None:
    used, expired, *rest = (token_of(link) for link in make_links(survey, 5))
    invitation = opened(survey, used)
    invitation.is_finished = True
    invitation.save()
    past = timezone.now() - timedelta(days=1)
    Invitation.objects.filter(pk=opened(survey, expired).pk).update(expires_at=past)
    assert link_counts(survey) == (5, 1, 1, 3)
    assert withdraw_links(survey) == 3 and withdraw_links(survey) == 0
    assert link_counts(survey) == (5, 1, 4, 0)
    for token in rest:
        with pytest.raises(LinkRefused):
            opened(survey, token)
    invitation.refresh_from_db()
    assert invitation.expires_at is None and Invitation.objects.filter(expires_at=past).count() == 1


def test_withdrawing_leaves_another_surveys_links_alone(alice: Member, survey: Survey) -> None:
    other = published(alice, name="Other")
    make_links(survey, 2)
    make_links(other, 3)
    page = signed_in(alice).post(f"{address(survey)}withdraw/", follow=True)
    assert b"2 links were withdrawn" in page.content and link_counts(other).usable == 3


def test_a_draft_has_nothing_to_link_to(alice: Member) -> None:
    survey = draft(alice)
    client = signed_in(alice)
    assert b"Publish the survey first" in client.get(address(survey)).content
    assert client.post(address(survey), {"count": "3", "do": "csv"}).status_code == 200
    assert not Invitation.objects.exists()


def test_who_makes_links_for_an_anonymous_survey_is_told_what_they_cannot_do(alice: Member) -> None:
    said = b"finished answers cannot be traced to it"
    client = signed_in(alice)
    assert said in client.get(address(published(alice))).content
    assert said not in client.get(address(published(alice, privacy="confidential"))).content


def test_a_link_that_was_made_opens_the_questionnaire(survey: Survey) -> None:
    link = make_links(survey, 1)[0]
    assert Client().get(f"/s/{survey.public_id}/", {"t": token_of(link)}).status_code == 200


def test_a_viewer_makes_no_links(alice: Member, survey: Survey) -> None:
    viewer = signed_in(joined(alice, "vera@example.org", "viewer"))
    assert viewer.get(address(survey)).status_code == viewer.post(address(survey)).status_code == 403
