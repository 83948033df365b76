"""In PostgreSQL no anonymous answer is led to its link by the transaction that wrote both."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.test import Client

from surveys.mailings.links import link_of, register
from surveys.mailings.preparing import prepare_due
from surveys.models import Invitation, Recipient, Response, Survey
from surveys.quotas.keeping import make
from surveys.responses.invitations import make_links, withdraw_links
from surveys.responses.row_order import OTHERS
from tests.cast import key_in, owner_of, page_of
from tests.surveys.mailing_cast import known, planned
from tests.surveys.respond_cast import asking, instrument, rating

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps no transaction with a row"),
]


def survey_of(privacy: str) -> Survey:
    return asking(owner_of("acme", "alice@example.org"), instrument("nps"), privacy=privacy)


def hand_in(survey: Survey, link: str) -> int:
    """Answer by a link; the status."""
    address = link[link.index("/s/") :]
    form = {"key": key_in(Client().get(address)), "page": "nps.score", "next": "1", "nps.score": "9"}
    return Client().post(f"/s/{survey.public_id}/", form).status_code


def written_with(response: Response, table: str, condition: str) -> int:
    """How many rows of the table the same transaction wrote as the response."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {table} t WHERE {condition} "
            "AND t.xmin = (SELECT r.xmin FROM surveys_response r WHERE r.id = %s)",
            [response.pk],
        )
        return int(cursor.fetchone()[0])


def test_with_a_used_link_as_many_others_are_written_as_there_are_up_to_a_score() -> None:
    survey = survey_of("anonymous")
    for number, link in enumerate(make_links(survey, OTHERS + 5), start=1):
        assert hand_in(survey, link) == 200
        response = Response.objects.latest("pk")
        company = min(number, OTHERS + 1)
        assert written_with(response, "surveys_invitation", "t.is_finished") >= company
    assert Invitation.objects.filter(is_finished=True).count() == OTHERS + 5


def test_recipients_are_written_with_others_too() -> None:
    survey = survey_of("anonymous")
    known(survey.organisation, *(f"a{number}@example.org" for number in range(4)))
    planned(survey)

    prepare_due()
    recipients = list(Recipient.objects.select_related("mailing__survey", "invitation"))
    register(recipients)
    for number, recipient in enumerate(recipients, start=1):
        assert hand_in(survey, link_of(recipient, "en")) == 200
        response = Response.objects.latest("pk")
        assert written_with(response, "surveys_recipient", "t.nonce = ''") == number


def test_a_confidential_survey_writes_nothing_more() -> None:
    survey = survey_of("confidential")
    for link in make_links(survey, 3):
        assert hand_in(survey, link) == 200
        assert written_with(Response.objects.latest("pk"), "surveys_invitation", "t.is_finished") == 1


def test_many_at_once_neither_wait_for_each_other_nor_are_lost() -> None:
    survey = survey_of("anonymous")

    def answer(link: str) -> int:
        try:
            return hand_in(survey, link)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(answer, make_links(survey, 48))) == {200}
    assert Invitation.objects.filter(is_finished=True).count() == 48
    assert Response.objects.filter(state="finished").count() == 48


def test_links_that_were_begun_are_handed_in_at_once_with_a_quota_or_withdrawn_meanwhile() -> None:
    survey = asking(
        owner_of("acme", "alice@example.org"), page_of(rating("mark"), code="one"), page_of(rating("end"))
    )
    make(survey, {}, 1_000)
    links = make_links(survey, 36)

    def begun(link: str) -> str:
        address = link[link.index("/s/") :]
        key = key_in(Client().get(address))
        Client().post(address, {"key": key, "page": "own.one", "next": "1", "own.mark": "9"})
        return key

    def end(key: str) -> int:
        try:
            form = {"key": key, "page": "own.about_you", "next": "1", "own.end": "9"}
            return Client().post(f"/s/{survey.public_id}/", form).status_code
        finally:
            connections.close_all()

    def withdraw(_number: int) -> int:
        try:
            return 200 if withdraw_links(survey) >= 0 else 0
        finally:
            connections.close_all()

    keys = [begun(link) for link in links]
    with ThreadPoolExecutor(12) as pool:
        ended = [pool.submit(end, key) for key in keys]
        withdrawn = [pool.submit(withdraw, number) for number in range(6)]
        assert {one.result() for one in [*ended, *withdrawn]} == {200}
    assert Response.objects.filter(state="finished").count() == 36
