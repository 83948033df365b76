"""What viewers may read: nothing of a small group, also not by subtraction, and never who wrote it (S39)."""

import re
from datetime import date
from typing import Any

import pytest

from surveys.models import Member, Response, Survey, TextAnswer
from surveys.words.comments import Filter
from surveys.words.disclosure import told_to_editors
from tests.cast import joined, owner_of, signed_in
from tests.surveys.words_cast import NOON, month, recommending

pytestmark = [pytest.mark.django_db, pytest.mark.words]


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def vera(alice: Member) -> Member:
    return joined(alice, "vera@example.org", "viewer")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return recommending(alice, privacy="confidential")


def written(survey: Survey, count: int, text: str = "text", **fields: Any) -> None:
    """So many people, each with a comment of their own."""
    defaults = {"language": "en", "answers": {"nps.score": 9}, "segments": {"region": "north"}}
    version = survey.versions.get()
    made = Response.objects.bulk_create(
        Response(survey=survey, version=version, state="finished", finished_at=NOON, **(defaults | fields))
        for _one in range(count)
    )
    TextAnswer.objects.bulk_create(
        TextAnswer(response=one, code="nps.reason", text=f"{text} {one.pk}") for one in made
    )


def listed(member: Member, survey: Survey, **query: str) -> int:
    answer = signed_in(member).get(f"/o/acme/surveys/{survey.public_id}/words/", query)
    assert answer.status_code == 200
    return answer.content.decode().count('class="comment-text"')


def of_api(member: Member, survey: Survey, **query: str) -> Any:
    address = f"/api/v1/organisations/acme/surveys/{survey.public_id}/comments/"
    return signed_in(member).get(address, query).json()


def test_a_viewer_reads_comments_from_twenty_people_on(alice: Member, vera: Member, survey: Survey) -> None:
    written(survey, 19)
    assert listed(vera, survey) == 0 and listed(alice, survey) == 19
    assert of_api(vera, survey)["results"] == [] and of_api(vera, survey)["base"] is None
    written(survey, 1)
    assert listed(vera, survey) == 20 and of_api(vera, survey)["base"] == 20


def test_one_person_with_many_comments_is_one(vera: Member, survey: Survey) -> None:
    written(survey, 19)
    Response.objects.order_by("pk")[0].texts.create(code="own.wish", text="another")
    assert listed(vera, survey) == 0


def test_an_organisation_may_be_stricter(alice: Member, vera: Member, survey: Survey) -> None:
    written(survey, 39)
    alice.organisation.least_group = 20
    alice.organisation.save()
    assert listed(vera, survey) == 0
    written(survey, 1)
    assert listed(vera, survey) == 40


def test_a_small_group_is_withheld_and_so_is_what_it_would_follow_from(vera: Member, survey: Survey) -> None:
    march, april = month(survey, "2026-03", date(2026, 3, 1)), month(survey, "2026-04", date(2026, 4, 1))
    written(survey, 25, period=march)
    written(survey, 3, period=april)
    assert listed(vera, survey) == 28
    assert listed(vera, survey, period=april.public_id) == 0
    assert listed(vera, survey, period=march.public_id) == 0  # all of 28 but these 25 are the three
    assert of_api(vera, survey, period=march.public_id)["reason"]
    written(survey, 17, period=april)
    assert listed(vera, survey, period=april.public_id) == 20
    assert listed(vera, survey, period=march.public_id) == 25
    assert listed(vera, survey, period=march.public_id, search="text") == 25


@pytest.mark.parametrize(("dimension", "value"), [("segment", "region:north"), ("language", "en")])
def test_editors_choose_those_of_an_anonymous_survey_neither_by_segment_nor_by_language(
    survey: Survey, dimension: str, value: str
) -> None:
    written(survey, 25)
    assert not told_to_editors(survey, Filter(**{dimension: value})).reason
    survey.privacy = "anonymous"
    assert told_to_editors(survey, Filter(**{dimension: value})).reason
    assert not told_to_editors(survey, Filter(question="own.wish")).reason


@pytest.mark.parametrize(
    "query",
    [
        {"segment": "region:north"}, {"group": "high"}, {"language": "en"}, {"question": "nps.reason"},
        {"segment": "region:north", "group": "high"},
    ],
)  # fmt: skip
def test_viewers_choose_by_the_period_alone(
    alice: Member, vera: Member, survey: Survey, query: dict[str, str]
) -> None:
    """Of two answers the texts that both hold would be those of few, whatever each of them is of."""
    written(survey, 60)
    assert listed(alice, survey, **query) == 50 and listed(vera, survey, **query) == 0
    answer = of_api(vera, survey, **query)
    assert answer["results"] == [] and "Only owners and analysts" in answer["reason"]
    page = signed_in(vera).get(f"/o/acme/surveys/{survey.public_id}/words/", query).content.decode()
    assert "Only owners and analysts" in page and not re.search(
        r'name="(?!search|period)\w+" id="choose', page
    )


def test_of_an_anonymous_survey_a_comment_is_told_with_period_and_one_group_and_nothing_else(
    alice: Member, survey: Survey
) -> None:
    """Asked for once with each rating, scores would make up the whole row of a response."""
    Survey.objects.update(privacy="anonymous")
    written(survey, 1, answers={"nps.score": 7}, period=month(survey, "2026-03", date(2026, 3, 1)))
    (one,) = of_api(alice, survey)["results"]
    assert (one["rating"], one["group"]) == ("nps.score", "middle") and one["period"]
    assert [one[name] for name in ("score", "segments", "language", "finished_at")] == [None] * 4
    assert [one["field"] for one in of_api(alice, survey, rating="nps.score")["problems"]] == ["rating"]
    page = signed_in(alice).get(f"/o/acme/surveys/{survey.public_id}/words/").content.decode()
    shown = page.partition('<ul class="plain comments">')[2].partition("</ul>")[0]
    assert "passives" in shown and "2026-03" in shown and 'name="rating"' not in page
    assert not any(told in shown for told in ("North", "of 10", "English"))


def test_no_count_of_people_tells_that_two_texts_are_of_one(
    alice: Member, vera: Member, survey: Survey
) -> None:
    Survey.objects.update(privacy="anonymous")
    written(survey, 25)
    both = written_twice(survey, "peculiar")
    assert of_api(alice, survey, search="peculiar", group="low", base="true")["base"] is None
    for member in (alice, vera):
        address = f"/o/acme/surveys/{survey.public_id}/words/"
        page = signed_in(member).get(address, {"search": "peculiar"}).content.decode()
        assert all(text in page for text in both) and "2 comments." in page
        assert "person" not in page and "1 who wrote" not in page
    Survey.objects.update(privacy="confidential")
    page = signed_in(alice).get(address, {"search": "peculiar"}).content.decode()
    assert "1 person wrote them." in page


def written_twice(survey: Survey, word: str) -> tuple[str, str]:
    response = survey.responses.order_by("pk")[0]
    Response.objects.filter(pk=response.pk).update(answers={"nps.score": 0})
    response.texts.all().delete()
    first, second = f"{word} first", f"{word} second"
    response.texts.create(code="nps.reason", text=first)
    response.texts.create(code="own.wish", text=second)
    return first, second


def test_a_word_searched_for_does_not_make_the_group_smaller(vera: Member, survey: Survey) -> None:
    """Who may read all of the comments may read one of them."""
    written(survey, 20)
    written(survey, 1, text="only once")
    assert listed(vera, survey, search="only once") == 1
    assert of_api(vera, survey, search="only once")["base"] == 21


def test_a_viewer_sees_nothing_of_who_wrote_a_comment_nor_in_which_order(
    vera: Member, survey: Survey
) -> None:
    written(survey, 25)
    address = f"/o/acme/surveys/{survey.public_id}/words/"
    content = signed_in(vera).get(address).content.decode()
    shown = content.partition('<ul class="plain comments">')[2].partition("</ul>")[0]
    assert "North" not in shown and "2026-03-31" not in shown and "of 10" not in shown
    assert "ollow" not in shown
    found = re.findall(r"text (\d+)", shown)
    assert found != sorted(found) and found != sorted(found, reverse=True)
    untold = ("rating", "score", "group", "segments", "language", "period", "finished_at", "follow_up")
    for one in of_api(vera, survey)["results"]:
        assert [one[name] for name in untold] == [None] * len(untold)


def test_a_word_is_counted_for_viewers_from_the_least_group_on(
    alice: Member, vera: Member, survey: Survey
) -> None:
    written(survey, 30, text="slow")
    written(survey, 9, text="rude")
    address = f"/o/acme/surveys/{survey.public_id}/words/"
    for member, is_told in ((vera, False), (alice, True)):
        content = signed_in(member).get(address).content.decode()
        words = content.partition('id="keywords"')[2]
        assert ">slow</a>" in words and (">rude</a>" in words) == is_told
