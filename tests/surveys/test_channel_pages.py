"""The pages and the API with which channels are made, named and closed."""

import json
import re
import struct
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from surveys.channels import keeping
from surveys.channels.addresses import address_of
from surveys.models import Channel, Member, Survey
from tests.cast import REGION, draft, owner_of, page_of, signed_in
from tests.surveys.respond_cast import Respondent, asking, rating

pytestmark = [pytest.mark.django_db, pytest.mark.words]
EVIL = 'Store "><script>alert(1)</script>'


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def client(alice: Member) -> Client:
    return signed_in(alice)


@pytest.fixture
def survey(alice: Member) -> Survey:
    return asking(alice, page_of(rating("mark"), REGION), frame_origins=["https://www.example.org"])


def page(survey: Survey) -> str:
    return f"/o/acme/surveys/{survey.public_id}/channels/"


def api(survey: Survey) -> str:
    return f"/api/v1/organisations/acme/surveys/{survey.public_id}/channels/"


def of(survey: Survey) -> Channel:
    return survey.channels.get()


def cells(answer: Any) -> list[str]:
    """What stands in the table's body."""
    return [
        re.sub("<[^>]+>", "", one)
        for one in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", answer.content.decode())
    ]


def test_a_channel_is_made_and_counts_who_comes_from_there(client: Client, survey: Survey) -> None:
    made = client.post(page(survey), {"name": "Counter", "segment_region": "south"}, follow=True)
    own = of(survey)
    assert own.segments == {"region": "south"} and escape(address_of(own)) in made.content.decode()
    query = "?" + address_of(own).partition("?")[2]
    Respondent(survey, query).save("own.about_you", {"own.mark": "3"})
    Respondent(survey, query).send("own.about_you", {"own.mark": "3"})
    Respondent(survey).send("own.about_you", {"own.mark": "3"})
    assert cells(client.get(page(survey)))[5:] == ["Counter", "South", "2", "1", "active"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 121},
        {"name": "There"},
        {"name": "A\0"},
        {"name": "A", "segment_region": "west"},
    ],
)
def test_what_cannot_be_makes_no_channel_and_names_the_field(
    client: Client, survey: Survey, wrong: dict[str, str]
) -> None:
    survey.channels.create(name="There")
    answer = client.post(page(survey), wrong)
    assert 'class="error"' in answer.content.decode() and survey.channels.count() == 1


def test_no_more_channels_are_made_than_a_survey_may_have(
    client: Client, survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST_PER_SURVEY", 1)
    client.post(page(survey), {"name": "One"})
    answer = client.post(page(survey), {"name": "Two"})
    assert b"as many channels as a survey may have" in answer.content and survey.channels.count() == 1


def test_a_draft_has_no_channel(client: Client, alice: Member) -> None:
    survey = draft(alice)
    assert b"Publish the survey first" in client.get(page(survey)).content
    client.post(page(survey), {"name": "Counter"})
    assert not survey.channels.exists()


def test_a_channel_is_renamed_closed_and_opened_again(client: Client, survey: Survey) -> None:
    survey.channels.create(name="Counter", segments={"region": "south"})
    survey.channels.create(name="Other")
    own = survey.channels.get(name="Counter")
    here, before = f"{page(survey)}{own.public_id}/", address_of(own)
    refused = client.post(here, {"do": "name", "name": "Other"})
    assert b"Another channel has this name" in refused.content
    client.post(here, {"do": "name", "name": "Till"})
    client.post(here, {"do": "close"})
    own.refresh_from_db()
    assert (own.name, own.is_active, address_of(own)) == ("Till", False, before)
    assert b"Nothing new is counted here" in client.get(here).content
    client.post(here, {"do": "open"})
    client.post(here, {"do": "anything"})
    own.refresh_from_db()
    assert own.is_active


def test_names_and_what_is_pasted_are_shown_as_text(client: Client, survey: Survey) -> None:
    own = survey.channels.create(name=EVIL)
    survey.versions.update(
        snapshot=survey.versions.get().snapshot | {"words": {"company": {"en": 'A&B"<i>'}}}
    )
    shown = client.get(f"{page(survey)}{own.public_id}/").content.decode()
    assert "<script>alert" not in shown and "<iframe" not in shown
    pasted = re.findall(r"title=&quot;(.*?)&quot; width", shown)
    assert pasted == [
        "A&amp;amp;B&amp;quot;&amp;lt;i&amp;gt;"
    ]  # what a browser copies is HTML in which it is text
    for where in (page(survey), f"{page(survey)}{own.public_id}/poster/"):
        assert "<script>alert" not in client.get(where).content.decode()


def test_the_codes_hold_the_address_with_a_quiet_zone(client: Client, survey: Survey) -> None:
    own = survey.channels.create(name="Counter")
    here = f"{page(survey)}{own.public_id}/"
    drawn, pixels = client.get(here + "code.svg"), client.get(here + "code.png")
    assert (drawn["Content-Type"], pixels["Content-Type"]) == ("image/svg+xml", "image/png")
    match = re.search(r'viewBox="0 0 (\d+) (\d+)"', drawn.content.decode())
    assert match and match[1] == match[2] and (int(match[1]) - 8 - 17) % 4 == 0  # 17 + 4 × version, and 2 × 4
    assert b"<script" not in drawn.content
    assert struct.unpack(">II", pixels.content[16:24]) == (12 * int(match[1]),) * 2
    assert client.get(here + "code.svg").content == drawn.content
    survey.channels.create(name="Other")
    other = survey.channels.get(name="Other")
    assert client.get(f"{page(survey)}{other.public_id}/code.svg").content != drawn.content


@pytest.mark.parametrize(
    ("language", "said"), [("en", "How satisfied"), ("zh-hant", "艾克美"), ("xx", "How")]
)
def test_a_poster_in_each_language_has_code_address_and_no_script(
    client: Client, survey: Survey, language: str, said: str
) -> None:
    own = survey.channels.create(name="Counter")
    answer = client.get(f"{page(survey)}{own.public_id}/poster/?language={language}")
    text = answer.content.decode()
    assert said in text and address_of(own) in text and f"{own.public_id}/code.svg" in text
    assert "<script" not in text and answer["Content-Language"] == ("en" if language == "xx" else language)


def test_a_poster_may_speak_all_languages_and_all_channels_have_theirs(
    client: Client, survey: Survey
) -> None:
    for name in ("Counter", "Exit", "Closed"):
        survey.channels.create(name=name, is_active=name != "Closed")
    text = client.get(f"{page(survey)}posters/?language=all").content.decode()
    assert text.count("<article") == 2 and text.count("<h1>") == 6 and text.count('lang="zh-hant" dir') == 4
    assert [address_of(one) in text for one in survey.channels.order_by("name")] == [False, True, True]
    alone = client.get(f"{page(survey)}posters/?language=zh-hans").content.decode()
    assert alone.count("<h1>") == 2 and "How satisfied" not in alone


def test_what_does_not_count_here_any_more_says_that_it_takes_answers_still(
    client: Client, survey: Survey
) -> None:
    own = survey.channels.create(name="Counter")
    here = f"{page(survey)}{own.public_id}/"
    assert "Stop counting here" in client.get(here).content.decode()
    stopped = client.post(here, {"do": "close"}, follow=True).content.decode()
    assert "takes answers still, but without the channel" in stopped and "Count here again" in stopped
    assert "Stop counting" not in stopped
    assert "Stop counting here" in client.post(here, {"do": "open"}, follow=True).content.decode()


def test_without_segment_questions_nothing_is_said_of_what_is_known(client: Client, alice: Member) -> None:
    plain, known = asking(alice, page_of(rating("mark"))), asking(alice, page_of(REGION))
    for one, says in ((plain, False), (known, True)):
        channel = one.channels.create(name="Counter")
        for where in (page(one), f"{page(one)}{channel.public_id}/"):
            assert ("nown of everybody" in client.get(where).content.decode()) == says
        assert ("What is known stands" in client.get(page(one)).content.decode()) == says


def feet(answer: Any) -> list[str]:
    return re.findall(r'<p class="foot">(.*?)</p>', answer.content.decode())


def test_a_poster_says_at_its_foot_which_channel_it_is_for(client: Client, survey: Survey) -> None:
    for name in ("Counter", EVIL):
        survey.channels.create(name=name)
    own, every = survey.channels.get(name=EVIL), page(survey) + "posters/"
    one = f"{page(survey)}{own.public_id}/poster/"
    assert feet(client.get(one)) == [escape(EVIL)]
    assert sorted(feet(client.get(every))) == sorted(["Counter", escape(EVIL)])
    for where, languages in ((one, 3), (every, 3)):
        without = client.get(where + "?name=off&language=all")
        assert feet(without) == [] and EVIL not in without.content.decode()
        assert without.content.decode().count("&amp;name=off") == languages + 1  # each of them, and all
        assert 'href="?language=all">With' in without.content.decode()
    assert "language=all&amp;name=off" in client.get(one + "?language=all").content.decode()


def test_a_poster_calls_the_company_as_each_language_does(client: Client, survey: Survey) -> None:
    own = survey.channels.create(name="Counter")

    def company(language: str) -> str:
        said = client.get(f"{page(survey)}{own.public_id}/poster/?language={language}").content.decode()
        (found,) = re.findall(r'<p class="company">(.*?)</p>', said)
        return str(found)

    assert company("all") == '<span lang="en">Acme</span> · <span lang="zh-hans">艾克美</span>'
    assert company("zh-hant") == '<span lang="zh-hant">艾克美</span>'


def test_a_channel_for_each_option_is_made_once(client: Client, survey: Survey) -> None:
    survey.channels.create(name="South", segments={})
    survey.channels.create(name="Ours", segments={"region": "north"})
    for _time in range(2):
        client.post(page(survey) + "each/", {"question": "region"})
    made = sorted((one.name, one.segments) for one in survey.channels.all())
    assert made == [
        ("Ours", {"region": "north"}),
        ("South", {}),
        ("South (2)", {"region": "south"}),
    ]


@pytest.mark.parametrize("question", ["mark", "nothing", "", "region' OR 1=1"])
def test_what_is_no_segment_question_makes_no_channels(client: Client, survey: Survey, question: str) -> None:
    answer = client.post(page(survey) + "each/", {"question": question})
    assert (answer.status_code == 200 and b"errorlist" in answer.content) or b"error" in answer.content
    assert not survey.channels.exists()


def test_more_channels_than_there_may_be_are_all_refused(
    client: Client, survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST_PER_SURVEY", 1)
    assert (
        "more channels than" in client.post(page(survey) + "each/", {"question": "region"}).content.decode()
    )
    assert not survey.channels.exists()


@pytest.mark.parametrize("forged", [{"host": "evil.example"}, {"x-forwarded-host": "evil.example"}])
def test_no_address_is_ever_made_from_the_request(
    client: Client, survey: Survey, settings: Any, forged: dict[str, str]
) -> None:
    settings.PUBLIC_URL = "https://survey.example"
    own = survey.channels.create(name="Counter")
    here = f"{page(survey)}{own.public_id}/"
    for where in (
        page(survey),
        here,
        here + "poster/",
        page(survey) + "posters/",
        here + "code.svg",
        f"{api(survey)}{own.public_id}/",
    ):
        answer = client.get(where, headers=forged)
        assert answer.status_code == (400 if "host" in forged else 200) and b"evil" not in answer.content


def test_the_api_makes_names_closes_and_lists(client: Client, survey: Survey) -> None:
    def send(method: str, where: str, body: dict[str, Any]) -> Any:
        return client.generic(method, where, json.dumps(body), content_type="application/json")

    made = send("POST", api(survey), {"name": "Counter", "segments": {"region": "north"}})
    own = of(survey)
    assert made.status_code == 201 and made.json()["address"] == address_of(own)
    assert made.json()["qr_svg"].startswith("<?xml") and (
        made.json()["started"],
        made.json()["finished"],
    ) == (0, 0)
    for body, field in [
        ({"name": "Counter"}, "name"),
        ({"name": "B", "segments": {"region": "west"}}, "segments.region"),
        ({"name": "B", "segments": {"nothing": "x"}}, "segments"),
        ({"name": "B", "is_actve": True}, "is_actve"),
    ]:
        refused = send("POST", api(survey), body)
        assert refused.status_code == 400 and [one["field"] for one in refused.json()["problems"]] == [field]
    changed = send("PATCH", f"{api(survey)}{own.public_id}/", {"name": "Till", "is_active": False})
    assert (changed.json()["name"], changed.json()["is_active"]) == ("Till", False)
    assert send("PATCH", f"{api(survey)}{own.public_id}/", {"segments": {}}).status_code == 400
    rows = client.get(api(survey)).json()
    assert [one["id"] for one in rows.get("results", rows) if isinstance(rows, dict)] == [own.public_id]


def test_the_api_names_who_may_frame(client: Client, survey: Survey) -> None:
    where = api(survey).replace("channels/", "frame-origins/")
    body = '{"origins": ["https://a.example", "https://a.example/"]}'
    assert client.put(where, body, content_type="application/json").json() == {
        "origins": ["https://a.example"]
    }
    refused = client.put(where, '{"origins": ["https://*"]}', content_type="application/json")
    assert refused.status_code == 400 and client.get(where).json() == {"origins": ["https://a.example"]}
