"""A rating clicked in a mail: shown, and stored when a person confirms it; never by a program that looks."""

import re
from html import unescape
from typing import Any

import pytest
from django.core import mail, signing
from django.test import Client

from surveys.contacts.storing import erase
from surveys.mailings import wording
from surveys.mailings.message import trial_message
from surveys.mailings.planning import PlanRefused
from surveys.mailings.rating import ratings_of
from surveys.models import Invitation, Member, Response, Survey
from surveys.publishing import publish
from surveys.responses import keys, one_click
from surveys.responses.ids import response_id
from surveys.responses.invitations import make_links
from tests.cast import owner_of, page_of, signed_in
from tests.surveys.mailing_cast import confirmed, is_later, known, planned, sent_now
from tests.surveys.respond_cast import EVERY_KIND, asking, instrument, own, rating, stored

pytestmark = pytest.mark.django_db
TEXTS = {"en": {"subject": "{survey}", "body": "Dear {name},\n\n{rating}\n\nNo more: {opt_out}"}}
NPS = "nps.recommend"


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    """One page, which is handed in by the first button that is pressed."""
    return asking(alice, instrument("nps"))


@pytest.fixture
def code(survey: Survey) -> str:
    return next(iter(ratings_of(survey)))


def html_of(message: Any) -> str:
    return str(message.alternatives[0][0])


def clicked(message: Any) -> list[str]:
    """The addresses of the points in the mail."""
    links = [unescape(link) for link in re.findall(r'href="([^"]+)"', html_of(message))]
    return [link.partition("//")[2].partition("/")[2].join(["/", ""]) for link in links if "score=" in link]


def invited(survey: Survey, code: str, *emails: str) -> list[str]:
    known(survey.organisation, *(emails or ["ann@example.org"]), name="Ann")
    planned(survey, texts=TEXTS, rating=code)
    sent_now()
    return clicked(mail.outbox[-1])


def opened_earlier(key: str, seconds: int = 10) -> str:
    """The key of a form that was shown so long before."""
    signed = signing.loads(key, salt=keys.SALT)
    signed[2] -= seconds
    return signing.dumps(signed, salt=keys.SALT)


def form_of(page: Any) -> dict[str, str]:
    """What a press of the button sends, by a browser or a program that fills in nothing."""
    text = page.content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text))
    chosen = dict(re.findall(r'type="radio" name="([\w.]+)" value="(\w+)"[^>]*? checked', text))
    return {**hidden, **chosen, "next": "1"}


def confirm(survey: Survey, page: Any, seconds: int = 10, **changed: str) -> Any:
    form = form_of(page) | changed
    return Client().post(
        f"/s/{survey.public_id}/", form | {"key": opened_earlier(form["key"], seconds)} if seconds else form
    )


def test_the_mail_shows_the_scale_and_each_point_leads_to_its_score(survey: Survey, code: str) -> None:
    links = invited(survey, code)
    assert len(links) == 11
    for score, link in enumerate(links):
        page = Client().get(link)
        assert form_of(page)[code] == str(score)
        assert f"You chose {score}." in page.content.decode()
    message = mail.outbox[0]
    assert ratings_of(survey)[code].text in message.body and "score=" not in message.body
    assert "{rating}" not in message.body + html_of(message)


def test_a_confirmed_score_is_stored_once_and_is_the_one_that_was_chosen_last(
    survey: Survey, code: str
) -> None:
    links = invited(survey, code)
    page = Client().get(links[9])
    assert confirm(survey, page, **{code: "7"}).status_code == 200
    assert stored()[code] == 7
    assert Client().get(links[3]).status_code == 410
    assert confirm(survey, page).status_code == 409
    assert stored()[code] == 7


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_program_that_opens_every_link_stores_nothing(survey: Survey, code: str, method: str) -> None:
    links = invited(survey, code)
    for link in links * 2:
        assert getattr(Client(), method)(link).status_code == 200
    assert not Response.objects.exists()
    invitation = Invitation.objects.get()
    assert not invitation.is_started and not invitation.is_finished
    assert confirm(survey, Client().get(links[0])).status_code == 200
    assert stored()[code] == 0


@pytest.mark.parametrize("button", ["next", "switch", "back"])
def test_a_program_that_presses_the_buttons_at_once_stores_nothing(
    survey: Survey, code: str, button: str
) -> None:
    page = Client().get(invited(survey, code)[2])
    form = {name: value for name, value in form_of(page).items() if name != "next"}
    again = Client().post(f"/s/{survey.public_id}/", form | {button: "en" if button == "switch" else "1"})
    assert again.status_code == 200 and "once more" in again.content.decode()
    assert not Response.objects.exists()
    assert form_of(again)[code] == "2"
    assert confirm(survey, again).status_code == 200
    assert stored()[code] == 2


def test_what_saves_itself_at_once_is_not_kept_either(survey: Survey, code: str) -> None:
    page = Client().get(invited(survey, code)[2])
    form = form_of(page)
    answer = Client().post(f"/s/{survey.public_id}/save/", form)
    assert answer.status_code == 400 and not Response.objects.exists()
    later = form | {"key": opened_earlier(form["key"])}
    assert Client().post(f"/s/{survey.public_id}/save/", later).status_code == 200 and stored()[code] == 2


@pytest.mark.parametrize(("seconds", "is_too_quick"), [(1, True), (2, True), (3, False), (4, False)])
def test_a_person_needs_two_seconds_counted_from_any_part_of_one(
    survey: Survey, code: str, seconds: int, is_too_quick: bool
) -> None:
    page = Client().get(invited(survey, code)[2])
    confirm(survey, page, seconds=seconds)
    assert Response.objects.exists() != is_too_quick


def test_what_is_typed_on_the_page_outlives_being_asked_again(alice: Member) -> None:
    survey = asking(alice, page_of(rating("mark"), own("name", "short")))
    (link,) = make_links(survey, 1)
    page = Client().get(one_click.address(link, "own.mark", "4"))
    again = confirm(survey, page, seconds=0, **{"own.name": "A shop"})
    assert "A shop" in again.content.decode() and not Response.objects.exists()


def test_a_score_is_chosen_where_the_questionnaire_goes_on(alice: Member) -> None:
    """On a first page of several questions nothing else is lost, and the next page follows."""
    survey = asking(
        alice, page_of(rating("mark"), own("shop", "short")), page_of(*EVERY_KIND[1:], code="more")
    )
    link = one_click.address(make_links(survey, 1)[0], "own.mark", "10")
    page = Client().get(link)
    after = confirm(survey, page, **{"own.shop": "A shop"})
    assert "own.branch" in after.content.decode() and stored()["own.mark"] == 10
    second = Client().get(link)
    assert form_of(second)["own.mark"] == "10" and "A shop" in second.content.decode()
    assert confirm(survey, Client().get(link.replace("score=10", "score=3"))).status_code == 200
    assert stored()["own.mark"] == 3 and Response.objects.get().state == "started"


@pytest.mark.parametrize(
    ("question", "score"),
    [
        (NPS, "11"),
        (NPS, "-1"),
        (NPS, ""),
        (NPS, "9.0"),
        (NPS, "dk"),
        (NPS, "1' OR '1'='1"),
        (NPS, "\u0669"),
        (NPS, "9\0"),
        ("nps.reason", "9"),
        ("own.branch", "market"),
        ("own.later", "9"),
        ("own.nothing", "9"),
        ("", "9"),
        ("<script>", "9"),
    ],
)
def test_an_address_that_chooses_no_point_shows_the_form_as_it_always_is(
    alice: Member, question: str, score: str
) -> None:
    survey = asking(alice, instrument("nps"), page_of(*EVERY_KIND[1:], rating("later")))
    page = Client().get(one_click.address(make_links(survey, 1)[0], question, score))
    assert page.status_code == 200
    assert "checked" not in page.content.decode() and 'name="chosen"' not in page.content.decode()


def test_the_open_link_takes_a_chosen_score_too(survey: Survey, code: str) -> None:
    page = Client().get(one_click.address(f"/s/{survey.public_id}/", code, "6"))
    assert confirm(survey, page, seconds=0).status_code == 200 and not Response.objects.exists()
    assert confirm(survey, page).status_code == 200
    assert stored()[code] == 6


def test_only_ratings_of_the_first_page_are_offered(alice: Member) -> None:
    shown_if = [{"question": "own.mark", "operator": "at_most", "values": [6]}]
    first = page_of(rating("mark"), rating("hidden", show_if=shown_if), own("name", "short"))
    survey = asking(alice, first, page_of(rating("later"), code="more"))
    assert list(ratings_of(survey)) == ["own.mark"]
    for other in ("own.later", "own.hidden", "own.name", "own.nothing"):
        with pytest.raises(PlanRefused) as refused:
            planned(survey, texts=TEXTS, rating=other)
        assert [field for field, _why in refused.value.problems] == ["rating"]


@pytest.mark.parametrize(
    ("body", "chosen"),
    [("{rating} {opt_out}", False), ("{link} {opt_out}", True), ("{rating}", True)],
)
def test_a_text_and_its_rating_belong_together(survey: Survey, code: str, body: str, chosen: bool) -> None:
    with pytest.raises(PlanRefused) as refused:
        planned(survey, texts={"en": {"subject": "A", "body": body}}, rating=code if chosen else "")
    assert [field for field, _why in refused.value.problems] == ["texts.en.body"]


def test_a_rating_chosen_on_the_page_is_put_in_where_it_is_not_written(
    alice: Member, survey: Survey, code: str
) -> None:
    known(alice.organisation, "ann@example.org")
    form = {
        "subject_en": "A", "body_en": "Dear you,\r\n\r\nplease: {link}\r\n\r\n{opt_out}", "rating": code,
        "subject_zh-hant": "B", "body_zh-hant": "{rating} {opt_out}", "most_reminders": "1",
        "reminder_subject_en": "C", "reminder_body_en": "{link} {opt_out}", "remind_after_days": "1",
    }  # fmt: skip
    confirmed(signed_in(alice), f"/o/acme/surveys/{survey.public_id}/invitations/", form)
    made = survey.mailings.get()
    assert made.texts["en"]["body"] == "Dear you,\n\n{rating}\n\nplease: {link}\n\n{opt_out}"
    assert made.texts["zh-hant"]["body"] == "{rating} {opt_out}"
    assert made.reminder_texts["en"]["body"] == "{rating}\n\n{link} {opt_out}"
    sent_now()
    assert len(clicked(mail.outbox[0])) == 11


def test_a_rating_that_is_asked_no_more_leaves_the_link(alice: Member, survey: Survey, code: str) -> None:
    known(alice.organisation, "ann@example.org")
    planned(survey, texts=TEXTS, rating=code)
    survey.parts = [page_of(own("name", "short"))]
    survey.save()
    publish(survey, alice.user)
    sent_now()
    (message,) = mail.outbox
    assert not clicked(message)
    (link,) = re.findall(r"/s/\S+", message.body)
    assert Client().get(link).status_code == 200


def test_a_test_mail_leads_to_a_preview_and_asks_nobody(survey: Survey, code: str) -> None:
    mailing = planned(survey, texts=TEXTS, rating=code)
    links = clicked(trial_message(mailing, "en", "Alice", "alice@example.org"))
    assert len(links) == 11 and all("/preview/" in link for link in links)


def test_a_click_in_a_test_mail_shows_the_preview_with_the_rating_chosen(
    alice: Member, survey: Survey, code: str, client: Client
) -> None:
    mailing = planned(survey, texts=TEXTS, rating=code)
    links = clicked(trial_message(mailing, "en", "", "alice@example.org"))
    client.force_login(alice.user)
    page = client.get(links[7])
    assert form_of(page)[code] == "7" and "You chose 7." in page.content.decode()
    asked = client.get(links[7].replace("score=7", "score=77"))
    assert asked.status_code == 200 and "You chose" not in asked.content.decode()
    form = form_of(page) | {"page": re.findall(r'name="page" value="([^"]+)"', page.content.decode())[0]}
    assert b"Thank you" in client.post(links[7], form).content and not Response.objects.exists()


def values(**changed: str) -> dict[str, str]:
    names = (wording.NAME, wording.LINK, wording.SURVEY, wording.ORGANISATION, wording.OPT_OUT)
    return dict.fromkeys(names, "x") | {wording.RATING: "x"} | changed


def test_a_rating_that_is_text_never_becomes_markup() -> None:
    made = wording.marked_up("{rating}", values(rating="<b>9</b>"))
    assert made == "<div>&lt;b&gt;9&lt;/b&gt;</div>"


def test_only_a_confidential_survey_knows_whose_link_an_answer_came_by(alice: Member, client: Client) -> None:
    for privacy in Survey.Privacy:
        mail.outbox.clear()
        survey = asking(alice, instrument("nps"), privacy=privacy)
        page = Client().get(invited(survey, next(iter(ratings_of(survey))))[5])
        is_told = "with your name" in page.content.decode()
        assert confirm(survey, page).status_code == 200
        response = survey.responses.get()
        is_linked = privacy == Survey.Privacy.CONFIDENTIAL
        assert is_told == is_linked == (response.invitation is not None)
        client.force_login(alice.user)
        address = f"/o/acme/surveys/{survey.public_id}/responses/{response_id(survey, response.pk)}/"
        assert (b"ann@example.org" in client.get(address).content) == is_linked
        told = client.get(f"/api/v1{address}".replace("/o/", "/organisations/"))
        contact = alice.organisation.contacts.get()
        assert told.json()["contact"] == (contact.public_id if is_linked else None)
        erase(contact)
        assert survey.responses.get().answers and b"ann@" not in client.get(address).content


def test_a_reminder_shows_the_rating_or_the_link_alone(survey: Survey, code: str) -> None:
    for body, points in (("{link} {opt_out}", 0), ("{rating} {opt_out}", 11)):
        mail.outbox.clear()
        known(survey.organisation, f"ann{points}@example.org")
        reminder = {"en": {"subject": "Again", "body": body}}
        planned(survey, texts=TEXTS, rating=code, most_reminders=1, reminder_texts=reminder)
        sent_now()
        is_later(days=8)
        sent_now()
        assert [len(clicked(one)) for one in mail.outbox if one.subject == "Again"][-1] == points
