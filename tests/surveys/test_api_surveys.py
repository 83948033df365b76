"""Surveys by the API: drafted, changed, published, opened and closed, with links and instruments."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from surveys.api.tokens import make_token
from surveys.models import Invitation, Member, OwnInstrument, Survey, Version
from tests.cast import ECSI, REGION, WORDS, own_nps, owner_of, page_of, published, walk
from tests.surveys.endpoints import everything

pytestmark = pytest.mark.django_db
SURVEYS = "/api/v1/organisations/acme/surveys/"
INSTRUMENTS = "/api/v1/organisations/acme/instruments/"


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org", "Asia/Taipei")


@pytest.fixture
def api(alice: Member) -> Client:
    """A program with a token, and no cookie."""
    return Client(headers={"authorization": f"Bearer {make_token(alice, 'A program', 'edit', 30)}"})


def send(api: Client, method: str, path: str, body: Any) -> Any:
    raw = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return api.generic(method, path, raw, content_type="application/json")


def post(api: Client, path: str, body: Any = None) -> Any:
    return send(api, "POST", path, {} if body is None else body)


def fields(answer: Any, status: int = 400) -> set[str]:
    """The fields at fault, from an answer that refuses."""
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    return {row["field"] for row in answer.json()["problems"]}


def at(survey: Survey, rest: str = "") -> str:
    return f"{SURVEYS}{survey.public_id}/{rest}"


WHOLE = {
    "name": "Customers",
    "languages": ["en", "zh-hant"],
    "words": {name: {code: texts[code] for code in ("en", "zh-hant")} for name, texts in WORDS.items()},
    "parts": [ECSI, page_of(REGION)],
    "consent": {"en": "I agree.", "zh-hant": "我同意。"},
    "thanks": {"en": "Thank you.", "zh-hant": "謝謝。"},
    "onward": "https://example.org/",
    "opens_at": "2026-01-01T00:00:00Z",
    "closes_at": "2999-01-01T00:00:00Z",
    "privacy": "confidential",
    "period_kind": "quarter",
    "refresh": "weekly",
    "refresh_after": 25,
    "headline": "pls",
    "rolling": 4,
    "close_after_days": 7,
    "least_base_show": 50,
    "least_base_release": 200,
}


class TestDrafting:
    def test_everything_that_was_sent_is_there_and_read_back(self, api: Client, alice: Member) -> None:
        answer = post(api, SURVEYS, WHOLE)
        assert answer.status_code == 201
        made = answer.json()
        assert {name: made[name] for name in WHOLE} == WHOLE
        assert (made["state"], made["version"], made["is_changed"], made["mistakes"]) == (
            "draft",
            None,
            True,
            [],
        )
        survey = Survey.objects.get()
        assert survey.organisation == alice.organisation and survey.created_by == alice.user
        assert api.get(f"{SURVEYS}{made['id']}/").json() == made

    def test_a_draft_may_be_incomplete_and_says_what_is_missing(self, api: Client) -> None:
        made = post(api, SURVEYS, {"name": "Bare"}).json()
        assert [one["place"] for one in made["mistakes"]] == ["languages"]
        body = {"languages": ["en"], "parts": [ECSI], "words": {"company": {"en": "Acme"}}}
        changed = send(api, "PATCH", f"{SURVEYS}{made['id']}/", body).json()
        assert [one["place"] for one in changed["mistakes"]] == ["words.category.en"]
        assert api.get(f"{SURVEYS}{made['id']}/").json() == changed

    @pytest.mark.parametrize(
        ("part", "place"),
        [
            ("ecsi", "parts[1]"),
            (
                {"kind": "page", "code": "p", "questions": [{**REGION, "options": []}]},
                "parts[1].questions[0].options",
            ),
            ({"kind": "page", "code": "P"}, "parts[1].code"),
            ({"kind": "page", "code": "p", "colour": "red"}, "parts[1].colour"),
            ({"kind": "script"}, "parts[1].kind"),
            ({**ECSI, "per_page": True}, "parts[1].per_page"),
            (ECSI, "parts"),
            (page_of({**REGION, "text": {"en": "x" * 2_001}}), "parts[1].questions[0].text"),
            (page_of({**REGION, "text": {"en": "a\0b"}}), "parts[1].questions[0].text.en"),
            (
                page_of(
                    {**REGION, "show_if": [{"question": "x", "operator": "at_least", "values": [10**400]}]}
                ),
                "parts[1].questions[0].show_if[0].values",
            ),
            (
                page_of({**REGION, "options": [{"code": "na", "text": {}}, {"code": "eu", "text": {}}]}),
                "parts[1].questions[0].options[0].code",
            ),
        ],
    )
    def test_a_part_that_cannot_be_read_is_refused_by_its_place(
        self, api: Client, part: Any, place: str
    ) -> None:
        assert fields(post(api, SURVEYS, {"name": "x", "parts": [ECSI, part]})) == {place}
        assert not Survey.objects.exists()

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "name"),
            ({"name": ""}, "name"),
            ({"name": "x" * 121}, "name"),
            ({"name": "a\0"}, "name"),
            ({"name": "\ud800"}, "name"),
            ({"name": ["x"]}, "name"),
            ({"name": "x", "languages": ["xx"]}, "languages.0"),
            ({"name": "x", "languages": "en"}, "languages"),
            ({"name": "x", "words": {"company": "Acme"}}, "words.company"),
            ({"name": "x", "words": {"company": {"en": "x" * 81}}}, "words.company.en"),
            ({"name": "x", "words": {"a.__class__": {"en": "x"}}}, "words.a.__class__"),
            ({"name": "x", "words": {"company": {"klingon": "x"}}}, "words.company.klingon"),
            ({"name": "x", "thanks": {"en": ["x"]}}, "thanks.en"),
            ({"name": "x", "parts": {"kind": "page"}}, "parts"),
            ({"name": "x", "parts": [[[]]]}, "parts[0]"),
            ({"name": "x", "onward": "javascript:alert(1)"}, "onward"),
            ({"name": "x", "opens_at": "tomorrow"}, "opens_at"),
            ({"name": "x", "closes_at": "0001-01-01T00:00:00+14:00"}, "closes_at"),
            ({"name": "x", "closes_at": "9999-12-31T23:59:59Z"}, "closes_at"),
            ({"name": "x", "opens_at": "2026-02-01T00:00Z", "closes_at": "2026-01-01T00:00Z"}, "closes_at"),
            ({"name": "x", "refresh_after": 0}, "refresh_after"),
            ({"name": "x", "refresh_after": 10**30}, "refresh_after"),
            ({"name": "x", "privacy": "public"}, "privacy"),
            ({"name": "x", "period_kind": None}, "period_kind"),
            ({"name": "x", "headline": "' OR 1=1"}, "headline"),
            ({"name": "x", "rolling": 1}, "rolling"),
            ({"name": "x", "close_after_days": -1}, "close_after_days"),
            ({"name": "x", "least_base_release": 10**30}, "least_base_release"),
            ('{"name": "x", "refresh_after": 1e999}', "refresh_after"),
            ("[]", ""),
            ("[" * 100_000, ""),
        ],
    )
    def test_a_field_that_makes_no_sense_is_refused_by_its_name(
        self, api: Client, body: Any, field: str
    ) -> None:
        assert fields(post(api, SURVEYS, body)) == {field}
        assert not Survey.objects.exists()

    def test_fields_of_the_server_cannot_be_set(self, api: Client, alice: Member) -> None:
        gina = owner_of("globex", "gina@example.org")
        ours = {"state": "open", "created_at": "2001-01-01T00:00:00Z", "id": "B" * 22, "is_simulated": True,
                "version": 7, "mistakes": [], "link": "https://evil.example"}  # fmt: skip
        made = post(api, SURVEYS, {"name": "x", **ours}).json()
        send(api, "PATCH", f"{SURVEYS}{made['id']}/", {"name": "y", **ours})
        survey = Survey.objects.get()
        assert survey.name == "y" and survey.state == "draft" and not survey.is_simulated
        assert survey.created_at > timezone.now() - timedelta(minutes=5) and survey.public_id != "B" * 22
        theirs: dict[str, Any] = {"organisation": gina.organisation.pk, "created_by": gina.user.pk, "pk": 1,
                                  "codes": {}, "public_id": "B" * 22, "is_staff": True}  # fmt: skip
        before = everything()
        for name, value in theirs.items():
            assert fields(post(api, SURVEYS, {"name": "x", name: value})) == {name}
            assert fields(send(api, "PATCH", at(survey), {name: value})) == {name}
        assert everything() == before

    def test_ten_thousand_unknown_fields_are_refused_in_few_words(self, api: Client) -> None:
        answer = post(api, SURVEYS, {"name": "x", **{f"field{number}": 1 for number in range(10_000)}})
        assert len(fields(answer)) == 20 and not Survey.objects.exists()

    def test_a_change_touches_what_was_sent_and_nothing_else(self, api: Client, alice: Member) -> None:
        survey = published(alice)
        before = Survey.objects.values().get()
        assert send(api, "PATCH", at(survey), {"refresh_after": 9}).status_code == 200
        assert Survey.objects.values().get() == before | {"refresh_after": 9}
        assert send(api, "PATCH", at(survey), {"refresh_after": None}).json()["refresh_after"] is None

    def test_privacy_and_periods_are_fixed_by_the_first_publishing(self, api: Client, alice: Member) -> None:
        made = post(api, SURVEYS, WHOLE).json()
        address = f"{SURVEYS}{made['id']}/"
        changed = {"privacy": "anonymous", "period_kind": "month"}
        assert send(api, "PATCH", address, changed).status_code == 200
        assert post(api, f"{address}publish/").status_code == 200
        for name, value in {"privacy": "confidential", "period_kind": "waves"}.items():
            assert fields(send(api, "PATCH", address, {name: value})) == {name}
        assert send(api, "PATCH", address, changed | {"name": "Same"}).json()["name"] == "Same"

    def test_it_cannot_be_made_to_close_before_it_opens_by_two_changes(
        self, api: Client, alice: Member
    ) -> None:
        survey = published(alice, opens_at=timezone.now())
        assert fields(send(api, "PATCH", at(survey), {"closes_at": "2001-01-01T00:00:00Z"})) == {"closes_at"}

    @pytest.mark.parametrize("method", ["PUT", "DELETE"])
    def test_a_survey_is_neither_replaced_nor_removed(self, api: Client, alice: Member, method: str) -> None:
        assert fields(send(api, method, at(published(alice)), {"name": "x"}), 405) == {""}


class TestPublishing:
    def test_it_gives_the_version_and_opens_the_survey(self, api: Client) -> None:
        made = post(api, SURVEYS, WHOLE).json()
        address = f"{SURVEYS}{made['id']}/"
        version = post(api, f"{address}publish/").json()
        stored = Version.objects.get()
        assert (version["number"], version["digest"]) == (1, stored.digest)
        assert version["uses"] == [
            {"instrument": "ecsi", "kind": "structural", "measurement_key": stored.uses.get().measurement_key,
             "series": 0}
        ]  # fmt: skip
        after = api.get(address).json()
        assert (after["state"], after["version"], after["is_changed"]) == ("open", 1, False)

    def test_publishing_twice_gives_the_same_version(self, api: Client, alice: Member) -> None:
        survey = published(alice)
        first, second = (post(api, at(survey, "publish/")).json() for _time in range(2))
        assert first == second and Version.objects.count() == 1

    def test_every_mistake_is_named_by_its_place_and_nothing_is_published(self, api: Client) -> None:
        body = WHOLE | {"languages": ["en", "zh-hans"], "parts": [ECSI, {"kind": "page", "code": "empty"}]}
        made = post(api, SURVEYS, body).json()
        refused = fields(post(api, f"{SURVEYS}{made['id']}/publish/"))
        assert {"words.company.zh-hans", "consent.zh-hans", "parts[1].questions"} <= refused
        assert refused == {one["place"] for one in made["mistakes"]}
        assert not Version.objects.exists() and Survey.objects.get().state == "draft"

    def test_an_instrument_that_is_not_there_is_named(self, api: Client, alice: Member) -> None:
        part = {"kind": "instrument", "instrument": "nothing"}
        made = post(api, SURVEYS, WHOLE | {"parts": [part]}).json()
        assert fields(post(api, f"{SURVEYS}{made['id']}/publish/")) == {"parts[0].instrument"}

    def test_changed_wording_is_asked_about_and_decides_the_key(self, api: Client, alice: Member) -> None:
        survey = published(alice)
        words = WORDS | {"company": dict.fromkeys(WORDS["company"], "Renamed")}
        send(api, "PATCH", at(survey), {"words": words})
        assert fields(post(api, at(survey, "publish/"))) == {"keeps.ecsi"}
        kept = post(api, at(survey, "publish/"), {"keeps": {"ecsi": True}}).json()
        first = Version.objects.get(number=1).uses.get()
        assert kept["number"] == 2 and kept["uses"][0]["measurement_key"] == first.measurement_key
        send(api, "PATCH", at(survey), {"words": WORDS})
        other = post(api, at(survey, "publish/"), {"keeps": {"ecsi": False}}).json()
        assert other["uses"][0]["measurement_key"] != first.measurement_key
        listed = api.get(at(survey, "versions/")).json()["results"]
        assert [one["number"] for one in listed] == [3, 2, 1]
        assert listed[1]["snapshot"]["words"] == words and listed[2]["snapshot"]["words"] == WORDS

    @pytest.mark.parametrize(
        "body", [{"keeps": []}, {"keeps": {"ecsi": "perhaps"}}, {"keeps": {"ecsi": None}}]
    )
    def test_what_is_kept_is_said_by_yes_or_no(self, api: Client, alice: Member, body: Any) -> None:
        (field,) = fields(post(api, at(published(alice), "publish/"), body))
        assert field.startswith("keeps")


class TestState:
    def test_closing_and_opening_again_twice_each(self, api: Client, alice: Member) -> None:
        survey = published(alice)
        for state in ("closed", "closed", "open", "open"):
            assert post(api, at(survey, "state/"), {"state": state}).json()["state"] == state
            survey.refresh_from_db()
            assert survey.state == state

    def test_a_draft_is_neither_opened_nor_closed(self, api: Client) -> None:
        made = post(api, SURVEYS, WHOLE).json()
        for state in ("open", "closed"):
            assert fields(post(api, f"{SURVEYS}{made['id']}/state/", {"state": state})) == {"state"}
        assert Survey.objects.get().state == "draft"

    @pytest.mark.parametrize("body", [{}, {"state": "draft"}, {"state": ["open"]}, {"state": None}])
    def test_any_other_state_is_refused(self, api: Client, alice: Member, body: Any) -> None:
        survey = published(alice)
        assert fields(post(api, at(survey, "state/"), body)) == {"state"}


class TestLinks:
    def test_they_open_the_questionnaire_and_are_not_stored(self, api: Client, alice: Member) -> None:
        survey = published(alice)
        answer = post(api, at(survey, "links/"), {"count": 3, "expires_at": "2999-01-01T00:00:00Z"})
        links = answer.json()["links"]
        assert answer.status_code == 201 and len(set(links)) == 3
        assert answer.headers["Cache-Control"] == "no-store"
        for link in links:
            assert Client().get(f"/s/{survey.public_id}/?{link.partition('?')[2]}").status_code == 200
        stored = str(list(Invitation.objects.values()))
        assert not [link for link in links if link.partition("?t=")[2] in stored]

    def test_asked_for_again_under_the_same_key_they_are_the_same(self, api: Client, alice: Member) -> None:
        survey, other = published(alice), published(alice)
        body = {"count": 3, "key": "a-key-of-a-program"}
        first, again, elsewhere = (
            post(api, at(one, "links/"), body).json() for one in (survey, survey, other)
        )
        assert first == again and survey.invitations.count() == 3
        tokens = {link.partition("?t=")[2] for link in first["links"] + elsewhere["links"]}
        assert len(tokens) == 6 and post(api, at(survey, "links/"), body | {"count": 2}).json() != first

    @pytest.mark.parametrize(
        ("body", "field"),
        [({}, "count"), ({"count": 1, "key": "short"}, "key"),
         ({"count": 0}, "count"), ({"count": 1_001}, "count"), ({"count": "many"}, "count"),
         ({"count": 1e308}, "count"), ({"count": 1, "expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
         ({"count": 1, "name": "x"}, "name")],
    )  # fmt: skip
    def test_what_makes_no_sense_makes_none(self, api: Client, alice: Member, body: Any, field: str) -> None:
        assert fields(post(api, at(published(alice), "links/"), body)) == {field}
        assert not Invitation.objects.exists()


class TestWaves:
    def test_one_is_added_and_takes_the_answers_of_its_days(self, api: Client, alice: Member) -> None:
        survey = published(alice, period_kind="waves")
        walk(survey)
        body = {"name": "Now", "first_day": "2020-01-01", "last_day": "2999-12-31"}
        answer = post(api, at(survey, "periods/"), body)
        assert answer.status_code == 201
        assert answer.json() | body | {"id": survey.periods.get().public_id} == answer.json()
        assert survey.responses.get().period == survey.periods.get()

    @pytest.mark.parametrize(
        ("body", "field"),
        [({}, "name"), ({"name": " "}, "name"), ({"name": "2025"}, "name"),
         ({"name": "x", "first_day": "2026-01-01"}, "last_day"),
         ({"name": "x", "first_day": "soon"}, "first_day"),
         ({"name": "x", "first_day": "2026-02-01", "last_day": "2026-01-01"}, "last_day"),
         ({"name": "x", "first_day": "2025-06-01", "last_day": "2026-01-01"}, "first_day")],
    )  # fmt: skip
    def test_one_that_makes_no_sense_is_refused(
        self, api: Client, alice: Member, body: Any, field: str
    ) -> None:
        survey = published(alice, period_kind="waves")
        post(
            api, at(survey, "periods/"), {"name": "2025", "first_day": "2025-01-01", "last_day": "2025-12-31"}
        )
        assert fields(post(api, at(survey, "periods/"), body)) == {field}
        assert survey.periods.count() == 1

    def test_a_survey_of_months_takes_none(self, api: Client, alice: Member) -> None:
        assert fields(post(api, at(published(alice), "periods/"), {"name": "x"})) == {"name"}


class TestInstruments:
    def test_each_is_listed_and_shown_whole_with_its_file(self, api: Client) -> None:
        listed = api.get(INSTRUMENTS).json()["results"]
        assert {"ecsi", "acsi", "servqual", "kano", "nps"} <= {one["id"] for one in listed}
        for one in listed:
            whole = api.get(f"{INSTRUMENTS}{one['id']}/").json()
            assert {name: whole[name] for name in one} == one and whole["toml"]
        ecsi = api.get(f"{INSTRUMENTS}ecsi/").json()
        items = {item["code"]: item for section in ecsi["sections"] for item in section["items"]}
        assert len(items) == 24 and items["image1"]["scale"]["maximum"] == 10
        assert ["image", "expectations"] in ecsi["paths"] and set(items["image1"]["text"]) == {
            "en",
            "zh-hans",
            "zh-hant",
        }

    def test_one_of_ones_own_is_taken_in_used_and_replaced(self, api: Client, alice: Member) -> None:
        answer = post(api, INSTRUMENTS, {"toml": own_nps("our_nps")})
        assert answer.status_code == 201 and answer.json()["is_own"] and answer.json()["id"] == "our_nps"
        parts = [{"kind": "instrument", "instrument": "our_nps"}]
        made = post(api, SURVEYS, WHOLE | {"parts": parts}).json()
        assert not made["mistakes"]
        again = own_nps("our_nps").replace("Net promoter score (NPS)", "Ours")
        assert post(api, INSTRUMENTS, {"toml": again}).json()["name"]["en"] == "Ours"
        assert OwnInstrument.objects.get().uploaded_by == alice.user

    def test_another_organisations_is_not_there(self, api: Client, alice: Member) -> None:
        gina = owner_of("globex", "gina@example.org")
        OwnInstrument.objects.create(
            organisation=gina.organisation, instrument_id="theirs", text=own_nps("theirs")
        )
        assert fields(api.get(f"{INSTRUMENTS}theirs/"), 404) == {""}
        assert "theirs" not in api.get(INSTRUMENTS).content.decode()

    @pytest.mark.parametrize(
        ("body", "field"),
        [({}, "toml"), ({"toml": ""}, "toml"), ({"toml": ["id"]}, "toml"), ({"toml": "a\0"}, "toml"),
         ({"toml": "id = "}, "toml.file"), ({"toml": own_nps("ecsi")}, "toml.id"),
         ({"toml": own_nps("own")}, "toml.id"),
         ({"toml": own_nps("X")}, "toml.id"), ({"toml": own_nps("x"), "is_own": False}, "is_own")],
    )  # fmt: skip
    def test_a_file_with_a_mistake_is_refused_by_its_key(self, api: Client, body: Any, field: str) -> None:
        assert fields(post(api, INSTRUMENTS, body)) == {field}
        assert not OwnInstrument.objects.exists()
