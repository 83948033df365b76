"""Publishing: what is shown before, what is frozen then, and what may be pooled with what."""

import re
from typing import Any

import pytest
from django.test import Client

from surveys import publishing, series
from surveys.catalogue import add_instrument
from surveys.drafts import drafting
from surveys.models import Member, Survey, Version
from surveys.publishing import PublishingRefused, key_in_series, publish
from tests.cast import ECSI, REGION, WORDS, builtin_text, draft, owner_of, page_of, published, signed_in, walk

pytestmark = pytest.mark.django_db
NPS = {"kind": "instrument", "instrument": "nps"}
RENAMED = WORDS | {"company": {"en": "Apex", "zh-hans": "艾派", "zh-hant": "艾派"}}


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def author(alice: Member) -> Client:
    return signed_in(alice)


def at(survey: Survey, path: str = "publish/") -> str:
    return f"/o/acme/surveys/{survey.public_id}/{path}"


def change(survey: Survey, **fields: Any) -> Survey:
    Survey.objects.filter(pk=survey.pk).update(**fields)
    survey.refresh_from_db()
    return survey


def keys(survey: Survey) -> list[str]:
    return [
        use.measurement_key for version in survey.versions.order_by("number") for use in version.uses.all()
    ]


# -- the confirmation


def test_looking_publishes_nothing(author: Client, alice: Member) -> None:
    survey = draft(alice)
    page = author.get(at(survey))
    assert page.status_code == 200 and b"Publish version 1" in page.content
    assert not Version.objects.exists()


def test_confirming_publishes_once(author: Client, alice: Member) -> None:
    survey = draft(alice)
    for _twice in range(2):
        assert author.post(at(survey)).url == at(survey, "")
    survey.refresh_from_db()
    assert survey.state == "open" and survey.versions.get().published_by == alice.user


def test_a_draft_with_mistakes_shows_them_and_cannot_be_published(author: Client, alice: Member) -> None:
    survey = draft(alice, parts=[ECSI, page_of()])
    for answer in (author.get(at(survey)), author.post(at(survey))):
        assert b"The page has no question" in answer.content and b'name="digest"' not in answer.content
    assert not Version.objects.exists()


def test_what_changed_since_the_last_version_is_shown(author: Client, alice: Member) -> None:
    other = {
        "code": "visits",
        "type": "number",
        "text": {"en": "Visits?", "zh-hans": "次数？", "zh-hant": "次數？"},
    }
    survey = published(alice, parts=[ECSI, NPS, page_of(REGION)])
    region = {**REGION, "text": {**REGION["text"], "en": "Where do you live?"}, "required": True}  # type: ignore[dict-item]
    parts = [{**ECSI, "drop": ["image3"]}, page_of(region, other)]
    change(survey, parts=parts, words=RENAMED, thanks={"en": "Bye", "zh-hans": "再见", "zh-hant": "再見"})
    page = author.get(at(survey)).content.decode()
    shown = re.findall(r'<span class="kind (\w+)">[^<]*</span><div>([^<]*)', page)
    assert ("added", "Visits?") in shown
    assert ("removed", "Apex does something for society.") in shown
    assert (
        "removed",
        "If a friend or colleague asked you, how likely is it that you would recommend Apex?",
    ) in shown
    assert ("reworded", "Where do you live? (English)") in shown
    assert ("reworded", "The company&#x27;s name (English)") in shown
    assert ("changed", "Whether “Where do you live?” must be answered") in shown
    assert sum(what.startswith("Apex") for kind, what in shown if kind == "reworded") == 0


def test_a_draft_that_changed_after_it_was_shown_is_shown_again(author: Client, alice: Member) -> None:
    survey = draft(alice)
    shown = re.search(r'name="digest" value="(\w+)"', author.get(at(survey)).content.decode())
    assert shown
    drafting.change(survey, lambda parts, codes: drafting.add_instrument(parts, "nps"))
    answer = author.post(at(survey), {"digest": shown[1]})
    assert b"changed meanwhile" in answer.content and not Version.objects.exists()
    again = re.search(r'name="digest" value="(\w+)"', answer.content.decode())
    assert again and again[1] != shown[1]
    assert author.post(at(survey), {"digest": again[1]}).status_code == 302


def test_an_unchanged_draft_offers_nothing_to_publish(author: Client, alice: Member) -> None:
    page = author.get(at(published(alice))).content
    assert b"asks already" in page and b'name="digest"' not in page


# -- what may be pooled


def test_reworded_questions_need_the_authors_word_and_none_is_put_in_the_mouth(
    author: Client, alice: Member
) -> None:
    survey = change(published(alice), words=RENAMED)
    page = author.get(at(survey)).content.decode()
    assert page.count('type="radio"') == 2 and "checked" not in page
    refused = author.post(at(survey))
    assert b"say whether it still measures the same" in refused.content
    assert survey.versions.count() == 1


@pytest.mark.parametrize(("word", "pooled"), [("same", True), ("other", False)])
def test_the_authors_word_decides(author: Client, alice: Member, word: str, pooled: bool) -> None:
    survey = change(published(alice), words=RENAMED)
    assert author.post(at(survey), {"keeps_ecsi": word}).status_code == 302
    before, now = keys(survey)
    assert (before == now) is pooled
    assert pooled or now == key_in_series(before, 1)


def test_a_word_that_was_not_offered_decides_nothing(author: Client, alice: Member) -> None:
    survey = change(published(alice), words=RENAMED)
    assert author.post(at(survey), {"keeps_ecsi": "maybe"}).status_code == 200
    assert survey.versions.count() == 1


def test_publishing_without_the_authors_word_is_refused_whoever_calls(alice: Member) -> None:
    survey = change(published(alice), words=RENAMED)
    with pytest.raises(PublishingRefused) as refused:
        publish(survey, None)
    assert [one.place for one in refused.value.mistakes] == ["keeps.ecsi"]


def test_going_back_to_old_words_is_a_change_of_words_too(alice: Member) -> None:
    survey = change(published(alice), words=RENAMED)
    publish(survey, None, {"ecsi": False})
    change(survey, words=WORDS)
    assert list(publishing.reworded(survey)) == ["ecsi"]
    publish(survey, None, {"ecsi": True})
    first, second, third = keys(survey)
    assert first != second and second == third


def test_a_language_more_is_no_change_of_words(alice: Member) -> None:
    survey = change(published(alice, languages=["en"]), languages=["en", "zh-hans"])
    assert publishing.reworded(survey) == {}
    publish(survey, None)
    assert len(set(keys(survey))) == 1


def test_other_words_in_a_language_that_was_away_for_a_version_are_noticed(alice: Member) -> None:
    survey = published(alice, languages=["en", "zh-hans"])
    publish(change(survey, languages=["en"]), None)
    change(survey, languages=["en", "zh-hans"])
    assert publishing.reworded(survey) == {}
    words = {name: {**texts, "zh-hans": "新"} for name, texts in WORDS.items()}
    change(survey, words=words)
    assert list(publishing.reworded(survey)) == ["ecsi"]


def test_what_is_left_out_begins_a_new_series_and_what_comes_back_continues_the_old(alice: Member) -> None:
    survey = published(alice)
    publish(change(survey, parts=[{**ECSI, "drop": ["image3"]}]), None)
    publish(change(survey, parts=[ECSI, NPS]), None)
    first, second, third, _nps = keys(survey)
    assert first != second and first == third
    told = series.histories(survey)
    name = "European customer satisfaction index (ECSI)"
    assert told == {
        1: ["The first version."],
        2: [f"{name}: a new series, because questions were left out; it is never mixed with version 1."],
        3: [
            f"{name}: answers are pooled with those of version 1.",
            "Net promoter score (NPS): measured here for the first time.",
        ],
    }


def test_the_same_questions_are_pooled_whatever_else_changes(author: Client, alice: Member) -> None:
    survey = published(alice)
    publish(change(survey, parts=[ECSI, page_of(REGION)]), None)
    publish(change(survey, parts=[page_of(REGION), {**ECSI, "per_page": 2}]), None)
    assert len(set(keys(survey))) == 1
    page = author.get(at(survey, "")).content.decode()
    assert "Answers are pooled with those of versions 1–2." in page and "alice@example.org" in page


def test_the_confirmation_says_what_becomes_of_earlier_answers(author: Client, alice: Member) -> None:
    survey = published(alice, parts=[ECSI, NPS])
    change(survey, parts=[{**ECSI, "drop": ["image3"]}, NPS, {"kind": "instrument", "instrument": "csat"}])
    page = author.get(at(survey)).content.decode()
    assert "because questions were left out. It is never mixed with version 1." in page
    assert "answers are pooled with those of version 1." in page and "for the first time" in page


def test_a_new_file_of_an_instrument_with_another_scale_begins_a_new_series(alice: Member) -> None:
    text = builtin_text("ecsi").replace('id = "ecsi"', 'id = "ours"', 1)
    add_instrument(alice.organisation, text, "ours.toml", None)
    survey = published(alice, parts=[{"kind": "instrument", "instrument": "ours"}])
    shorter = text.replace("maximum = 10", "maximum = 7", 1)
    add_instrument(alice.organisation, shorter, "ours.toml", None)
    (one,) = series.continuations(survey, publishing.draft_content(survey))
    assert (one.kind, one.versions, one.why) == ("apart", (1,), "a scale was changed")


@pytest.mark.parametrize(
    ("numbers", "text"),
    [([1], "version 1"), ([2, 1], "versions 1–2"), ([1, 2, 3, 5, 7, 8], "versions 1–3, 5, 7–8")],
)
def test_versions_are_listed_in_few_words(numbers: list[int], text: str) -> None:
    assert series.versions_text(numbers) == text


# -- an edited survey


def test_a_published_survey_collects_under_its_version_while_it_is_edited(alice: Member) -> None:
    survey = published(alice)
    change(survey, parts=[page_of()], words={})
    assert walk(survey).status_code == 200
    assert survey.responses.get().version.number == 1 and survey.responses.get().state == "finished"


def test_the_survey_page_says_that_the_draft_has_changes(author: Client, alice: Member) -> None:
    survey = published(alice)
    assert b"changes that are not published" not in author.get(at(survey, "")).content
    change(survey, parts=[ECSI, NPS])
    page = author.get(at(survey, "")).content
    assert b"changes that are not published" in page and b"Net promoter score" in page
