"""The fieldwork page: what is counted, of what base, and that counting again costs little."""

import html
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from surveys.fieldwork import tally as tallying
from surveys.fieldwork.counts import DAYS_SHOWN, Share, fieldwork
from surveys.fieldwork.day_bars import SLOT, day_bars
from surveys.fieldwork.durations import in_words
from surveys.fieldwork.tally import tally
from surveys.models import Member, Organisation, Response, Survey, TextAnswer, Withdrawal
from surveys.publishing import publish
from surveys.responses.exclusions import exclude
from tests.cast import ECSI, REGION, joined, owner_of, page_of, published, signed_in

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
WHY = {"code": "why", "type": "long", "text": {"en": "Why?", "zh-hans": "为什么？", "zh-hant": "為什麼？"}}


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org", "Asia/Taipei")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return published(alice, segments=[REGION, WHY])


def started(survey: Survey, page: str = "", **fields: Any) -> Response:
    version = fields.pop("version", None) or survey.current_version
    defaults = {"language": "en", "started_at": NOON, "page": page}
    return Response.objects.create(survey=survey, version=version, **(defaults | fields))


def finished(
    survey: Survey, seconds: float | None = 60, at: datetime | None = NOON, **fields: Any
) -> Response:
    begun = at - timedelta(seconds=seconds) if at and seconds is not None else None
    return started(survey, state="finished", started_at=begun, finished_at=at, **fields)


def imported(survey: Survey, **fields: Any) -> Response:
    return finished(survey, None, fields.pop("at", None), origin="import", **fields)


# -- progress


def test_finished_stand_beside_those_who_started_and_imports_apart(survey: Survey) -> None:
    for _number in range(3):
        finished(survey)
    started(survey)
    imported(survey)
    Withdrawal.objects.create(survey=survey)
    exclude(finished(survey), "a test", None)
    progress = fieldwork(survey, "en").progress
    assert (progress.started, progress.finished) == (5, Share(4, 5)) and progress.finished.percent == "80 %"
    assert progress.imported == 1 and progress.excluded == Share(1, 5) and progress.withdrawn == 1


def test_who_may_still_finish_is_said(survey: Survey) -> None:
    started(survey, started_at=timezone.now() - timedelta(days=2))
    started(survey, started_at=timezone.now() - timedelta(days=40))
    assert fieldwork(survey, "en").progress.may_go_on == Share(1, 2)


@pytest.mark.parametrize(
    ("count", "base", "said"),
    [(0, 0, "–"), (0, 5, "0 %"), (1, 1000, "< 1 %"), (999, 1000, "> 99 %"), (5, 5, "100 %"), (1, 8, "13 %")],
)
def test_shares_are_whole_percents_that_hide_neither_some_nor_all(count: int, base: int, said: str) -> None:
    assert Share(count, base).percent == said


# -- breaking off


def test_those_who_stopped_are_counted_at_the_furthest_page_they_saw(survey: Survey) -> None:
    started(survey)
    started(survey, "ecsi.image")
    started(survey, "ecsi.value")
    finished(survey, page="ecsi.loyalty")
    stops = fieldwork(survey, "en").stops
    assert [(stop.number, stop.share.count) for stop in stops if stop.share.count] == [(1, 2), (4, 1)]
    assert stops[0].title == "How do you see Acme as a company?" and stops[0].share.base == 4
    assert [stop.number for stop in stops] == list(range(1, 9))


def test_pages_of_earlier_versions_come_after_those_of_the_newest(survey: Survey) -> None:
    first = survey.current_version
    survey.parts = [page_of(REGION, code="at_first"), ECSI]
    survey.save()
    publish(survey, None)
    started(survey, "own.about_you", version=first)
    started(survey, "", version=first)
    started(survey, "")
    stops = fieldwork(survey, "en").stops
    told = [(stop.number, stop.share.count) for stop in stops if stop.share.count]
    assert told == [(1, 1), (2, 1), (None, 1)] and stops[-1].title == "About you"
    assert sum(stop.share.count for stop in stops) == 3


# -- time


def test_quartiles_of_the_time_are_those_of_what_was_finished_on_our_pages(survey: Survey) -> None:
    for seconds in (100, 200, 300, 400, 500):
        finished(survey, seconds)
    finished(survey, -5)  # two machines' clocks
    imported(survey, at=NOON)
    started(survey)
    times = fieldwork(survey, "en").times
    assert times and (times.lower, times.median, times.upper) == ("3 min 20 s", "5 min 00 s", "6 min 40 s")
    assert times.base == 5


def test_one_alone_is_its_own_median_and_nobody_has_none(survey: Survey) -> None:
    assert fieldwork(survey, "en").times is None
    finished(survey, 0)
    times = fieldwork(survey, "en").times
    assert times and times.median == times.lower == "0 min 00 s" and times.base == 1


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 min 00 s"), (61, "1 min 01 s"), (3599.6, "1 h 00 min"), (90_000, "1 d 1 h"), (86_399, "1 d 0 h")],
)
def test_durations_are_said_as_exactly_as_they_matter(seconds: float, said: str) -> None:
    assert in_words(seconds) == said


# -- what was left unanswered


def test_every_way_of_not_answering_is_counted_of_its_own_base(survey: Survey) -> None:
    for answer in (0, 7, None, None, "dk", "na", "hidden"):
        finished(survey, answers={"ecsi.image1": answer})
    imported(survey, answers={"ecsi.image2": 3})
    item = next(one for one in fieldwork(survey, "en").items if one.code == "ecsi.image1")
    assert item.answered == Share(2, 6) and item.skipped == Share(2, 6) and item.dont_know == Share(1, 6)
    assert item.not_applicable == Share(1, 6) and item.hidden == Share(1, 7) and item.not_asked == Share(1, 8)


def test_several_options_and_texts_are_answers_too(alice: Member) -> None:
    uses = WHY | {"code": "uses", "type": "multiple", "options": REGION["options"]}
    survey = published(alice, segments=[uses, WHY])
    wrote = finished(survey, answers={"own.uses": ["north", "south"]})
    finished(survey, answers={"own.uses": None})
    imported(survey, answers={"own.uses": ["north"]})
    TextAnswer.objects.create(response=wrote, code="own.why", text="So")
    items = {one.code: one for one in fieldwork(survey, "en").items}
    assert items["own.uses"].answered == Share(2, 3)
    assert items["own.why"].answered == Share(1, 2) and items["own.why"].not_asked == Share(1, 3)


def test_a_question_of_an_earlier_version_is_still_told_of(survey: Survey) -> None:
    finished(survey, answers={"own.region": "north", "ecsi.image1": 5})
    survey.parts = [ECSI]
    survey.save()
    publish(survey, None)
    finished(survey, answers={"ecsi.image1": 5})
    items = {one.code: one for one in fieldwork(survey, "en").items}
    assert items["own.region"].is_past and items["own.region"].not_asked == Share(1, 2)
    assert not items["ecsi.image1"].is_past and items["ecsi.image1"].answered == Share(2, 2)


# -- by day and by segment


def test_days_are_the_organisations_and_empty_ones_are_shown(survey: Survey) -> None:
    finished(survey, at=datetime(2026, 3, 8, 15, 59, tzinfo=UTC))
    finished(survey, at=datetime(2026, 3, 8, 16, 0, tzinfo=UTC))
    imported(survey, at=datetime(2026, 3, 10, 15, 59, tzinfo=UTC))
    imported(survey)
    found = fieldwork(survey, "en")
    days = [(one.day, one.count) for one in found.days]
    assert days == [(date(2026, 3, 8), 1), (date(2026, 3, 9), 1), (date(2026, 3, 10), 1)]
    assert found.undated == 1


def test_of_a_long_survey_the_last_days_are_shown(survey: Survey) -> None:
    finished(survey, at=NOON - timedelta(days=400))
    finished(survey)
    days = fieldwork(survey, "en").days
    assert len(days) == DAYS_SHOWN and days[-1].day == NOON.date() and sum(one.count for one in days) == 1


def test_small_segments_are_not_told_apart(alice: Member, survey: Survey) -> None:
    for number in range(9):
        finished(survey, segments={"region": "north" if number < 5 else "south"})

    def counted(least: int) -> dict[str, str]:
        Organisation.objects.update(least_group=least)
        page = shown(alice, survey)
        cells = r'<th scope="row">(North|South|No answer)</th><td class="number">([^<]+)</td>'
        return dict(re.findall(cells, page))

    assert counted(5) == {"North": "hidden", "South": "fewer than 5", "No answer": "0"}  # 9 - 5 is South
    finished(survey, segments={"region": "south"})
    assert counted(5) == {"North": "5", "South": "5", "No answer": "0"}
    finished(survey)
    assert counted(5) == {"North": "hidden", "South": "5", "No answer": "fewer than 5"}
    assert counted(6) == {"North": "fewer than 6", "South": "fewer than 6", "No answer": "fewer than 6"}


# -- the page


def shown(member: Member, survey: Survey) -> str:
    answer = signed_in(member).get(f"/o/acme/surveys/{survey.public_id}/fieldwork/")
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_a_viewer_sees_counts_and_no_single_answer(alice: Member, survey: Survey) -> None:
    response = finished(survey, answers={"ecsi.image1": 5})
    TextAnswer.objects.create(response=response, code="own.why", text="Elm Street")
    page = shown(joined(alice, "vera@example.org", "viewer"), survey)
    assert "100 %" in page and "of 1 started" in page
    assert "Elm Street" not in page and "/responses/" not in page


def test_a_survey_without_any_answer_and_a_draft_have_a_page(alice: Member, survey: Survey) -> None:
    assert "Nobody has finished yet" in shown(alice, survey)
    empty = Survey.objects.create(organisation=alice.organisation, name="Draft", languages=["en"])
    assert "Nobody has finished yet" in shown(alice, empty)


def test_the_page_has_neither_scripts_nor_styles_of_its_own(alice: Member, survey: Survey) -> None:
    finished(survey)
    page = shown(alice, survey)
    assert "<svg" in page and "<script" not in page and "style=" not in page


# -- counting again


def test_counts_follow_whatever_happens_to_the_answers(survey: Survey, monkeypatch: Any) -> None:
    monkeypatch.setattr(tallying, "BLOCK", 2)
    rows = [finished(survey, answers={"ecsi.image1": 5}) for _number in range(5)]
    waiting = started(survey, answers={"ecsi.image1": None})
    assert tally(survey).asked["ecsi.image1"] == 5
    waiting.state, waiting.finished_at = "finished", timezone.now()
    waiting.save()
    assert tally(survey).asked["ecsi.image1"] == 6 and tally(survey).left_open["ecsi.image1", None] == 1
    rows[0].delete()
    assert tally(survey).asked["ecsi.image1"] == 5
    imported(survey, answers={"ecsi.image1": 1, "ecsi.image2": 2})
    assert tally(survey).asked == {"ecsi.image1": 6, "ecsi.image2": 1}


def test_only_the_block_that_changed_is_read_again(survey: Survey, monkeypatch: Any) -> None:
    monkeypatch.setattr(tallying, "BLOCK", 2)
    for _number in range(6):
        finished(survey, answers={"ecsi.image1": 5})
    tally(survey)
    # What was counted is not looked at again: so that this shows, a finished answer changes here.
    Response.objects.update(answers={"ecsi.image2": 5})
    finished(survey, answers={"ecsi.image1": 5})
    asked = tally(survey).asked
    # One of the old ones shares its block with the new one, or none: that depends on where the keys began.
    assert asked["ecsi.image2"] <= 1 and asked["ecsi.image1"] + asked["ecsi.image2"] == 7


def test_a_great_many_blocks_are_read_in_one_pass(
    survey: Survey, monkeypatch: Any, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr(tallying, "BLOCK", 1)
    monkeypatch.setattr(tallying, "MOST_RANGES", 3)
    for _number in range(8):
        finished(survey, answers={"ecsi.image1": 5})
    with django_assert_max_num_queries(2):
        assert tally(survey).asked["ecsi.image1"] == 8


def test_another_surveys_answers_are_not_counted(alice: Member, survey: Survey) -> None:
    finished(published(alice, name="Other"), answers={"ecsi.image1": 5})
    assert not tally(survey).asked and fieldwork(survey, "en").progress.started == 0


def test_a_segment_that_was_imported_is_not_told_of_as_not_asked(survey: Survey) -> None:
    imported(survey, answers={"ecsi.image1": 3}, segments={"region": "north"})
    assert "own.region" not in {one.code for one in fieldwork(survey, "en").items}
    finished(survey, answers={"own.region": "north"}, segments={"region": "north"})
    assert "own.region" in {one.code for one in fieldwork(survey, "en").items}


def test_one_day_alone_is_no_block_as_wide_as_the_page(survey: Survey) -> None:
    finished(survey)
    bars = day_bars(fieldwork(survey, "en").days)
    assert len(bars.bars) == 1 and bars.width >= 10 * SLOT and bars.is_short
