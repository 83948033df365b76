"""What viewers may read: nothing of a small group, also not by subtraction, and never who wrote it (S39)."""

import re
from datetime import date
from typing import Any

import pytest

from surveys.models import Member, Response, Survey, TextAnswer
from surveys.words.comments import Filter
from surveys.words.disclosure import told_to_viewers
from surveys.words.scores import ratings_of
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
    written(survey, 25)
    written(survey, 3, segments={"region": "south"})
    assert listed(vera, survey) == 28
    assert listed(vera, survey, segment="region:south") == 0
    assert listed(vera, survey, segment="region:north") == 0  # all of 28 but these 25 are the three
    assert of_api(vera, survey, segment="region:north")["reason"]
    written(survey, 17, segments={"region": "south"})
    assert listed(vera, survey, segment="region:south") == 20
    assert listed(vera, survey, segment="region:north") == 25


@pytest.mark.parametrize("dimension", ["period", "language", "group", "question"])
def test_the_same_holds_for_whatever_narrows(survey: Survey, dimension: str) -> None:
    march, april = month(survey, "2026-03", date(2026, 3, 1)), month(survey, "2026-04", date(2026, 4, 1))
    written(survey, 25, period=march)
    written(survey, 3, period=april, language="zh-hant", answers={"nps.score": 0})
    TextAnswer.objects.filter(response__language="zh-hant").update(code="own.wish")
    rating = ratings_of(survey, "en")["nps.score"]
    many: dict[str, Any] = {"period": march, "language": "en", "group": "high", "question": "nps.reason"}
    few: dict[str, Any] = {"period": april, "language": "zh-hant", "group": "low", "question": "own.wish"}
    for values in (many, few):
        assert told_to_viewers(survey, Filter(rating=rating, **{dimension: values[dimension]})).reason
    assert told_to_viewers(survey, Filter(rating=rating)).base == 28
    assert told_to_viewers(survey, Filter(rating=rating, language="zh-hans")).reason


def test_two_filters_at_once_are_refused_to_a_viewer(alice: Member, vera: Member, survey: Survey) -> None:
    written(survey, 60)
    both = {"segment": "region:north", "group": "high"}
    assert listed(vera, survey, segment="region:north") == 50 and listed(vera, survey, **both) == 0
    assert listed(alice, survey, **both) == 50 and of_api(vera, survey, **both)["results"] == []
    assert listed(vera, survey, segment="region:north", search="text") == 50


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
    untold = ("rating", "score", "segments", "language", "period", "finished_at", "follow_up")
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
