"""The page of what was written: chosen, searched, in order, and inert (S1, S2, S24)."""

import html
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from surveys.follow_up.changes import followed
from surveys.models import Member, Response, Survey, TextAnswer
from surveys.responses.exclusions import exclude
from surveys.words.comments import ROWS_A_PAGE, Filter
from surveys.words.scores import Rating
from tests.cast import owner_of, signed_in
from tests.surveys.words_cast import HOSTILE, NOON, month, recommending, wrote

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org", "Asia/Taipei")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return recommending(alice, privacy="confidential")


def page(member: Member, survey: Survey, **query: str) -> str:
    answer = signed_in(member).get(f"/o/acme/surveys/{survey.public_id}/words/", query)
    assert answer.status_code == 200
    return answer.content.decode()


def listed(member: Member, survey: Survey, **query: str) -> list[str]:
    """The comments on one page, in order."""
    found = re.findall(r'<p class="comment-text">(.*?)</p>', page(member, survey, **query), re.S)
    return [html.unescape(one) for one in found]


def found_by(survey: Survey, search: str) -> set[str]:
    return set(Filter(search=search).of(survey).values_list("text", flat=True))


@pytest.mark.parametrize(
    ("search", "is_found"),
    [
        ("WAITING", True), ("café", True), ("CAFÉ", True), ("等待", True), ("時間太", True), ("100 %", True),
        ("a.b", True), ("[x]", True), ("时间", False), ("a_b", False), ("%", True), ("100%", False),
        ("' OR 1=1 --", False), (".*", False), ("(", False), ("\\", False), ("***:", False), ("(?i)", False),
    ],
)  # fmt: skip
def test_a_part_of_the_text_is_found_in_any_case_and_nothing_is_a_pattern(
    survey: Survey, search: str, is_found: bool
) -> None:
    text = "Waiting at the Café: 等待時間太長 [x] a.b 100 % of the time"
    wrote(survey, text)
    assert found_by(survey, search) == ({text} if is_found else set())


@pytest.mark.words
def test_comments_are_chosen_by_each_of_what_is_offered(alice: Member, survey: Survey) -> None:
    march = month(survey, "2026-03", date(2026, 3, 1))
    wrote(survey, "slow", 0, segments={"region": "south"}, language="zh-hant")
    wrote(survey, "so-so", 8, period=march)
    wrote(survey, "great", 10).texts.create(code="own.wish", text="more")
    wrote(survey, "silent", None, segments={})
    wrote(survey, "unknown", "dk", segments={})
    assert set(listed(alice, survey)) == {"slow", "so-so", "great", "more", "silent", "unknown"}
    assert listed(alice, survey, question="own.wish") == ["more"]
    assert listed(alice, survey, period=march.public_id) == ["so-so"]
    assert listed(alice, survey, segment="region:south") == ["slow"]
    assert listed(alice, survey, language="zh-hant") == ["slow"]
    assert listed(alice, survey, group="low") == ["slow"]
    assert listed(alice, survey, group="middle", rating="nps.score") == ["so-so"]
    assert listed(alice, survey, group="high", question="nps.reason") == ["great"]
    assert listed(alice, survey, group="high", search="SLOW") == []


@pytest.mark.words
def test_only_what_counts_is_shown(alice: Member, survey: Survey) -> None:
    wrote(survey, "started", state="started")
    exclude(wrote(survey, "left out"), "a test", None)
    wrote(survey, "counted")
    assert listed(alice, survey) == ["counted"]


@pytest.mark.words
@pytest.mark.parametrize(
    "query",
    [
        {"question": "own.nothing"}, {"period": "A" * 22}, {"segment": "region:east"}, {"language": "xx"},
        {"rating": "nps.reason"}, {"group": "' OR 1=1"}, {"search": "x" * 101}, {"search": "\0"},
    ],
)  # fmt: skip
def test_what_the_survey_does_not_have_is_a_404(alice: Member, survey: Survey, query: dict[str, str]) -> None:
    address = f"/o/acme/surveys/{survey.public_id}/words/"
    assert signed_in(alice).get(address, query).status_code == 404


@pytest.mark.words
def test_what_was_written_is_inert_text(alice: Member, survey: Survey) -> None:
    wrote(survey, HOSTILE)
    content = page(alice, survey, search="<img")
    assert "<img" not in content and "<svg/onload" not in content and 'value="&lt;img"' in content
    assert listed(alice, survey) == [HOSTILE]


@pytest.mark.words
def test_beside_a_comment_stand_its_score_segment_date_and_follow_up(alice: Member, survey: Survey) -> None:
    response = wrote(survey, "slow", 0)
    found = page(alice, survey)
    assert '<span class="score low"' in found and "0 of 10" in found and "North" in found
    assert "2026-03-31 20:34" in found and "Follow up</button>" in found
    followed(response)
    assert "Follow-up: new" in page(alice, survey)


@pytest.mark.words
def test_of_an_anonymous_comment_only_the_period_is_told_and_no_order_of_time(
    alice: Member, survey: Survey
) -> None:
    Survey.objects.update(privacy="anonymous")
    old, new = month(survey, "2026-02", date(2026, 2, 1)), month(survey, "2026-03", date(2026, 3, 1))
    for number in range(20):
        wrote(survey, f"new {number}", period=new, finished_at=NOON + timedelta(minutes=number))
    wrote(survey, "old", period=old)
    wrote(survey, "without a period", period=None)
    found = listed(alice, survey)
    assert found[-2:] == ["old", "without a period"]
    in_time = [f"new {number}" for number in range(20)]
    assert set(found[:20]) == set(in_time) and found[:20] not in (in_time, in_time[::-1])
    content = page(alice, survey)
    assert "2026-03-31" not in content and "2026-03</span>" in content
    keys = [str(key) for key in Response.objects.values_list("pk", flat=True)]
    assert not re.search(rf"/(?:{'|'.join(keys)})(?:/|-[\w-]{{22}}/)", content)


@pytest.mark.parametrize("privacy", ["anonymous", "confidential"])
def test_walking_the_pages_shows_each_once(alice: Member, survey: Survey, privacy: str) -> None:
    Survey.objects.update(privacy=privacy)
    march = month(survey, "2026-03", date(2026, 3, 1))
    version = survey.versions.get()
    rows = [
        Response(
            survey=survey, version=version, state="finished", origin="import",
            period=march if number % 2 else None, finished_at=NOON if number % 3 else None,
        )
        for number in range(2 * ROWS_A_PAGE + 3)
    ]  # fmt: skip
    made = Response.objects.bulk_create(rows)
    TextAnswer.objects.bulk_create(
        TextAnswer(response=one, code="nps.reason", text=f"text {number}") for number, one in enumerate(made)
    )
    walked: list[str] = []
    after: dict[str, str] = {}
    for _page in range(3):
        content = page(alice, survey, **after)
        walked += re.findall(r'<p class="comment-text">(.*?)</p>', content)
        if match := re.search(r"after=([\w-]{22})", content):
            after = {"after": match[1]}
    assert len(walked) == len(set(walked)) == len(rows)


@pytest.mark.words
def test_where_the_last_one_is_gone_the_list_begins_anew(alice: Member, survey: Survey) -> None:
    address = f"/o/acme/surveys/{survey.public_id}/words/"
    answer = signed_in(alice).get(address, {"after": "A" * 22, "group": "low"})
    assert answer.status_code == 302 and answer.headers["Location"].endswith("/words/?group=low")


@pytest.mark.words
def test_the_number_of_statements_does_not_grow_with_the_comments(
    alice: Member, survey: Survey, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        followed(wrote(survey, f"text {number}", finished_at=timezone.now()))
    client = signed_in(alice)
    with django_assert_max_num_queries(25):
        assert client.get(f"/o/acme/surveys/{survey.public_id}/words/").status_code == 200


@pytest.mark.parametrize(
    ("lowest", "highest", "is_nps", "groups"),
    [
        (0, 10, True, ("0-6", "7-8", "9-10")),
        (1, 5, False, ("1-2", "3-3", "4-5")),
        (1, 7, False, ("1-2", "3-5", "6-7")),
        (1, 10, False, ("1-3", "4-7", "8-10")),
        (0, 10, False, ("0-3", "4-6", "7-10")),
        (1, 3, False, ("1-1", "2-2", "3-3")),
        (0, 1, False, ("0-0", "", "1-1")),
    ],
)
def test_groups_of_scores(lowest: int, highest: int, is_nps: bool, groups: tuple[str, ...]) -> None:
    found = Rating("x", "", lowest, highest, is_nps).groups.values()
    assert tuple(f"{own[0]}-{own[-1]}" if own else "" for own in found) == groups
