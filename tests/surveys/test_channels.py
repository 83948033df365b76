"""Answers that come from a channel's address, and what an address that was tampered with does not do."""

from typing import Any

import pytest
from django.core import signing
from django.test import Client

from surveys.channels.addresses import SALT, address_of, token_of
from surveys.models import Channel, Member, Response, Survey
from surveys.publishing import publish
from surveys.responses.invitations import make_links
from surveys.responses.keys import SALT as OF_KEYS
from surveys.responses.keys import new_key
from surveys.selectors import answers_by_option
from tests.cast import REGION, owner_of, page_of
from tests.surveys.respond_cast import Respondent, asking, options, rating

pytestmark = pytest.mark.django_db
STAGE = {**REGION, "code": "stage"}


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    """Two pages; the second asks for the region, and for the stage only after a low mark."""
    low = [{"question": "own.mark", "operator": "at_most", "values": [2]}]
    return asking(
        alice, page_of(rating("mark"), code="one"), page_of(REGION, {**STAGE, "show_if": low}, code="two")
    )


@pytest.fixture
def counter(survey: Survey) -> Channel:
    return survey.channels.create(name="Counter", segments={"stage": "north", "region": "south"})


def query(channel: Channel) -> str:
    return f"?c={token_of(channel)}"


def answered(survey: Survey, query: str, **given: str) -> Response:
    one = Respondent(survey, query)
    assert one.opened.status_code == 200 and "Set-Cookie" not in one.opened.headers
    one.send("own.one", {"own.mark": "9"})
    assert b"Thank you" in one.send("own.two", given).content
    return Response.objects.latest("pk")


def test_the_channel_goes_with_the_form_from_page_to_page(survey: Survey, counter: Channel) -> None:
    response = answered(survey, query(counter))
    assert response.channel == counter and response.state == "finished"
    assert response.segments == {"region": "south", "stage": "north"}
    assert response.answers["own.region"] is None  # it was not answered, and nothing says it was


def test_what_a_respondent_answers_stands_before_what_the_channel_knows(
    survey: Survey, counter: Channel
) -> None:
    response = answered(survey, query(counter), **{"own.region": "north"})
    assert response.segments == {"region": "north", "stage": "north"}


def test_an_answer_that_is_taken_back_leaves_what_the_channel_knows(survey: Survey, counter: Channel) -> None:
    one = Respondent(survey, query(counter))
    one.send("own.one", {"own.mark": "9"})
    one.save("own.two", {"own.region": "north"})
    assert Response.objects.get().segments["region"] == "north"
    one.save("own.two", {"own.region": ""})
    assert Response.objects.get().segments["region"] == "south"


def test_an_answer_saved_before_the_first_page_is_sent_has_the_channel(
    survey: Survey, counter: Channel
) -> None:
    one = Respondent(survey, query(counter))
    assert one.save("own.one", {"own.mark": "3"}).status_code == 200
    assert Response.objects.get().channel == counter


def forged(survey: Survey, channel: Channel) -> dict[str, str]:
    """Tokens that nobody was given, by what is wrong with them."""
    good, content = token_of(channel), [channel.public_id, channel.segments]
    other = asking_again(survey)
    foreign = other.channels.create(name="Foreign", segments=channel.segments)
    signer = signing.Signer(salt=f"{SALT}/{survey.public_id}")
    version = survey.current_version
    assert version
    return {
        "none": "",
        "unsigned": good.partition(":")[0],
        "no signature": good.partition(":")[0] + ":",
        "altered": signing.Signer(salt="mine").sign_object([channel.public_id, {"region": "north"}]),
        "its content changed": signer.sign_object(["x", {}]).partition(":")[0] + ":" + good.partition(":")[2],
        "another secret": signing.Signer(key="x" * 50, salt=signer.salt).sign_object(content),
        "another survey's": token_of(foreign),
        "another survey's channel": signer.sign_object([foreign.public_id, foreign.segments]),
        "other values": signer.sign_object([channel.public_id, {"region": "north"}]),
        "another form": signer.sign_object({"channel": channel.public_id}),
        "no object": signer.sign("text"),
        "a form's key": new_key(version, channel),
        "a form's salt": signing.dumps(content, salt=OF_KEYS),
        "too long": "A" * 5_000,
        "strange letters": "\x00\ud7ff<script>:é",
    }


def asking_again(survey: Survey) -> Survey:
    """Another survey of the same organisation that asks the same."""
    owner = survey.organisation.members.get()
    return asking(owner, *survey.parts, name="Other")


def test_no_forged_token_gives_a_channel_or_stops_anybody(survey: Survey, counter: Channel) -> None:
    tokens = forged(survey, counter)
    plain = shown(Respondent(survey).opened)
    for why, token in tokens.items():
        page = Respondent(survey)
        page.opened = page.client.get(f"/s/{survey.public_id}/", {"c": token})
        assert page.opened.status_code == 200 and shown(page.opened) == plain, why
        page = Respondent(survey)
        response = answered(survey, f"?c={token}") if token.isascii() and "\x00" not in token else None
        assert response is None or (response.channel is None and response.segments == {}), why


def shown(page: Any) -> str:
    """The page but for the key in its form."""
    text = page.content.decode()
    before, _, after = text.partition('name="key" value="')
    return str(before + after.partition('"')[2])


def test_a_channel_that_was_closed_takes_answers_without_a_channel(survey: Survey, counter: Channel) -> None:
    under_way = Respondent(survey, query(counter))
    Channel.objects.update(is_active=False)
    response = answered(survey, query(counter))
    assert response.channel is None and response.segments == {}
    under_way.send("own.one", {"own.mark": "9"})
    assert under_way.send("own.two", {}).status_code == 200
    assert Response.objects.latest("pk").channel == counter


def test_a_channels_key_is_of_its_survey_only(survey: Survey, counter: Channel) -> None:
    one = Respondent(survey, query(counter))
    other = asking_again(survey)
    page = one.client.post(f"/s/{other.public_id}/", {"key": one.key, "page": "own.one", "own.mark": "9"})
    assert page.status_code == 400 and not Response.objects.exists()


def test_a_personal_link_is_answered_without_a_channel(survey: Survey, counter: Channel) -> None:
    token = make_links(survey, 1)[0].partition("?t=")[2]
    response = answered(survey, f"?t={token}&c={token_of(counter)}")
    assert response.channel is None and response.segments == {}


def test_an_option_that_is_offered_no_more_is_not_given(survey: Survey, counter: Channel) -> None:
    survey.parts[1]["questions"] = [{**REGION, "options": options("north", "west")}]
    survey.save()
    publish(survey, survey.organisation.members.get().user)
    assert answered(survey, query(counter)).segments == {}


def test_the_address_is_always_the_same_and_never_from_the_request(
    survey: Survey, counter: Channel, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://survey.example"
    address = address_of(counter)
    assert address == address_of(Channel.objects.get()) and address.startswith("https://survey.example/s/")


@pytest.mark.parametrize("is_known", [True, False])
def test_a_program_hands_in_for_a_channel(survey: Survey, counter: Channel, is_known: bool) -> None:
    body = {
        "key": "a-key-of-a-program",
        "c": token_of(counter) if is_known else token_of(counter)[:-1],
        "answers": {"own.mark": 9},
    }
    for status in (201, 200):
        sent = Client().post(
            f"/api/v1/questionnaires/{survey.public_id}/responses/", body, content_type="application/json"
        )
        assert sent.status_code == status
    response = Response.objects.get()
    assert response.channel == (counter if is_known else None)
    assert response.segments == ({"region": "south", "stage": "north"} if is_known else {})


def test_what_the_channel_knows_is_counted_like_an_answer(survey: Survey, counter: Channel) -> None:
    answered(survey, query(counter))
    answered(survey, query(counter), **{"own.region": "north"})
    answered(survey, "")
    assert answers_by_option(survey, ["region"]) == {"region": {"south": 1, "north": 1}}
