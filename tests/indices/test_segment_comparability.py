"""Whether segments and languages measure the same: what moved, and in which of them, is named."""

import html
from typing import Any

import pytest

from indices.comparing.segment_comparability import Wanted, compared, verdicts
from indices.models import Run, SegmentComparability, SegmentDifference
from indices.runs import queue
from indices.runs.compute import compute
from scoring.structural.answers import prepare
from surveys.models import Member, Organisation, Survey
from tests.cast import REGION, owner_of, published, signed_in
from tests.indices.change_cast import ECSI, ITEMS, add_month, answers, request, worked
from tests.indices.test_change import report, section

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.figures]
NORTH, SOUTH = "region:north", "region:south"


@pytest.fixture(autouse=True)
def few_resamples(settings: Any) -> None:
    settings.RUN_RESAMPLES = 100


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


def regions(alice: Member, n: int = 150, moved: dict[str, float] | None = None, **fields: Any) -> Survey:
    """A month of two regions; `moved` says by how much items are answered otherwise in the South."""
    survey = published(alice, segments=[REGION], **fields)
    add_month(survey, "2026-01", answers(1, n), "north")
    add_month(survey, "2026-01", answers(2, n, moved=moved), "south")
    return survey


def run_of(alice: Member, survey: Survey, segment: str) -> dict[str, Any]:
    rows = signed_in(alice).get(f"/api/v1/organisations/acme/surveys/{survey.public_id}/runs/").json()
    found: dict[str, Any] = next(row for row in rows["results"] if row["segment"] == segment)
    return found


def test_segments_that_measure_the_same_are_comparable_once_the_last_of_them_is_stored(alice: Member) -> None:
    """Both are being worked at once: the one stored first leaves the test to the other."""
    survey = regions(alice)
    first, last = (queue.claim(request(survey, "2026-01", one).pk) for one in (NORTH, SOUTH))
    assert first and last
    compute(last)
    assert not SegmentComparability.objects.exists()
    compute(first)
    found = SegmentComparability.objects.get()
    assert (found.question, found.verdict, found.moved, found.lost) == ("region", "full", [], [])
    assert found.groups == [{"group": NORTH, "n": 150}, {"group": SOUTH, "n": 150}]
    assert "Region: the segments measure the same." in section(
        report(signed_in(alice), survey, f"?segment={NORTH}"), "between"
    )
    row = run_of(alice, survey, NORTH)
    assert [one["verdict"] for one in row["comparability"]] == ["full"]
    assert row["differences"] and all(one["comparable"] for one in row["differences"])
    Organisation.objects.update(least_group=200)  # the verdict rests on what is hidden now
    assert run_of(alice, survey, NORTH)["comparability"] == []


def test_an_item_that_is_answered_otherwise_in_one_segment_is_named_and_nothing_is_told_of_it(
    alice: Member,
) -> None:
    survey = regions(alice, moved={"satisfaction2": 1.5})
    worked(survey, "2026-01", NORTH), worked(survey, "2026-01", SOUTH)
    found = SegmentComparability.objects.get()
    (moved,) = found.moved
    assert (found.verdict, moved["level"], moved["item"]) == ("partial", "scalar", "satisfaction2")
    north, south = moved["values"]
    assert south - north == pytest.approx(1.5, abs=0.4)
    assert not found.may_compare(moved["group"], "satisfaction") and found.may_compare(SOUTH, "loyalty")
    page = section(html.unescape(report(signed_in(alice), survey, f"?segment={NORTH}")), "between")
    assert "Region: the segments measure the same but for" in page
    assert "The index of Satisfaction should not be compared between" in page and "not comparable" in page
    assert SegmentDifference.objects.exists()
    told = {
        (row["estimator"], row["construct"]): row["comparable"]
        for row in run_of(alice, survey, moved["group"])["differences"]
    }
    assert told["ml", "satisfaction"] is told["pls", "satisfaction"] is False and told["ml", "loyalty"]


def test_segments_too_small_for_the_test_are_not_tested_and_the_reason_is_said(alice: Member) -> None:
    survey = regions(alice, n=20, least_base_show=0)
    worked(survey, "2026-01", NORTH), worked(survey, "2026-01", SOUTH)
    found = SegmentComparability.objects.get()
    assert (found.verdict, found.groups) == ("untested", [])
    assert found.issues[0]["code"] == "too_few_groups"
    page = section(report(signed_in(alice), survey, f"?segment={NORTH}"), "between")
    assert "could not be tested" in page and "have the 30 complete answers" in page


def test_languages_are_compared_and_what_moved_is_said_where_the_measurement_is_judged(alice: Member) -> None:
    survey = published(alice)
    add_month(survey, "2026-01", answers(1, 150))
    add_month(survey, "2026-01", answers(2, 151, moved={"image2": 1.5}))
    english = survey.responses.order_by("pk").values("pk")[:150]
    survey.responses.exclude(pk__in=list(english.values_list("pk", flat=True))).update(language="zh-hans")
    worked(survey, "2026-01")
    found = SegmentComparability.objects.get()
    assert (found.question, found.verdict) == ("", "partial")
    assert [one["group"] for one in found.groups] == ["en", "zh-hans"]
    assert [one["item"] for one in found.moved] == ["image2"]
    page = section(report(signed_in(alice), survey), "quality")
    assert "The questionnaire measures the same in English and 简体中文 but for" in page
    assert "should not be compared or pooled without thought" in page
    assert run_of(alice, survey, "")["comparability"][0]["moved"][0]["item"] == "image2"


def test_of_several_groups_the_one_that_lies_apart_is_named() -> None:
    model, scales = ECSI.model(), ECSI.scales()

    def group(seed: int, n: int, **moved: float) -> Any:
        return prepare(model, answers(seed, n, moved=moved).astype(float), tuple(ITEMS), scales)

    groups = {"a": group(1, 150), "b": group(2, 150, image2=1.5), "c": group(3, 150), "d": group(4, 20)}
    found = compared(ECSI, groups)
    assert found.sizes == {"a": 150, "b": 150, "c": 150}
    (moved,) = found.tested.moved
    assert (moved["item"], moved["group"]) == ("image2", "b") and moved["by"] == pytest.approx(1.5, abs=0.4)
    assert found.tested.issues[-1] == {"code": "left_out", "params": {"names": ["d"]}, "text": ""}


def test_a_test_without_time_left_is_a_verdict_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indices.comparing.segment_comparability.SECONDS", 0)
    wanted = Wanted(Run(pk=1), "region", (NORTH, SOUTH), (1, 2))
    found = verdicts([wanted])[wanted.key].tested
    assert (found.verdict, found.issues[0]["code"]) == ("untested", "no_time")
