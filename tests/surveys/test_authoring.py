"""Putting a questionnaire together by its pages: parts, questions, conditions, and their mistakes."""

import html
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from surveys import publishing
from surveys.drafts import drafting
from surveys.forms.survey import SurveyForm
from surveys.models import Member, Survey
from tests.cast import ECSI, REGION, WORDS, draft, owner_of, page_of, published, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.words]
NPS = {"kind": "instrument", "instrument": "nps"}
KANO = {"kind": "instrument", "instrument": "kano"}
LIVE = ("<img src=x", "<svg/onload", "<script", 'javascript:alert(1)"')


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org", "Asia/Taipei")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return draft(alice, parts=[NPS], languages=["en"])


@pytest.fixture
def author(alice: Member) -> Client:
    return signed_in(alice)


def at(survey: Survey, path: str = "") -> str:
    return f"/o/acme/surveys/{survey.public_id}/{path}"


def post(author: Client, survey: Survey, path: str, fields: dict[str, Any]) -> Any:
    """Send a form that must be taken; the page it leads to."""
    answer = author.post(at(survey, path), fields)
    assert answer.status_code == 302, html.unescape(answer.content.decode())
    survey.refresh_from_db()
    return answer


def keys(survey: Survey) -> list[str]:
    return [drafting.key_of(part) for part in survey.parts]


def add_question(author: Client, survey: Survey, kind: str, **fields: Any) -> str:
    """A question on the page p1; its code."""
    before = {one["code"] for one in survey.parts[-1].get("questions", [])}
    shown = author.get(at(survey, f"questions/page-p1/new/?type={kind}")).content.decode()
    code = re.search(r'name="code" value="(\w+)"', shown)
    assert code
    post(author, survey, f"questions/page-p1/new/?type={kind}", {"code": code[1], **fields})
    made = {one["code"] for one in survey.parts[-1]["questions"]} - before
    return made.pop()


# -- settings


def settings_of(author: Client, address: str) -> dict[str, Any]:
    """What a settings form would send as it is shown."""
    form = author.get(address).context["form"]
    shown = {field.html_name: field.value() for field in form}
    return {name: value for name, value in shown.items() if value not in (None, "")}


def new_survey(author: Client, **fields: Any) -> Any:
    address = "/o/acme/surveys/new/"
    given = {"name": "Customers", "languages": ["en"], "company_en": "Acme", "category_en": "phones"}
    return author.post(address, settings_of(author, address) | given | fields)


def test_a_new_survey_asks_the_instruments_that_were_chosen(author: Client) -> None:
    answer = new_survey(author, instruments=["ecsi", "nps"])
    survey = Survey.objects.get()
    assert answer.url == at(survey, "questions/")
    assert survey.instrument_ids == ["ecsi", "nps"] and publishing.draft_mistakes(survey) == []


def test_an_instrument_that_is_not_in_the_catalogue_is_refused(author: Client) -> None:
    assert new_survey(author, instruments=["ecsi", "horoscope"]).status_code == 200
    assert not Survey.objects.exists()


def test_words_are_asked_for_where_an_instrument_uses_them(author: Client) -> None:
    refused = new_survey(author, instruments=["ecsi"], category_en="")
    assert b'id="id_category_en_error"' in refused.content
    assert new_survey(author, instruments=["nps"], category_en="").status_code == 302


def test_texts_times_and_the_way_onward_are_kept(author: Client) -> None:
    times = {"opens_at": "2026-12-01T09:00", "closes_at": "2026-12-24T18:00"}
    new_survey(author, consent_en="I agree", thanks_en="Bye", onward="example.org/thanks", **times)
    survey = Survey.objects.get()
    assert (survey.consent, survey.thanks) == ({"en": "I agree"}, {"en": "Bye"})
    assert survey.onward == "https://example.org/thanks"
    assert survey.opens_at == datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
    page = author.get(at(survey, "edit/")).content.decode()
    assert 'value="2026-12-01T09:00"' in page and "Asia/Taipei" in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("onward", "javascript:alert(1)"),
        ("onward", "ftp://example.org/"),
        ("onward", "data:text/html,x"),
        ("onward", "https://" + "a" * 600 + ".org"),
        ("closes_at", "2026-01-01T00:00"),
        ("opens_at", "tomorrow"),
        ("opens_at", "0001-01-01T00:00"),
        ("closes_at", "9999-12-31T23:59"),
        ("consent_en", "x" * 2001),
    ],
)
def test_a_setting_that_cannot_be_is_refused_beside_its_field(author: Client, field: str, value: str) -> None:
    refused = new_survey(author, **({"opens_at": "2026-02-01T00:00"} | {field: value}))
    assert refused.status_code == 200 and f'id="id_{field}_error"' in refused.content.decode()
    assert not Survey.objects.exists()


def test_settings_offer_no_instruments_and_take_none_once_the_survey_is_there(
    author: Client, survey: Survey
) -> None:
    sent = settings_of(author, at(survey, "edit/")) | {"name": "New"}
    assert "instruments" not in sent
    post(author, survey, "edit/", {**sent, "parts": "[]", "instruments": "ces"})
    assert survey.name == "New" and survey.instrument_ids == ["nps"]


def test_settings_leave_alone_what_somebody_else_changes_meanwhile(author: Client, survey: Survey) -> None:
    sent = settings_of(author, at(survey, "edit/")) | {"name": "New"}
    form = SurveyForm(sent, instance=Survey.objects.get())
    assert form.is_valid()
    drafting.change(survey, lambda parts, codes: drafting.add_instrument(parts, "csat"))
    publishing.publish(survey, None)
    form.save()
    survey.refresh_from_db()
    assert (survey.name, survey.state, survey.instrument_ids) == ("New", "open", ["nps", "csat"])


# -- parts


def test_parts_are_added_moved_and_removed(author: Client, survey: Survey) -> None:
    post(author, survey, "questions/add/", {"instrument": "csat"})
    post(author, survey, "questions/add/", {"page": "p1"})
    assert keys(survey) == ["instrument-nps", "instrument-csat", "page-p1"]
    for _twice in range(2):
        post(author, survey, "questions/arrange/", {"part": "page-p1", "to": "0"})
        assert keys(survey) == ["page-p1", "instrument-nps", "instrument-csat"]
    for _twice in range(2):
        post(author, survey, "questions/arrange/", {"part": "instrument-nps", "remove": "1"})
        assert keys(survey) == ["page-p1", "instrument-csat"]


@pytest.mark.parametrize("to", ["", "-1", "x", "9" * 50, "²"])
def test_a_place_that_is_none_moves_nothing(author: Client, survey: Survey, to: str) -> None:
    post(author, survey, "questions/add/", {"page": "p1"})
    before = keys(survey)
    post(author, survey, "questions/arrange/", {"part": "instrument-nps", "to": to})
    assert keys(survey) == before


def test_what_is_sent_twice_is_added_once(author: Client, survey: Survey) -> None:
    for _twice in range(2):
        post(author, survey, "questions/add/", {"page": "p1"})
        post(author, survey, "questions/add/", {"instrument": "nps"})
    assert keys(survey) == ["instrument-nps", "page-p1"]


def test_the_draft_page_shows_the_parts_in_order_with_their_pages(author: Client, alice: Member) -> None:
    survey = draft(alice, parts=[page_of(REGION, title={"en": "Where", "zh-hans": "哪里"}), ECSI])
    page = author.get(at(survey, "questions/")).content.decode()
    assert page.index("Where") < page.index("European customer satisfaction index")
    assert "24 questions" in page and "on 7 pages" in page and "makes segments" in page
    for language in survey.languages:
        assert f"/preview/?language={language}" in page


def test_optional_items_are_left_out_and_others_cannot_be(author: Client, alice: Member) -> None:
    survey = draft(alice)
    post(author, survey, "questions/instrument-ecsi/", {"drop": ["image3"], "per_page": "3"})
    assert survey.parts == [{**ECSI, "drop": ["image3"], "per_page": 3, "features": []}]
    refused = author.post(at(survey, "questions/instrument-ecsi/"), {"drop": ["image1"]})
    assert refused.status_code == 200 and b"image1 is not one of the available choices" in refused.content
    assert author.post(at(survey, "questions/instrument-ecsi/"), {"per_page": "0"}).status_code == 200


def test_features_keep_their_codes_whatever_they_are_called(author: Client, survey: Survey) -> None:
    post(author, survey, "questions/add/", {"instrument": "kano"})
    here = "questions/instrument-kano/"
    post(author, survey, here, {"feature_new1_en": "Delivery", "feature_new2_en": "Help"})
    features = survey.parts[1]["features"]
    assert [(one["code"], one["name"]["en"]) for one in features] == [("f1", "Delivery"), ("f2", "Help")]
    renamed = {"feature_f1_en": "Fast delivery", "feature_f1_order": "2", "feature_f2_order": "1"}
    post(author, survey, here, {**renamed, "feature_f2_en": "", "feature_new1_en": "Price"})
    features = survey.parts[1]["features"]
    assert [(one["code"], one["name"]["en"]) for one in features] == [
        ("f1", "Fast delivery"),
        ("f3", "Price"),
    ]
    refused = author.post(at(survey, here), {"feature_f1_en": " ", "feature_f3_en": ""})
    assert b"Name at least one feature" in refused.content


# -- questions


def test_questions_of_every_kind_are_written_and_asked(author: Client, survey: Survey) -> None:
    post(author, survey, "questions/add/", {"page": "p1"})
    options = {"option_new1_en": "Yes", "option_new2_en": "No"}
    add_question(author, survey, "single", text_en="A?", segment="on", required="on", **options)
    add_question(author, survey, "multiple", text_en="B?", **options)
    add_question(
        author, survey, "rating", text_en="C?", minimum="0", maximum="10", low_en="Bad", high_en="Good"
    )
    add_question(author, survey, "number", text_en="D?", maximum="9")
    for kind in ("date", "short", "long"):
        add_question(author, survey, kind, text_en=f"{kind}?")
    post(author, survey, "questions/page-p1/", {"title_en": "More"})
    assert publishing.draft_mistakes(survey) == []
    asked = survey.parts[1]["questions"]
    assert [one["code"] for one in asked] == [f"q{n}" for n in range(1, 8)]
    assert asked[0]["required"] and asked[0]["segment"]
    assert [one["code"] for one in asked[0]["options"]] == ["o1", "o2"]


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        ("short", {}, "text_en"),
        ("single", {"text_en": "A?", "option_new1_en": "Only"}, "option_new1_en"),
        ("rating", {"text_en": "A?", "minimum": "1", "maximum": "20"}, "maximum"),
        ("rating", {"text_en": "A?", "minimum": "1"}, "maximum"),
        ("number", {"text_en": "A?", "minimum": "5", "maximum": "1"}, "maximum"),
        ("short", {"text_en": "x" * 2001}, "text_en"),
    ],
)
def test_a_question_that_cannot_be_is_refused_beside_its_field(
    author: Client, survey: Survey, kind: str, fields: dict[str, str], field: str
) -> None:
    post(author, survey, "questions/add/", {"page": "p1"})
    answer = author.post(at(survey, f"questions/page-p1/new/?type={kind}"), fields)
    assert answer.status_code == 200 and f'id="id_{field}_error"' in answer.content.decode()
    survey.refresh_from_db()
    assert survey.parts[1]["questions"] == []


def test_a_question_sent_twice_is_one(author: Client, survey: Survey) -> None:
    post(author, survey, "questions/add/", {"page": "p1"})
    for _twice in range(2):
        post(author, survey, "questions/page-p1/new/?type=short", {"code": "q1", "text_en": "A?"})
    assert [one["code"] for one in survey.parts[1]["questions"]] == ["q1"]


def test_options_keep_their_codes_when_they_are_renamed_and_reordered(author: Client, survey: Survey) -> None:
    post(author, survey, "questions/add/", {"page": "p1"})
    options = {f"option_new{n}_en": name for n, name in enumerate(["North", "South", "West"], 1)}
    add_question(author, survey, "single", text_en="Region?", **options)
    changed = {"option_o1_en": "Norden", "option_o1_order": "2", "option_o2_en": "", "option_o3_en": "West"}
    changed |= {"option_o3_order": "1", "option_new1_en": "East"}
    post(author, survey, "questions/page-p1/questions/q1/", {"text_en": "Region?", **changed})
    options_now = survey.parts[1]["questions"][0]["options"]
    assert [(one["code"], one["text"]["en"]) for one in options_now] == [
        ("o3", "West"),
        ("o1", "Norden"),
        ("o4", "East"),
    ]


def test_no_code_is_ever_made_again(author: Client, alice: Member) -> None:
    survey = published(alice, parts=[page_of({**REGION, "code": "q7"}, code="p3")])
    drafting.change(survey, lambda parts, codes: parts.clear())
    made: list[str] = []
    for _each in range(2):
        drafting.change(survey, lambda parts, codes: made.append(drafting.add_page(parts, codes, "")))
        drafting.change(survey, lambda parts, codes: drafting.remove(parts, f"page-{made[-1]}"))
    assert made == ["p4", "p5"]
    question = {"type": "short", "text": {"en": "?"}}

    def ask(parts: list[dict[str, Any]], codes: drafting.Codes) -> None:
        page = f"page-{drafting.add_page(parts, codes, '')}"
        asked = [drafting.put_question(parts, codes, page, question, "q7") for _each in range(2)]
        drafting.remove_question(parts, page, asked[1])
        assert asked == ["q8", "q9"]
        assert drafting.put_question(parts, codes, page, question, "") == "q10"

    drafting.change(survey, ask)


def test_a_kind_may_be_changed_until_it_is_published(author: Client, alice: Member) -> None:
    survey = draft(alice, parts=[page_of(REGION)], languages=["en"])
    here = "questions/page-about_you/questions/region/"
    fields = {"text_en": "Region", "option_north_en": "North", "option_south_en": "South"}
    post(author, survey, f"{here}?type=multiple", fields)
    assert survey.parts[0]["questions"][0]["type"] == "multiple"
    publishing.publish(survey, None)
    post(author, survey, f"{here}?type=single", fields)
    assert survey.parts[0]["questions"][0]["type"] == "multiple"


def test_a_title_that_was_typed_is_kept_when_a_question_is_added(author: Client, survey: Survey) -> None:
    post(author, survey, "questions/add/", {"page": "p1"})
    shown = author.get(at(survey, "questions/page-p1/")).content.decode()
    button = re.search(r'<button[^>]* form="([\w-]+)" name="(\w+)" value="(\w+)">Add a question', shown)
    assert button and f'id="{button[1]}"' in shown
    answer = post(author, survey, "questions/page-p1/", {"title_en": "About you", button[2]: button[3]})
    assert answer.url == at(survey, "questions/page-p1/new/")
    assert survey.parts[-1]["title"] == {"en": "About you"}


def test_questions_are_moved_and_removed_on_their_page(author: Client, alice: Member) -> None:
    other = {"code": "more", "type": "short", "text": {"en": "More"}}
    survey = draft(alice, parts=[page_of(REGION, other)], languages=["en"])
    for _twice in range(2):
        post(author, survey, "questions/arrange/", {"part": "page-about_you", "question": "more", "to": "0"})
        assert [one["code"] for one in survey.parts[0]["questions"]] == ["more", "region"]
    for _twice in range(2):
        post(
            author,
            survey,
            "questions/arrange/",
            {"part": "page-about_you", "question": "more", "remove": "1"},
        )
        assert [one["code"] for one in survey.parts[0]["questions"]] == ["region"]


@pytest.mark.parametrize(
    "path",
    [
        "questions/instrument-ecsi/",
        "questions/page-gone/",
        "questions/page-gone/new/?type=short",
        "questions/instrument-nps/new/?type=short",
        "questions/instrument-nps/condition/",
        "questions/page-about_you/questions/gone/",
        "questions/page-about_you/questions/gone/condition/",
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_not_there_is_not_found(author: Client, alice: Member, path: str, method: str) -> None:
    survey = draft(alice, parts=[NPS, page_of(REGION)])
    assert getattr(author, method)(at(survey, path)).status_code == 404


def test_what_was_removed_meanwhile_is_not_made_again_by_saving_it(author: Client, alice: Member) -> None:
    survey = draft(alice, parts=[NPS, page_of(REGION)])
    drafting.change(survey, lambda parts, codes: drafting.remove_question(parts, "page-about_you", "region"))
    answer = author.post(
        at(survey, "questions/page-about_you/questions/region/"),
        {"text_en": "Region", "option_north_en": "N", "option_south_en": "S"},
    )
    assert answer.status_code == 404


# -- conditions


@pytest.fixture
def asking(alice: Member) -> Survey:
    more = {"code": "why", "type": "long", "text": {"en": "Why?"}}
    return draft(alice, parts=[NPS, page_of(REGION, more)], languages=["en"])


@pytest.mark.parametrize(
    ("question", "fields", "condition"),
    [
        ("nps.score", {"operator": "at_most", "number": "6"}, ["at_most", [6]]),
        ("nps.score", {"operator": "is", "values": ["0", "1"]}, ["is", [0, 1]]),
        ("own.region", {"operator": "is_not", "values": ["south"]}, ["is_not", ["south"]]),
        ("own.region", {"operator": "answered"}, ["answered", []]),
        ("nps.reason", {"operator": "answered"}, ["answered", []]),
    ],
)
def test_a_condition_is_made_in_two_steps_and_taken_away_again(
    author: Client, asking: Survey, question: str, fields: dict[str, Any], condition: list[Any]
) -> None:
    here = "questions/page-about_you/questions/why/condition/"
    assert f'value="{question}"' in author.get(at(asking, here)).content.decode()
    for _twice in range(2):
        post(author, asking, f"{here}?question={question}", fields)
    made = {"question": question, "operator": condition[0], "values": condition[1]}
    assert asking.parts[1]["questions"][1]["show_if"] == [made]
    assert publishing.draft_mistakes(asking) == []
    page = author.get(at(asking, "questions/page-about_you/questions/why/")).content.decode()
    (sent,) = re.findall(r'name="remove" value="([^"]+)"', page)
    assert json.loads(html.unescape(sent)) == made
    post(author, asking, here, {"remove": html.unescape(sent)})
    assert asking.parts[1]["questions"][1]["show_if"] == []


def test_only_earlier_questions_are_offered(author: Client, asking: Survey) -> None:
    page = author.get(at(asking, "questions/page-about_you/condition/")).content.decode()
    assert 'value="nps.score"' in page and 'value="own.' not in page
    page = author.get(at(asking, "questions/page-about_you/questions/why/condition/")).content.decode()
    assert 'value="own.region"' in page and 'value="own.why"' not in page
    first = author.get(at(asking, "questions/page-about_you/condition/?question=own.why")).content
    assert b'name="operator"' not in first


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"operator": "like"},
        {"operator": "is"},
        {"operator": "is", "values": ["11"]},
        {"operator": "at_most"},
        {"operator": "at_most", "number": "many"},
        {"operator": "at_most", "number": "NaN"},
    ],
)
def test_a_condition_that_cannot_be_is_refused(
    author: Client, asking: Survey, fields: dict[str, Any]
) -> None:
    answer = author.post(at(asking, "questions/page-about_you/condition/?question=nps.score"), fields)
    assert answer.status_code == 200 and b'class="error"' in answer.content
    asking.refresh_from_db()
    assert "show_if" not in asking.parts[1]


@pytest.mark.parametrize("sent", ["", "{", "[" * 5000, "null", '{"question": "own.gone"}'])
def test_removing_what_is_no_condition_changes_nothing(author: Client, asking: Survey, sent: str) -> None:
    before = asking.parts
    author.post(at(asking, "questions/page-about_you/condition/"), {"remove": sent})
    asking.refresh_from_db()
    assert asking.parts[1]["questions"] == before[1]["questions"]


def test_the_list_of_questions_has_the_companys_name_where_it_will_stand(
    author: Client, alice: Member
) -> None:
    why = {"code": "why", "type": "short", "text": {"en": "Why {company}, not {else}?"}}
    survey = draft(alice, parts=[page_of(why)], languages=["en"], words={"company": {"en": "Acme"}})
    assert "Why Acme, not {else}?" in author.get(at(survey, "questions/")).content.decode()


# -- mistakes


def with_mistakes(alice: Member) -> Survey:
    late = {"code": "why", "type": "short", "text": {"en": "Why?"}, "show_if": [
        {"question": "own.region", "operator": "answered", "values": []}]}  # fmt: skip
    region = {**REGION, "options": [{"code": "a", "text": {"en": "A"}}, REGION["options"][1]]}  # type: ignore[index]
    parts = [page_of(late, region), KANO]
    return draft(alice, parts=parts, languages=["en", "zh-hans"], words={"company": {"en": "Acme"}})


def test_every_mistake_leads_to_its_field_and_is_shown_beside_it(author: Client, alice: Member) -> None:
    survey = with_mistakes(alice)
    page = author.get(at(survey, "questions/")).content.decode()
    links = re.findall(r'<li><a href="([^"#]+)#(id_[\w-]+)">', page)
    assert {anchor for _address, anchor in links} == {
        "id_company_zh-hans", "id_show_if", "id_text_zh-hans", "id_option_a_zh-hans", "id_features",
    }  # fmt: skip
    for address, anchor in links:
        target = author.get(address).content.decode()
        assert f'id="{anchor}"' in target and 'class="error problem"' in target


def test_mistakes_are_told_in_the_readers_language(author: Client, alice: Member) -> None:
    survey = with_mistakes(alice)
    alice.user.language = "zh-hans"
    alice.user.save()
    with translation.override("zh-hans"):
        told = translation.gettext("Fill this in; the questions use it.")
    page = author.get(at(survey, "questions/")).content.decode()
    assert told in page and "Fill this in" not in page


def test_a_draft_whose_instrument_is_gone_can_still_be_looked_at_and_mended(
    author: Client, alice: Member
) -> None:
    gone = {"kind": "instrument", "instrument": "gone"}
    survey = draft(alice, parts=[gone, {**ECSI, "drop": ["nothing"]}, page_of(REGION)])
    page = author.get(at(survey, "questions/")).content.decode()
    assert "This instrument is not installed" in page and "Region" in page
    for path in ("", "edit/", "publish/", "preview/", "questions/instrument-gone/", "questions/add/"):
        assert author.get(at(survey, path)).status_code == 200, path
    post(author, survey, "questions/arrange/", {"part": "instrument-gone", "remove": "1"})
    post(author, survey, "questions/instrument-ecsi/", {"drop": []})
    assert publishing.draft_mistakes(survey) == []


@pytest.mark.parametrize(
    "hostile", ["<img src=x onerror=alert(1)>", "\"'><svg/onload=alert(1)>", "{{7*7}}{% now %}"]
)
def test_texts_of_ones_own_stay_words_on_every_page(author: Client, alice: Member, hostile: str) -> None:
    said = {"en": hostile}
    question = {**REGION, "text": said, "options": [{"code": c, "text": said} for c in ("a", "b")]}
    rule = {"question": "own.region", "operator": "is", "values": ["a"]}
    why = {
        "code": "why",
        "type": "rating",
        "text": said,
        "minimum": 1,
        "maximum": 5,
        "low": said,
        "high": said,
    }
    kano = {**KANO, "features": [{"code": "f1", "name": said}]}
    parts = [page_of(question, {**why, "show_if": [rule]}, title=said), kano]
    words = dict.fromkeys(WORDS, said)
    survey = published(alice, parts=parts, languages=["en"], words=words, thanks=said, consent=said)
    drafting.change(survey, lambda parts, codes: drafting.set_title(parts, "page-about_you", {}))
    here = "questions/page-about_you/"
    for path in (
        "", "edit/", "questions/", here, f"{here}questions/region/", f"{here}questions/why/",
        f"{here}questions/why/condition/?question=own.region", "questions/instrument-kano/",
        "publish/", "preview/",
    ):  # fmt: skip
        page = author.get(at(survey, path)).content.decode()
        assert not any(markup in page for markup in LIVE), path
        assert path == "" or hostile in html.unescape(page), path


def test_an_instrument_named_in_the_address_is_chosen_for_the_new_survey() -> None:
    client = signed_in(owner_of("acme", "alice@example.org"))
    page = client.get("/o/acme/surveys/new/?instrument=nps&instrument=%3Cevil%3E").content.decode()
    assert re.findall(r'name="instruments" value="(\w+)"[^>]*checked', page) == ["nps"]
    assert "<evil" not in page


def settings_page(author: Client, address: str, **sent: Any) -> str:
    page = author.post(address, sent) if sent else author.get(address)
    assert page.status_code == 200
    return page.content.decode()


def block_of(page: str, language: str) -> str:
    """The block of a language's words: its opening tag and its fields."""
    found = re.search(rf"<details[^>]*words-{language}\">.*?</details>", page, re.DOTALL)
    assert found
    return found[0]


def test_words_of_a_language_lie_open_once_it_is_chosen(author: Client, survey: Survey) -> None:
    """Before that the style sheet hides them, by the language's box: no answer of the server is needed."""
    new = settings_page(author, "/o/acme/surveys/new/")
    sent = settings_page(author, "/o/acme/surveys/new/", name="", languages=["en", "zh-hans"])
    edited = settings_page(author, at(survey, "edit/"), name="", languages=["en", "zh-hans"])
    for page in (new, sent, edited):
        assert all(block_of(page, one).startswith("<details open") for one in ("en", "zh-hans", "zh-hant"))
    Survey.objects.update(languages=["en", "zh-hans"], words=WORDS)
    page = settings_page(author, at(survey, "edit/"))
    assert not block_of(page, "zh-hans").startswith("<details open")


def test_what_must_be_filled_in_says_so(author: Client) -> None:
    page = settings_page(author, "/o/acme/surveys/new/")
    label = '<label for="id_{}">[^<]*<span class="hint">required</span>'
    assert re.search(label.format("name"), page) and re.search(label.format("company_zh-hans"), page)
    assert not re.search(label.format("category_en"), page)
    asked = settings_page(author, "/o/acme/surveys/new/?instrument=ecsi")
    assert re.search(label.format("category_en"), asked)


def test_what_goes_without_choosing_is_folded_away_unless_it_is_wrong(author: Client, survey: Survey) -> None:
    fold = re.compile(
        r"<details class=\"card\"( open)?><summary>More settings.*id_least_base_show.*</details>", re.DOTALL
    )
    new = fold.search(settings_page(author, "/o/acme/surveys/new/"))
    wrong = fold.search(settings_page(author, "/o/acme/surveys/new/", name="A", closes_at="never"))
    assert new and not new[1] and wrong and wrong[1]
    assert not fold.search(settings_page(author, at(survey, "edit/")))
