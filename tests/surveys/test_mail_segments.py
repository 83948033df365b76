"""What is known of a contact goes with its link into the answers, and singles nobody out."""

import re
from collections import Counter
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from surveys.channels.addresses import token_of
from surveys.contacts.storing import erase
from surveys.mailings.carrying import Values, shared
from surveys.mailings.counts import counts_of
from surveys.mailings.preparing import prepare_due
from surveys.mailings.sending import send_due
from surveys.models import Contact, Invitation, Member, QuotaPlace, Recipient, Response, Survey
from surveys.quotas import keeping
from surveys.responses.invitations import make_links
from tests.cast import REGION, owner_of, page_of, signed_in
from tests.surveys.mailing_cast import is_later, known, planned, sent_now
from tests.surveys.respond_cast import Respondent, asking, rating
from tests.surveys.test_mailings import link_in

pytestmark = pytest.mark.django_db
STAGE = {**REGION, "code": "q7", "text": {"en": "Stage of life", "zh-hans": "阶段", "zh-hant": "階段"}}


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    """Confidential; the second page asks for the region, and for the stage only after a low mark."""
    low = [{"question": "own.mark", "operator": "at_most", "values": [2]}]
    return asking(
        alice,
        page_of(rating("mark"), code="one"),
        page_of(REGION, {**STAGE, "show_if": low}, code="two"),
        privacy="confidential",
    )


def anonymous(survey: Survey) -> None:
    Survey.objects.filter(pk=survey.pk).update(privacy="anonymous")
    survey.refresh_from_db()


def invited(survey: Survey, segments: dict[str, str], email: str = "ann@example.org") -> Respondent:
    known(survey.organisation, email, segments=segments)
    planned(survey)
    sent_now()
    (message,) = [one for one in mail.outbox if one.to == [email]]
    return Respondent(survey, "?" + link_in(message).partition("?")[2])


def answered(one: Respondent, **given: str) -> Response:
    one.send("own.one", {"own.mark": "9"})
    assert b"Thank you" in one.send("own.two", given).content
    return Response.objects.latest("pk")


@pytest.mark.parametrize(
    ("said", "carried"),
    [
        ({"region": "north"}, {"region": "north"}),
        ({"region": " NORTH "}, {"region": "north"}),
        ({"region": "北"}, {"region": "north"}),
        ({"stage_of_life": "South", "region": "south"}, {"region": "south", "q7": "south"}),
        ({"q7": "north"}, {"q7": "north"}),
        ({"region": "east", "shop": "north"}, {}),
        ({"region": ""}, {}),
        ({}, {}),
    ],
)
def test_a_value_is_known_by_the_code_or_text_of_question_and_option(
    survey: Survey, said: dict[str, str], carried: dict[str, str]
) -> None:
    one = invited(survey, said)
    assert Invitation.objects.get().segments == carried
    assert answered(one).segments == carried


def test_two_options_with_the_same_text_are_not_guessed(alice: Member) -> None:
    text = {"en": "Here", "zh-hans": "这里", "zh-hant": "這裡"}
    same = [{**option, "text": text} for option in REGION["options"]]
    survey = asking(alice, page_of(rating("mark"), {**REGION, "options": same}), privacy="confidential")
    known(alice.organisation, "ann@example.org", segments={"region": "Here"})
    known(alice.organisation, "ben@example.org", segments={"region": "south"})
    planned(survey)
    sent_now()
    assert [one.segments for one in Recipient.objects.order_by("pk")] == [{}, {"region": "south"}]


def test_an_answer_stands_before_what_was_known_and_taken_back_leaves_it(survey: Survey) -> None:
    one = invited(survey, {"region": "north", "q7": "south"})
    one.send("own.one", {"own.mark": "9"})
    one.save("own.two", {"own.region": "south"})
    assert Response.objects.get().segments == {"region": "south", "q7": "south"}
    one.save("own.two", {"own.region": ""})
    assert Response.objects.get().segments == {"region": "north", "q7": "south"}
    response = answered(one, **{"own.region": "south"})
    assert response.segments == {"region": "south", "q7": "south"}
    assert response.answers["own.q7"] == "hidden"  # it was not asked, and nothing says it was


def test_a_program_hands_in_with_it_too(survey: Survey) -> None:
    invited(survey, {"region": "north"})
    token = link_in(mail.outbox[0]).partition("?t=")[2].partition("&")[0]
    body = {"key": "a-key-of-a-program", "t": token, "answers": {"own.mark": 9}}
    address = f"/api/v1/questionnaires/{survey.public_id}/responses/"
    for status in (201, 200):
        assert Client().post(address, body, content_type="application/json").status_code == status
    assert Response.objects.get().segments == {"region": "north"}


def test_who_answers_is_told_what_goes_with_the_link(survey: Survey) -> None:
    said = "The link says already: “North”.".encode()
    one = invited(survey, {"region": "north"})
    assert said in one.opened.content
    assert said in one.send("own.one", {}, button="switch", switch="en").content
    second = one.send("own.one", {"own.mark": "9"}).content
    assert said not in second and re.search(rb'name="own.region" value="north"[^>]* checked', second)
    one.send("own.two", {"own.region": ""}, button="back")
    again = one.send("own.one", {"own.mark": "9"}).content
    assert b" checked" not in again  # who left it open on purpose is not asked to do so twice
    assert said not in Respondent(survey).opened.content
    link = make_links(survey, 1)[0]
    assert said not in Client().get(link).content
    counter = survey.channels.create(name="Counter", segments={"region": "south"})
    at_counter = Respondent(survey, f"?c={token_of(counter)}")
    said = "The link says already: “South”.".encode()
    assert said in at_counter.opened.content
    assert said in at_counter.send("own.one", {}, button="switch", switch="en").content


def test_links_made_in_numbers_bring_nothing(survey: Survey) -> None:
    one = Respondent(survey, "?" + make_links(survey, 1)[0].partition("?")[2])
    assert answered(one).segments == {}


def test_an_erased_contact_leaves_nothing_of_it(survey: Survey) -> None:
    invited(survey, {"region": "north"})
    erase(Contact.objects.get())
    assert Invitation.objects.get().segments == Recipient.objects.get().segments == {}
    assert Recipient.objects.get().sent_to == ""


def listed(survey: Survey, **people: tuple[int, dict[str, str]]) -> Counter[str]:
    """What the links carry, counted: so many contacts with these segments."""
    for name, (number, segments) in people.items():
        known(survey.organisation, *(f"{name}{n}@example.org" for n in range(number)), segments=segments)
    planned(survey)
    sent_now()
    return Counter(
        str(dict(sorted(one.segments.items(), reverse=True)))
        for one in Invitation.objects.filter(recipient__state="sent")
    )


def test_an_anonymous_survey_carries_what_enough_have_in_common(alice: Member, survey: Survey) -> None:
    anonymous(survey)
    found = listed(survey, n=(12, {"region": "north"}), s=(9, {"region": "south"}), x=(3, {}))
    assert found == {"{'region': 'north'}": 12, "{}": 12}
    said = signed_in(alice).get(
        f"/o/acme/surveys/{survey.public_id}/invitations/{survey.mailings.get().public_id}/"
    )
    assert b"Region (of 12); Stage of life (of 0)" in said.content
    assert b"what fewer than 10 recipients have in common is not carried" in said.content
    address = f"/api/v1/organisations/acme/surveys/{survey.public_id}/invitations/"
    assert signed_in(alice).get(address).json()["results"][0]["carried"] == {"region": 12}


def test_few_without_a_value_are_not_told_by_its_lack(survey: Survey) -> None:
    anonymous(survey)
    found = listed(survey, n=(20, {"region": "north"}), s=(11, {"region": "south"}), x=(1, {}))
    assert found == {"{'region': 'north'}": 20, "{}": 12}


def test_a_rare_combination_is_cut_down_to_a_common_one(survey: Survey) -> None:
    anonymous(survey)
    found = listed(
        survey,
        a=(10, {"region": "north", "q7": "north"}),
        b=(4, {"region": "north", "q7": "south"}),
        c=(6, {"region": "north"}),
    )
    assert found == {"{'region': 'north', 'q7': 'north'}": 10, "{'region': 'north'}": 10}


def test_who_is_sent_nothing_hides_nobody(survey: Survey) -> None:
    """Of ten from the north nine have opted out: the tenth would be known by the region."""
    anonymous(survey)
    people = known(
        survey.organisation, *(f"{n}@example.org" for n in range(10)), segments={"region": "north"}
    )
    Contact.objects.filter(pk__in=[one.pk for one in people[1:]]).update(opted_out_at=timezone.now())
    assert listed(survey, x=(15, {"region": "south"})) == {"{}": 16}


@given(
    st.dictionaries(
        st.tuples(*[st.tuples(st.just(q), st.sampled_from("abc")) for q in "xyz"]).flatmap(
            lambda whole: st.integers(0, 3).map(lambda length: whole[:length])
        ),
        st.integers(1, 12),
        max_size=12,
    ),
    st.integers(1, 15),
)
def test_whatever_is_carried_is_shared_by_enough(counted: dict[Values, int], least: int) -> None:
    kept = shared(counted, least)
    sizes: Counter[Any] = Counter()
    for combination, now in kept.items():
        assert now == combination[: len(now)]
        sizes[now] += counted[combination]
    assert kept.keys() == counted.keys()
    assert all(size >= least for size in sizes.values()) or list(sizes) in ([], [()])
    if least == 1:
        assert all(now == combination for combination, now in kept.items())


def test_nobody_is_invited_or_reminded_whom_a_full_quota_would_turn_away(survey: Survey) -> None:
    """The link of a contact from the north is turned away too: what it brings is known at once."""
    quota = keeping.make(survey, {"region": "north"}, 1)
    first = invited(survey, {"region": "north"})
    second = planned(survey, most_reminders=1, also_invited_before=True)
    known(survey.organisation, "ben@example.org", segments={"region": "north"})
    known(survey.organisation, "cy@example.org", segments={"region": "south"})
    third = planned(survey, most_reminders=1, also_invited_before=True)
    prepare_due()
    answered(first)
    assert QuotaPlace.objects.get().quota == quota
    mail.outbox.clear()
    send_due()
    assert {one.to[0] for one in mail.outbox} == {"cy@example.org"}
    assert (counts_of(second).quota_full, counts_of(third).quota_full) == (2, 2)
    assert counts_of(third).chosen == 3
    link = make_links(survey, 1)[0]
    Invitation.objects.filter(recipient=None).update(segments={"region": "north"})
    assert b"has enough answers already" in Client().get(link[link.index("/s/") :]).content


def test_who_was_invited_before_a_quota_was_full_is_not_reminded(survey: Survey) -> None:
    known(survey.organisation, "ann@example.org", segments={"region": "north"})
    mailing = planned(survey, most_reminders=1)
    sent_now()
    keeping.make(survey, {}, 1)
    answered(Respondent(survey))
    is_later(days=8)
    assert send_due() == 0 and counts_of(mailing).sent == 1


def test_the_language_of_the_mail_singles_nobody_out_either(survey: Survey) -> None:
    """It is told of an answer, beside what the link carried."""
    anonymous(survey)
    spoken = [("north", "en")] * 12 + [("north", "zh-hans")] + [("south", "zh-hans")] * 12
    for number, (region, language) in enumerate(spoken):
        known(survey.organisation, f"{number}@x.org", segments={"region": region}, language=language)
    texts = {code: {"subject": "x", "body": "{link} {opt_out}"} for code in ("en", "zh-hans")}
    planned(survey, texts=texts)
    prepare_due()
    told = Counter((one.contact.language, *one.segments.values()) for one in Recipient.objects.all())
    assert min(told.values()) >= survey.organisation.least_group
