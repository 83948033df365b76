"""Whether two periods measure the same: what moved is named, and nothing that cannot be told stops a run."""

import html
from typing import Any

import pytest

from indices.models import Comparison, Run
from indices.wording import BESIDE, UNTESTED
from scoring.structural.invariance_gate import SENTENCES
from surveys.models import Member, Survey
from tests.cast import owner_of, published, signed_in
from tests.indices.change_cast import add_month, answers, worked
from tests.indices.test_change import report, section

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.figures]


@pytest.fixture(autouse=True)
def few_resamples(settings: Any) -> None:
    settings.RUN_RESAMPLES = 100


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    survey = published(alice)
    add_month(survey, "2025-12", answers(1, 300))
    return survey


def compared(survey: Survey, **later: Any) -> Comparison:
    """January against December, where `later` says what is different about January."""
    add_month(survey, "2026-01", answers(2, **{"n": 300, **later}))
    worked(survey, "2025-12")
    run = worked(survey, "2026-01")
    return Comparison.objects.get(run=run)


def test_the_same_questions_answered_alike_are_comparable(alice: Member, survey: Survey) -> None:
    found = compared(survey, lifted={"quality": 0.5})
    assert (found.verdict, found.moved, found.lost) == ("full", [], [])
    assert "Comparable with 2025-12: every question" in report(signed_in(alice), survey)


def test_an_item_that_moved_is_named_and_its_construct_marked(alice: Member, survey: Survey) -> None:
    found = compared(survey, moved={"image2": 1.2})
    assert found.verdict == "partial"
    (moved,) = found.moved
    assert (moved["level"], moved["construct"], moved["item"]) == ("scalar", "image", "image2")
    assert moved["later"] - moved["earlier"] == pytest.approx(1.2, abs=0.3)
    page = report(signed_in(alice), survey)
    use = survey.versions.get().uses.get()
    text = next(item.text["en"] for item in use.instrument.items if item.code == "image2")
    said = html.unescape(text.split("{")[0].rstrip("."))
    assert "Comparable with 2025-12 but for" in page and said in page
    assert "is answered more favourably than then" in page
    assert "a question moved" in section(page, "changes").split("Expectations")[0]
    assert section(page, "changes").count("a question moved") == 2  # of Image, by both estimators


def test_a_moved_item_is_left_out_of_the_difference_that_is_given_instead(survey: Survey) -> None:
    found = compared(survey, moved={"image2": 2.0})
    of_index = found.changes.get(estimator="ml", construct="image", source="")
    (without,) = (row for row in found.latent if row["construct"] == "image")
    assert of_index.low > 0 and without["low"] < 0 < without["high"]


def test_a_construct_that_moved_within_is_said_to_be_not_comparable_and_its_line_is_broken(
    alice: Member, survey: Survey
) -> None:
    found = compared(survey, moved={"satisfaction1": 1.5, "satisfaction2": -1.5})
    assert found.verdict == "partial" and found.lost == [{"level": "scalar", "construct": "satisfaction"}]
    page = report(signed_in(alice), survey)
    said = section(page, "changes")
    assert "Satisfaction not comparable – – not comparable – –" in said
    assert "Loyalty no clear change" in said
    assert "series-break" in page and "Where the line is broken" in page
    assert "Satisfaction is measured differently in the two periods" in page
    assert not found.may_compare("ml", "satisfaction") and found.may_compare("ml", "loyalty")
    assert found.may_compare("ml", "satisfaction", "quality")  # effects need equal loadings only


def test_where_nothing_can_be_compared_no_change_is_told(alice: Member, survey: Survey) -> None:
    shuffled = {"image1": 2.0, "image2": -2.0, "quality1": 2.0, "quality2": -2.0, "quality3": 1.5}
    others = {"value1": 2.0, "expectations1": 2.0, "expectations2": -2.0, "satisfaction1": 2.0}
    more = {"satisfaction2": -2.0, "loyalty1": 2.0, "loyalty2": -2.0}
    found = compared(survey, moved={**shuffled, **others, **more})
    assert found.verdict in {"none", "effects"}
    page = report(signed_in(alice), survey)
    assert "Not comparable with 2025-12" in page and "clearly" not in section(page, "now")
    assert "Satisfaction not comparable" in section(page, "changes")


def test_too_few_answers_are_a_stored_reason_and_the_run_is_done(alice: Member, survey: Survey) -> None:
    found = compared(survey, n=20)
    assert found.verdict == "untested" and found.issues[0]["code"] == "too_few"
    page = report(signed_in(alice), survey)
    assert "could not be tested" in page and "20 complete answers, which are too few" in page


def test_no_answers_at_all_are_too_few(survey: Survey) -> None:
    add_month(survey, "2026-01", answers(2, 40))
    survey.responses.filter(period__name="2026-01").update(is_excluded=True)
    worked(survey, "2025-12")
    found = Comparison.objects.get(run=worked(survey, "2026-01"))
    assert found.verdict == "untested" and found.issues[0]["code"] == "too_few"


def test_an_item_that_everybody_answered_alike_cannot_be_tested(survey: Survey) -> None:
    found = compared(survey, moved={"image1": 20.0})
    assert found.verdict == "untested"
    assert found.issues[0]["params"]["names"] == ["image1"]


@pytest.mark.parametrize(("limit", "code"), [("SECONDS", "no_time"), ("LARGEST_MODEL", "too_large")])
def test_what_would_take_too_long_is_not_tested_and_the_changes_are_there(
    survey: Survey, monkeypatch: pytest.MonkeyPatch, limit: str, code: str
) -> None:
    monkeypatch.setattr(f"indices.comparing.comparability.{limit}", 0)
    found = compared(survey)
    assert (found.verdict, found.issues[0]["code"]) == ("untested", code)
    assert found.changes.filter(source="").count() == 14
    assert found.run.status == Run.Status.DONE


def test_windows_that_share_answers_are_no_separate_groups(alice: Member) -> None:
    survey = published(alice, rolling=2)
    for seed, month in enumerate(("2025-11", "2025-12", "2026-01"), start=1):
        add_month(survey, month, answers(seed))
    earlier, later = (worked(survey, month, window=2) for month in ("2025-12", "2026-01"))
    found = Comparison.objects.get(run=later)
    assert found.against == earlier and found.verdict == "untested"
    assert [issue["code"] for issue in found.issues] == ["overlapping"]
    row = found.changes.get(estimator="ml", construct="loyalty", source="")
    separate = sum(one.estimates.get(estimator="ml").indices.get(construct="loyalty").se ** 2
                   for one in (earlier, later)) ** 0.5  # fmt: skip
    assert row.se == pytest.approx(separate * 0.5**0.5, rel=0.02)  # half of their answers are the same


def test_every_reason_a_test_can_give_has_words_of_its_own() -> None:
    told_otherwise = {
        "item_loading",
        "item_intercept",
        "item_residual",
        "comparable",
        "partly_comparable",
        "relations_comparable",
        "not_comparable",
        "permutations_failed",
        "composed_differently",
        "poolable",
        "effects_comparable",
    }
    assert set(SENTENCES) - told_otherwise <= set(UNTESTED) | set(BESIDE)
