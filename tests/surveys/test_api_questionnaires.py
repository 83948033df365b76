"""The public questionnaire by the API: what it asks, and one response for each respondent."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from surveys import publishing
from surveys.models import Invitation, Member, Response, Survey, TextAnswer
from surveys.responses import keys
from surveys.responses.invitations import make_links
from tests.cast import ECSI, REGION, draft, owner_of, page_of, published
from tests.surveys.endpoints import everything
from tests.surveys.respond_cast import (
    KANO,
    Respondent,
    asking,
    every_kind,
    instrument,
    options,
    own,
    rating,
    said,
    stored,
)

pytestmark = pytest.mark.django_db
KEY = "3q2-7wAbcd_EFgh1JKlm"
GIVEN: dict[str, Any] = {
    "own.mark": 0,
    "own.branch": "market",
    "own.used": ["mail", "shop"],
    "own.visits": 12,
    "own.since": "2026-02-28",
    "own.name": "A shop",
    "own.wish": " Open earlier.\r\nPlease. ",
}
ROUTED = page_of(
    rating("mark"),
    own(
        "why", "long", required=True, show_if=[{"question": "own.mark", "operator": "at_most", "values": [6]}]
    ),
    own("used", "multiple", options=options("shop", "phone")),
    own("phone", "short", show_if=[{"question": "own.used", "operator": "is", "values": ["phone"]}]),
)


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return published(alice, segments=[REGION])


def at(survey: Survey | str, rest: str = "") -> str:
    public_id = survey if isinstance(survey, str) else survey.public_id
    return f"/api/v1/questionnaires/{public_id}/{rest}"


def hand_in(survey: Survey | str, answers: Any, key: Any = KEY, **more: Any) -> Any:
    return post(survey, {"key": key, "answers": answers, **more})


def post(survey: Survey | str, body: Any) -> Any:
    raw = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return Client().post(at(survey, "responses/"), raw, content_type="application/json")


def fields(answer: Any, status: int = 400) -> set[str]:
    """The fields at fault, from an answer that refuses."""
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    return {row["field"] for row in answer.json()["problems"]}


def asked(survey: Survey, query: str = "") -> Any:
    answer = Client().get(at(survey, query))
    assert answer.status_code == 200 and not answer.cookies
    return answer.json()


class TestWhatIsAsked:
    def test_every_page_and_question_in_the_language_asked_for(self, survey: Survey) -> None:
        before = everything()
        shown = asked(survey, "?language=zh-hant")
        assert (shown["state"], shown["version"], shown["language"]) == ("open", 1, "zh-hant")
        assert shown["languages"] == ["en", "zh-hans", "zh-hant"]
        assert [len(page["questions"]) for page in shown["pages"]] == [5, 3, 7, 2, 3, 1, 3, 1]
        first, last = shown["pages"][0]["questions"][0], shown["pages"][-1]["questions"][0]
        assert (first["code"], first["kind"], first["dont_know"]) == ("ecsi.image1", "scale", True)
        assert "艾克美" in first["text"]
        assert [choice["value"] for choice in first["choices"]] == list(range(1, 11))
        assert last["choices"][0] == {"value": "north", "label": "北"}
        assert asked(survey)["language"] == "en" and everything() == before

    def test_every_kind_says_what_may_be_answered(self, alice: Member) -> None:
        shown = asked(every_kind(alice))["pages"][0]["questions"]
        assert [one["kind"] for one in shown] == [
            "scale", "single", "multiple", "number", "date", "short", "long",
        ]  # fmt: skip
        by_code = {one["code"]: one for one in shown}
        assert (by_code["own.visits"]["minimum"], by_code["own.visits"]["maximum"]) == (0, 365)
        assert (by_code["own.mark"]["low"], by_code["own.mark"]["high"]) == ("Bad", "Good")

    def test_conditions_and_what_must_be_answered_are_told(self, alice: Member) -> None:
        pages = asked(asking(alice, ROUTED))["pages"]
        why = next(one for page in pages for one in page["questions"] if one["code"] == "own.why")
        assert why["required"]
        assert why["show_if"] == [{"question": "own.mark", "operator": "at_most", "values": [6]}]

    def test_consent_thanks_and_the_way_onward(self, alice: Member) -> None:
        shown = asked(
            asking(alice, ECSI, consent=said("I agree."), thanks=said("Bye."), onward="https://a.example/")
        )
        assert (shown["consent"], shown["thanks"], shown["onward"]) == (
            "I agree.",
            "Bye.",
            "https://a.example/",
        )

    def test_nothing_is_asked_unless_it_is_open(self, survey: Survey) -> None:
        now = timezone.now()
        for state, change in [
            ("early", {"opens_at": now + timedelta(hours=1)}),
            ("closed", {"closes_at": now, "opens_at": None}),
            ("closed", {"closes_at": None, "state": "closed"}),
        ]:
            Survey.objects.update(**change)
            shown = asked(survey)
            assert (shown["state"], shown["pages"]) == (state, [])

    def test_a_draft_and_no_survey_look_the_same(self, alice: Member) -> None:
        unpublished = draft(alice)
        for answers in (
            [Client().get(at(one)) for one in (unpublished, "A" * 22)],
            [hand_in(one, {}) for one in (unpublished, "A" * 22)],
        ):
            assert {fields(one, 404) == {""} for one in answers} == {True}
            assert answers[0].content == answers[1].content

    @pytest.mark.parametrize("language", ["xx", "' OR 1=1 --", "\0", "EN", "x" * 5_000, "{{7*7}}"])
    def test_a_language_it_does_not_have_is_refused(self, survey: Survey, language: str) -> None:
        answer = Client().get(at(survey), {"language": language})
        assert fields(answer) == {"language"}
        assert fields(hand_in(survey, {}, language=language)) == {"language"}
        assert not Response.objects.exists()


class TestHandingIn:
    def test_one_finished_response_holds_every_answer(self, survey: Survey) -> None:
        answers = {f"ecsi.image{number}": number for number in range(1, 6)}
        answer = hand_in(survey, answers | {"ecsi.value1": "dk", "ecsi.value2": None, "own.region": "south"})
        assert answer.status_code == 201 and not answer.cookies
        assert set(answer.json()) == {"state", "withdrawal_code"} and answer.json()["state"] == "finished"
        response = Response.objects.get()
        assert (response.state, response.language, response.segments) == (
            "finished",
            "en",
            {"region": "south"},
        )
        assert response.period and response.finished_at and response.version.number == 1
        assert len(response.answers) == 25 and response.answers | answers == response.answers
        assert response.answers["ecsi.value1"] == "dk" and response.answers["ecsi.value2"] is None
        assert response.answers["ecsi.loyalty1"] is None

    def test_a_question_of_every_kind(self, alice: Member) -> None:
        assert hand_in(every_kind(alice), GIVEN).status_code == 201
        assert stored() == GIVEN | {"own.used": ["shop", "mail"], "own.wish": "Open earlier.\nPlease."}
        response = Response.objects.get()
        assert response.answers["own.mark"] == 0 and TextAnswer.objects.count() == 2

    def test_how_long_it_took_is_not_known_and_not_held_against_it(self, survey: Survey) -> None:
        hand_in(survey, {f"ecsi.image{number}": number for number in range(1, 6)})
        response = Response.objects.get()
        assert response.started_at is None and "speed" not in response.flags

    def test_what_looks_careless_is_flagged_as_on_the_pages(self, survey: Survey) -> None:
        hand_in(survey, {f"ecsi.image{number}": 7 for number in range(1, 6)})
        assert Response.objects.get().flags == {"straight": ["ecsi.image"]}

    def test_the_same_again_stores_nothing_and_gives_the_same_code(self, alice: Member) -> None:
        survey = every_kind(alice)
        first, before = hand_in(survey, GIVEN), everything()
        again = hand_in(survey, dict(reversed(GIVEN.items())))
        assert (first.status_code, again.status_code) == (201, 200)
        assert again.json() == first.json() and everything() == before

    @pytest.mark.parametrize(
        "other",
        [GIVEN | {"own.mark": 1}, GIVEN | {"own.used": ["shop"]}, GIVEN | {"own.wish": "Other"},
         {code: value for code, value in GIVEN.items() if code != "own.name"}, {}],
    )  # fmt: skip
    def test_other_answers_under_the_same_key_are_a_conflict(self, alice: Member, other: Any) -> None:
        survey = every_kind(alice)
        hand_in(survey, GIVEN)
        before = everything()
        assert fields(hand_in(survey, other), 409) == {"key"}
        assert everything() == before

    def test_the_same_again_is_known_after_a_new_version_and_after_closing(self, alice: Member) -> None:
        survey = every_kind(alice)
        first = hand_in(survey, GIVEN)
        survey.parts = [page_of(rating("other"))]
        survey.save()
        publishing.publish(survey, None)
        for end in (lambda: None, lambda: publishing.close(survey)):
            end()
            again = hand_in(survey, GIVEN)
            assert again.status_code == 200 and again.json() == first.json()
        assert fields(hand_in(survey, {}, KEY + "2"), 410) == {""}
        assert Response.objects.count() == 1

    def test_a_key_means_one_survey_alone(self, alice: Member, survey: Survey) -> None:
        other = published(owner_of("globex", "gina@example.org"))
        first, second = (hand_in(one, {"ecsi.image1": 7}) for one in (survey, other))
        assert first.status_code == second.status_code == 201
        assert first.json()["withdrawal_code"] != second.json()["withdrawal_code"]
        assert set(Response.objects.values_list("survey", flat=True)) == {survey.pk, other.pk}

    def test_neither_key_nor_code_is_stored(self, survey: Survey) -> None:
        code = hand_in(survey, {"ecsi.image1": 7}).json()["withdrawal_code"]
        everywhere = str(everything())
        assert KEY not in everywhere and code not in everywhere
        assert Response.objects.get().withdrawal_digest == keys.withdrawal_digest(code)

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("with_link", [False, True])
    def test_twenty_at_once_make_one_response_and_all_get_its_code(
        self, survey: Survey, with_link: bool
    ) -> None:
        more = {"t": make_links(survey, 1)[0].partition("?t=")[2]} if with_link else {}

        def send(_number: int) -> tuple[int, str]:
            try:
                answer = hand_in(survey, {"ecsi.image1": 7, "own.region": "north"}, **more)
                return answer.status_code, answer.content.decode()
            finally:
                connections.close_all()

        with ThreadPoolExecutor(20) as pool:
            seen = list(pool.map(send, range(20)))
        assert sorted(status for status, _body in seen) == [200] * 19 + [201]
        assert len({body for _status, body in seen}) == 1
        assert Response.objects.filter(state="finished").count() == Response.objects.count() == 1


class TestGates:
    def test_closed_is_gone_and_early_is_forbidden(self, survey: Survey) -> None:
        hour = timedelta(hours=1)
        for status, change in [
            (403, {"opens_at": timezone.now() + hour}),
            (410, {"opens_at": None, "closes_at": timezone.now() - hour}),
            (410, {"closes_at": None, "state": "closed"}),
        ]:
            Survey.objects.update(**change)
            assert fields(hand_in(survey, {"ecsi.image1": 7}), status) == {""}
        assert not Response.objects.exists()

    @pytest.mark.parametrize("given", [{}, {"consent": False}])
    def test_without_consent_nothing_is_stored(self, alice: Member, given: Any) -> None:
        survey = asking(alice, ECSI, consent=said("I agree."))
        assert fields(hand_in(survey, {"ecsi.image1": 7}, **given), 403) == {"consent"}
        assert not Response.objects.exists()
        assert hand_in(survey, {"ecsi.image1": 7}, consent=True).status_code == 201
        assert Response.objects.get().agreed_at

    @pytest.mark.parametrize("consent", ["perhaps", None, [], {}, 2])
    def test_consent_is_yes_or_no(self, alice: Member, consent: Any) -> None:
        survey = asking(alice, ECSI, consent=said("I agree."))
        assert fields(hand_in(survey, {}, consent=consent)) == {"consent"}

    def test_consent_that_nobody_asked_for_is_not_recorded(self, survey: Survey) -> None:
        hand_in(survey, {"ecsi.image1": 7}, consent=True)
        assert Response.objects.get().agreed_at is None


class TestPersonalLinks:
    @pytest.fixture
    def token(self, survey: Survey) -> str:
        return make_links(survey, 1)[0].partition("?t=")[2]

    def test_it_is_good_for_one_response(self, survey: Survey, token: str) -> None:
        first = hand_in(survey, {"ecsi.image1": 7}, t=token)
        assert first.status_code == 201 and Invitation.objects.get().is_finished
        again = hand_in(survey, {"ecsi.image1": 7}, t=token)
        assert again.status_code == 200 and again.json() == first.json()
        for key in (KEY, KEY + "2"):
            assert fields(hand_in(survey, {"ecsi.image1": 8}, key, t=token), 410) == {"t"}
        assert Client().get(f"/s/{survey.public_id}/?t={token}").status_code == 410
        assert Response.objects.count() == 1

    def test_the_answers_it_gave_cannot_be_guessed_by_who_sent_it(self, survey: Survey, token: str) -> None:
        hand_in(survey, {"ecsi.image1": 7}, t=token)
        assert fields(hand_in(survey, {"ecsi.image1": 7}, KEY + "2", t=token), 410) == {"t"}

    def test_it_goes_on_where_the_page_was_left(self, survey: Survey, token: str) -> None:
        Respondent(survey, f"?t={token}").send("ecsi.image", {"ecsi.image1": "3"})
        assert hand_in(survey, {"ecsi.image1": 7}, t=token).status_code == 201
        response = Response.objects.get()
        assert response.state == "finished" and response.answers["ecsi.image1"] == 7

    def test_unknown_foreign_and_expired_ones_are_refused_alike(self, survey: Survey, token: str) -> None:
        other = published(owner_of("globex", "gina@example.org"))
        foreign = make_links(other, 1)[0].partition("?t=")[2]
        refused = [hand_in(survey, {}, t=one) for one in (foreign, "A" * 22, "", "' OR 1=1 --")]
        assert fields(refused[0], 410) == {"t"} and refused[0].content == refused[1].content
        assert fields(refused[2]) == {"t"} and fields(refused[3], 410) == {"t"}
        Invitation.objects.update(expires_at=timezone.now())
        assert fields(hand_in(survey, {}, t=token), 410) == {"t"}
        assert not Response.objects.exists()

    def test_one_that_was_used_for_another_survey_tells_nothing(self, survey: Survey, token: str) -> None:
        hand_in(survey, {"ecsi.image1": 7}, t=token)
        other = published(owner_of("globex", "gina@example.org"))
        assert fields(hand_in(other, {"ecsi.image1": 7}, t=token), 410) == {"t"}


class TestRefusedAnswers:
    @pytest.mark.parametrize(
        "value", [11, 0, -1, 9.5, 5.0, True, False, "9", "null", "", [9], {"v": 9}, 1e308, -1e308, "na",
                  "hidden", 10**400, 9_007_199_254_740_993]
    )  # fmt: skip
    def test_off_the_scale(self, survey: Survey, value: Any) -> None:
        assert fields(hand_in(survey, {"ecsi.image1": value, "ecsi.image2": 5})) == {"answers.ecsi.image1"}
        assert not Response.objects.exists()

    @pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
    def test_what_is_no_number_at_all(self, survey: Survey, number: str) -> None:
        answer = post(survey, f'{{"key": "{KEY}", "answers": {{"ecsi.image1": {number}}}}}')
        assert fields(answer) <= {"", "answers.ecsi.image1"} and not Response.objects.exists()

    @pytest.mark.parametrize(
        ("code", "value"),
        [
            ("own.branch", "moon"), ("own.branch", ["market"]), ("own.branch", 1), ("own.used", "shop"),
            ("own.used", ["shop", "moon"]), ("own.used", [["shop"]]), ("own.used", [True]),
            ("own.visits", 366), ("own.visits", "12"), ("own.visits", 1e308), ("own.visits", True),
            ("own.since", "2026-02-30"),
            ("own.since", 20260228), ("own.since", "1 OR 1=1"), ("own.name", "x" * 201), ("own.name", 7),
            ("own.name", ["x"]), ("own.wish", "x" * 5_001), ("own.wish", {"en": "x"}), ("own.wish", False),
        ],
    )  # fmt: skip
    def test_of_another_kind(self, alice: Member, code: str, value: Any) -> None:
        survey = every_kind(alice)
        assert fields(hand_in(survey, GIVEN | {code: value})) == {f"answers.{code}"}
        assert not Response.objects.exists()

    @pytest.mark.parametrize("text", ["a\0b", "\ud800", "\udfff!"])
    def test_text_that_no_database_keeps(self, alice: Member, text: str) -> None:
        survey = every_kind(alice)
        assert fields(hand_in(survey, GIVEN | {"own.wish": text})) == {"answers.own.wish"}
        assert not Response.objects.exists()

    def test_every_other_character_is_kept(self, alice: Member) -> None:
        survey = every_kind(alice)
        odd = "\u202eسلام 😀 {{7*7}} ${x} =HYPERLINK() <img src=x onerror=alert(1)> \u200b字"
        assert hand_in(survey, GIVEN | {"own.wish": odd}).status_code == 201
        assert stored()["own.wish"] == odd

    @pytest.mark.parametrize(
        "code", ["ecsi.image9", "nps.score", "own.branch", "", "image1", "ecsi.image1 ", "x" * 9_000]
    )
    def test_codes_that_are_not_asked_here(self, survey: Survey, code: str) -> None:
        every_kind(owner_of("globex", "gina@example.org"))
        answer = hand_in(survey, {"ecsi.image1": 7, code: 7})
        assert fields(answer) == {f"answers.{code}"} and not Response.objects.exists()

    def test_all_wrong_answers_of_a_page_are_named_at_once(self, survey: Survey) -> None:
        answer = hand_in(survey, {"ecsi.image1": 11, "ecsi.image2": 5, "ecsi.image3": "x"})
        assert fields(answer) == {"answers.ecsi.image1", "answers.ecsi.image3"}

    def test_what_is_asked_only_after_other_answers_cannot_be_answered(self, alice: Member) -> None:
        survey = asking(alice, ROUTED)
        for answers, code in [
            ({"own.mark": 9, "own.why": "It is good."}, "own.why"),
            ({"own.why": "No mark given."}, "own.why"),
            ({"own.mark": 9, "own.used": ["shop"], "own.phone": "1"}, "own.phone"),
        ]:
            assert fields(hand_in(survey, answers)) == {f"answers.{code}"}
        assert not Response.objects.exists()

    def test_what_must_be_answered_must_be_where_it_is_asked(self, alice: Member) -> None:
        survey = asking(alice, ROUTED)
        for answers in ({"own.mark": 3}, {"own.mark": 3, "own.why": None}, {"own.mark": 3, "own.why": "  "}):
            assert fields(hand_in(survey, answers)) == {"answers.own.why"}
        assert not Response.objects.exists()
        answers = {"own.mark": 3, "own.why": "hidden", "own.used": ["phone"], "own.phone": "1"}
        assert hand_in(survey, answers).status_code == 201
        assert stored() == answers

    def test_what_was_not_asked_is_kept_as_hidden(self, alice: Member) -> None:
        survey = asking(alice, ROUTED)
        assert hand_in(survey, {"own.mark": 9, "own.why": None}).status_code == 201
        assert stored() == {"own.mark": 9, "own.used": None}

    def test_shared_points_make_a_hundred(self, alice: Member) -> None:
        survey = asking(alice, instrument("servqual"))
        weights = [
            q["code"] for page in asked(survey)["pages"] for q in page["questions"] if q["kind"] == "points"
        ]
        for points in (99, 101, 33.5, "50"):
            (field,) = fields(hand_in(survey, {weights[0]: points}))
            assert field == f"answers.{weights[0]}"
        assert not Response.objects.exists()
        assert hand_in(survey, {weights[0]: 60, weights[1]: 40}).status_code == 201
        assert [Response.objects.get().answers[code] for code in weights] == [60, 40, 0, 0, 0]

    def test_features_of_kano_are_asked_and_answered(self, alice: Member) -> None:
        survey = asking(alice, KANO)
        codes = [q["code"] for page in asked(survey)["pages"] for q in page["questions"]]
        assert hand_in(survey, {codes[0]: 1, codes[1]: 5}).status_code == 201
        assert stored()[codes[1]] == 5


class TestBodiesThatMakeNoSense:
    @pytest.mark.parametrize(
        "key", ["", "short", "x" * 15, "x" * 65, "a b" * 8, "ключ" * 5, f"{KEY}\n", f" {KEY}", 7, None, [KEY],
                True, "../../../etc/passwd", "' OR 1=1 -- 12345678", "a" * 16 + "\0"]
    )  # fmt: skip
    def test_a_key_that_is_none(self, survey: Survey, key: Any) -> None:
        assert fields(hand_in(survey, {"ecsi.image1": 7}, key)) == {"key"}
        assert not Response.objects.exists()

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"key": KEY}, "answers"),
            ({"key": KEY, "answers": None}, "answers"),
            ({"key": KEY, "answers": []}, "answers"),
            ({"key": KEY, "answers": "x"}, "answers"),
            ({"answers": {}}, "key"),
            ([], ""),
            ("x", ""),
            ("{", ""),
            (b"\xff\xfe", ""),
            ("[" * 100_000, ""),
        ],
    )
    def test_a_body_that_is_none(self, survey: Survey, body: Any, field: str) -> None:
        assert fields(post(survey, body)) == {field} and not Response.objects.exists()

    @pytest.mark.parametrize("depth", [20, 100, 900])
    def test_a_deep_one(self, survey: Survey, depth: int) -> None:
        deep = "[" * depth + "]" * depth
        for body in (
            f'{{"key": "{KEY}", "answers": {{"ecsi.image1": {deep}}}}}',
            f'{{"key": "{KEY}", "answers": {{}}, "more": {deep}}}',
        ):
            named = ({"answers.ecsi.image1"}, {"more"}) if depth < 50 else ({""},)
            assert fields(post(survey, body)) in named
        assert not Response.objects.exists()

    def test_a_large_one(self, survey: Survey) -> None:
        assert fields(hand_in(survey, {"own.region": "x" * 10_000_000}), 413) == {""}
        assert not Response.objects.exists()

    def test_one_with_ten_thousand_answers(self, survey: Survey) -> None:
        answer = hand_in(survey, {f"ecsi.image{number}": 1 for number in range(10, 10_010)})
        assert len(fields(answer)) == 20 and not Response.objects.exists()

    @pytest.mark.parametrize(
        "forged", ["created_at", "finished_at", "started_at", "state", "score", "weight", "survey", "period",
                   "version", "flags", "is_excluded", "segments", "withdrawal_code", "tenant", "is_staff"]
    )  # fmt: skip
    def test_fields_of_the_server_cannot_be_set(self, survey: Survey, forged: str) -> None:
        body = {"key": KEY, "answers": {"ecsi.image1": 7}, forged: "2001-01-01"}
        assert fields(post(survey, body)) == {forged}
        assert not Response.objects.exists()

    @pytest.mark.parametrize(
        "kind", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"]
    )
    def test_only_json_is_taken(self, survey: Survey, kind: str) -> None:
        body = json.dumps({"key": KEY, "answers": {"ecsi.image1": 7}})
        answer = Client().post(at(survey, "responses/"), body, content_type=kind)
        assert fields(answer, 415) == {""} and not Response.objects.exists()

    @pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
    def test_no_other_method_does_anything(self, survey: Survey, method: str) -> None:
        body = json.dumps({"key": KEY, "answers": {"ecsi.image1": 7}})
        answer = Client().generic(method, at(survey, "responses/"), body, content_type="application/json")
        assert answer.status_code == 405 and not Response.objects.exists()

    def test_a_cookie_or_a_token_that_does_not_work_changes_nothing(self, survey: Survey) -> None:
        caller = Client(headers={"authorization": "Bearer bt_forged"}, enforce_csrf_checks=True)
        body = json.dumps({"key": KEY, "answers": {"ecsi.image1": 7}})
        answer = caller.post(at(survey, "responses/"), body, content_type="application/json")
        assert answer.status_code == 201

    def test_problems_are_told_in_the_respondents_language(self, survey: Survey) -> None:
        english, chinese = (
            hand_in(survey, {"ecsi.image1": 11}, language=one).content for one in ("en", "zh-hant")
        )
        assert english != chinese
