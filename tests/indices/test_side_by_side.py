"""Any two periods and segments beside each other: a difference only where the two are separate samples."""

import html
import math
from typing import Any

import pytest
from django.test import Client

from indices.comparing import segment_differences
from indices.models import Change, Comparison, Run, SegmentComparability
from surveys.models import Member, Period, Survey
from surveys.periods import add_wave
from tests.cast import REGION, joined, owner_of, published, signed_in
from tests.indices.report_cast import stored_run

pytestmark = [pytest.mark.django_db, pytest.mark.words]


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return published(alice, period_kind="waves", segments=[REGION])


def wave(survey: Survey, name: str) -> Period:
    return add_wave(survey, name, None, None)


def page(client: Client, survey: Survey, **asked: str) -> str:
    answer = client.get(f"/o/acme/surveys/{survey.public_id}/compare/", asked)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def beside(client: Client, survey: Survey, a: Run, b: Run) -> dict[str, Any]:
    runs = f"/api/v1/organisations/acme/surveys/{survey.public_id}/runs/"
    answer = client.get(f"{runs}{b.public_id}/against/{a.public_id}/")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def row(content: str, name: str = "Satisfaction") -> str:
    return content.split(f'<th scope="row">{name}</th>', 1)[1].split("</tr>", 1)[0]


def of(found: dict[str, Any], construct: str = "satisfaction") -> dict[str, Any]:
    return next(one for one in found["differences"] if one["construct"] == construct)


def test_two_periods_nobody_compared_are_independent_samples(alice: Member, survey: Survey) -> None:
    first, second, third = (wave(survey, name) for name in ("2023", "2024", "2025"))
    a = stored_run(survey, first, satisfaction=64.0, se=3.0)
    b = stored_run(survey, third, satisfaction=74.0, se=4.0)
    client = signed_in(alice)
    content = page(client, survey, a=first.public_id, b=third.public_id)
    assert all(words in row(content) for words in ("10.0 higher, clearly", "+0.2 to +19.8", "0.046"))
    assert "no clear difference" in row(content, "Loyalty")
    assert "was not tested" in content and "independent samples" in content
    found = beside(client, survey, a, b)
    reach = 1.959964 * math.hypot(3, 4)
    assert (found["basis"], found["verdict"]) == ("independent", None)
    assert of(found)["difference"] == pytest.approx(10)
    assert of(found)["low"] == pytest.approx(10 - reach) and of(found)["high"] == pytest.approx(10 + reach)
    assert of(beside(client, survey, b, a))["difference"] == pytest.approx(-10)
    assert page(client, survey, a=second.public_id).count("has not been computed") == 1


def test_without_an_address_it_opens_with_the_last_two(alice: Member, survey: Survey) -> None:
    for name in ("2023", "2024", "2025"):
        stored_run(survey, wave(survey, name))
    content = page(signed_in(alice), survey)
    assert "2025 · All respondents against 2024 · All respondents" in content


@pytest.mark.parametrize("is_forward", [True, False])
def test_a_stored_change_is_shown_as_it_was_stored(alice: Member, survey: Survey, is_forward: bool) -> None:
    first, second = wave(survey, "2024"), wave(survey, "2025")
    earlier, later = stored_run(survey, first), stored_run(survey, second, satisfaction=75.0)
    moved = [{"level": "scalar", "construct": "quality", "item": "quality1", "earlier": 6.0, "later": 5.0}]
    comparison = Comparison.objects.create(
        run=later, against=earlier, kind="previous", verdict="partial", moved=moved
    )
    Change.objects.create(
        comparison=comparison, estimator="ml", construct="satisfaction",
        earlier=70, later=75, difference=5, se=1, low=3.04, high=6.96, z=5, p=0.0001,
    )  # fmt: skip
    a, b = (first, second) if is_forward else (second, first)
    client = signed_in(alice)
    content = page(client, survey, a=a.public_id, b=b.public_id)
    assert ("+3.0 to +7.0" if is_forward else "−7.0 to −3.0") in row(content)
    assert "Comparable with 2024 but for" in content and "stored change" in content
    found = beside(client, survey, *((earlier, later) if is_forward else (later, earlier)))
    assert (found["basis"], found["verdict"]) == ("stored", "partial")
    assert of(found)["difference"] == (5 if is_forward else -5)
    assert of(found, "loyalty")["difference"] is None


def test_what_is_not_the_same_has_no_difference(alice: Member, survey: Survey) -> None:
    first, second = wave(survey, "2024"), wave(survey, "2025")
    earlier, later = stored_run(survey, first), stored_run(survey, second)
    Comparison.objects.create(run=later, against=earlier, kind="previous", verdict="none")
    content = page(signed_in(alice), survey, a=first.public_id, b=second.public_id)
    assert "not comparable" in row(content) and "Not comparable with 2024" in content


def test_two_regions_of_a_period_are_separate_and_what_was_tested_of_them_is_said(
    alice: Member, survey: Survey
) -> None:
    period = wave(survey, "2025")
    north = stored_run(survey, period, "region:north", satisfaction=60.0)
    south = stored_run(survey, period, "region:south", satisfaction=70.0, image=60.0)
    groups = [{"group": "region:north", "n": 200}, {"group": "region:south", "n": 200}]
    one = {"level": "scalar", "construct": "image", "item": "image1", "values": {}}
    moved = [{**one, "group": "region:south", "by": 1.0}]
    SegmentComparability.objects.create(
        survey=survey, period=period, measurement_key=north.measurement_key, question="region",
        verdict="partial", groups=groups, moved=moved,
    )  # fmt: skip
    client = signed_in(alice)
    asked = {"a_segment": "region:north", "b_segment": "region:south"}
    content = page(client, survey, **asked)
    assert "10.0 higher, clearly" in row(content) and "not comparable" in row(content, "Image")
    assert "measure the same but for" in content
    found = beside(client, survey, north, south)
    assert (found["basis"], found["verdict"]) == ("independent", "partial")
    assert of(found, "image")["difference"] is None


def test_a_region_and_all_respondents_are_not_compared_but_with_the_others(
    alice: Member, survey: Survey
) -> None:
    period = wave(survey, "2025")
    everybody = stored_run(survey, period, n=400)
    north = stored_run(survey, period, "region:north", satisfaction=60.0)
    segment_differences.renew(stored_run(survey, period, "region:south", satisfaction=70.0))
    client = signed_in(alice)
    content = page(client, survey, b_segment="region:north")
    assert "not compared" in row(content) and "contain the segment" in content
    others = content.split('id="others"')[1]
    assert "−10.0" in row(others) and "200 / 200" in row(others)
    assert beside(client, survey, everybody, north)["basis"] == "none"


def test_the_same_answers_twice_are_no_comparison(alice: Member, survey: Survey) -> None:
    stored_run(survey, wave(survey, "2025"))
    content = page(signed_in(alice), survey)
    assert "the same answers" in content and "not compared" in row(content)


def test_windows_that_share_periods_are_not_compared_and_others_are(alice: Member, survey: Survey) -> None:
    a, b, c = (wave(survey, name) for name in ("2023", "2024", "2025"))
    for name in ("2023", "2024", "2025"):
        stored_run(survey, survey.periods.get(name=name))
    runs = {
        period.name: stored_run(survey, period, window=2, n=400, pooled=pooled)
        for period, pooled in ((a, ["2022", "2023"]), (b, ["2023", "2024"]), (c, ["2024", "2025"]))
    }
    client = signed_in(alice)
    assert beside(client, survey, runs["2024"], runs["2025"])["basis"] == "none"
    assert beside(client, survey, runs["2023"], runs["2025"])["basis"] == "independent"
    asked = {"a": b.public_id, "b": c.public_id, "window": "2"}
    assert "share answers" in page(client, survey, **asked)


def test_a_hidden_side_hides_both(alice: Member, survey: Survey) -> None:
    first, second = wave(survey, "2024"), wave(survey, "2025")
    hidden, told = stored_run(survey, first, n=9, satisfaction=33.3), stored_run(survey, second)
    client = signed_in(joined(alice, "vera@example.org", "viewer"))
    content = page(client, survey, a=first.public_id, b=second.public_id)
    assert "33.3" not in content and "fewer than 10 respondents" in content
    found = beside(client, survey, hidden, told)
    assert found["hidden"] and found["differences"] == []


@pytest.mark.parametrize(
    "asked", [{"a": "A" * 22}, {"b": "x"}, {"a_segment": "region:west"}, {"window": "7"}, {"measure": "nps"}]
)
def test_what_the_survey_does_not_have_is_not_there(
    alice: Member, survey: Survey, asked: dict[str, str]
) -> None:
    stored_run(survey, wave(survey, "2025"))
    client = signed_in(alice)
    assert client.get(f"/o/acme/surveys/{survey.public_id}/compare/", asked).status_code == 404


def test_another_surveys_run_is_not_there(alice: Member, survey: Survey) -> None:
    run = stored_run(survey, wave(survey, "2025"))
    other = published(alice, period_kind="waves")
    foreign = stored_run(other, wave(other, "2025"))
    runs = f"/api/v1/organisations/acme/surveys/{survey.public_id}/runs/"
    assert signed_in(alice).get(f"{runs}{run.public_id}/against/{foreign.public_id}/").status_code == 404


def test_a_page_takes_as_many_queries_for_many_periods_as_for_few(
    alice: Member, survey: Survey, django_assert_max_num_queries: Any
) -> None:
    for name in ("2024", "2025"):
        stored_run(survey, wave(survey, name))
    client = signed_in(alice)
    with django_assert_max_num_queries(40) as few:
        page(client, survey)
    for year in range(2026, 2034):
        period = wave(survey, str(year))
        stored_run(survey, period, n=400)
        for segment in ("region:north", "region:south"):
            stored_run(survey, period, segment)
    with django_assert_max_num_queries(len(few)):
        page(client, survey)


def test_periods_are_told_apart_by_more_than_their_names(alice: Member, survey: Survey) -> None:
    first = wave(survey, "Autumn")
    a = stored_run(survey, first)
    Period.objects.filter(pk=first.pk).update(name="Autumn, first")
    b = stored_run(survey, wave(survey, "Autumn"))
    client = signed_in(alice)
    assert beside(client, survey, a, b)["basis"] == "independent"
    Run.objects.update(window=2)  # stored with names alone
    assert beside(client, survey, a, b)["basis"] == "none"
    for run, ids in ((a, ["x", "y"]), (b, ["z", "w"])):
        Run.objects.filter(pk=run.pk).update(settings={**run.settings, "period_ids": ids})
    assert beside(client, survey, a, b)["basis"] == "independent"


def test_what_moved_between_two_periods_is_named(alice: Member, survey: Survey) -> None:
    first, second, third, fourth = (wave(survey, name) for name in ("2022", "2023", "2024", "2025"))
    runs = [stored_run(survey, one) for one in (first, second, third, fourth)]
    moved = [{"level": "scalar", "construct": "quality", "item": "quality1", "earlier": 6.0, "later": 5.0}]
    for earlier, later, verdict in zip(runs, runs[1:], ("full", "partial", "full"), strict=False):
        found = {"verdict": verdict, "moved": moved if verdict == "partial" else []}
        Comparison.objects.create(run=later, against=earlier, kind="previous", **found)
    client = signed_in(alice)
    content = page(client, survey, a=fourth.public_id, b=first.public_id)
    assert "something moved" in content and "2024: Comparable with 2023 but for" in content
    assert "2025: " not in content
    after = page(client, survey, a=second.public_id, b=first.public_id)
    assert "something moved" not in after
