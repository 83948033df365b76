"""What is stored of changes: the right figures, renewed when either period is, whole or not at all."""

import html
import math
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from indices.comparing import change, control_charts
from indices.comparing.comparability import verdicts
from indices.models import (
    Change,
    Comparison,
    ControlChart,
    Estimate,
    Index,
    Run,
    SegmentDifference,
    SurveyNote,
    SurveyTarget,
)
from indices.numbers import rounded
from indices.runs import queue
from indices.runs.compute import compute
from indices.tasks import work
from indices.wording import reach
from scoring.classical.control_chart import limits
from scoring.classical.false_discovery import adjusted_p
from surveys.models import Member, Period, Survey
from surveys.publishing import publish
from tests.cast import REGION, joined, owner_of, published, signed_in
from tests.indices.change_cast import add_month, answers, figure, key_of, request, worked

# Real transactions: a lease is renewed by a thread of its own, which must be able to write.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.figures]


@pytest.fixture(autouse=True)
def few_resamples(settings: Any) -> None:
    settings.RUN_RESAMPLES = 100


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    """January of one year, December and January of the next; better quality in the last."""
    survey = published(alice)
    add_month(survey, "2025-01", answers(1))
    add_month(survey, "2025-12", answers(2))
    add_month(survey, "2026-01", answers(3, lifted={"quality": 0.8}))
    return survey


def report(client: Client, survey: Survey, query: str = "") -> str:
    page = client.get(f"/o/acme/surveys/{survey.public_id}/report/{query}")
    assert page.status_code == 200
    return html.unescape(page.content.decode())


def section(page: str, name: str) -> str:
    """A section of the page by its heading, as plain words."""
    found = re.search(rf'aria-labelledby="{name}">(.*?)</section>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split()) if found else ""


def comparison(run: Run, kind: str = "previous") -> Comparison:
    return Comparison.objects.get(run=run, kind=kind)


def test_a_run_is_compared_with_the_period_before_and_a_year_ago(survey: Survey) -> None:
    first, second, third = (worked(survey, month) for month in ("2025-01", "2025-12", "2026-01"))
    assert not Comparison.objects.filter(run=first).exists()
    assert comparison(second).against == first
    assert comparison(third).against == second and comparison(third, "year").against == first
    assert Comparison.objects.count() == 3


def test_the_difference_and_its_error_are_those_of_independent_samples(survey: Survey) -> None:
    earlier, later = worked(survey, "2025-12"), worked(survey, "2026-01")
    rows = comparison(later).changes
    for estimator in ("ml", "pls"):
        for name in (("quality", ""), ("satisfaction", ""), ("satisfaction", "quality")):
            now, before = (figure(run, estimator, *name) for run in (later, earlier))
            row = rows.get(estimator=estimator, construct=name[0], source=name[1])
            assert row.difference == pytest.approx(now["value"] - before["value"])
            assert (row.later, row.earlier) == (now["value"], before["value"])
            assert row.se == pytest.approx(math.hypot(now["se"], before["se"]))
            assert row.high - row.low == pytest.approx(2 * 1.959964 * row.se, rel=1e-6)
            assert row.z == pytest.approx(row.difference / row.se)
    assert rows.filter(source="").count() == 14


def test_what_changed_is_called_clear_and_the_rest_is_not(alice: Member, survey: Survey) -> None:
    worked(survey, "2025-12")
    run = worked(survey, "2026-01")
    row = comparison(run).changes.get(estimator="ml", construct="quality", source="")
    assert row.low > 0
    said = section(report(signed_in(alice), survey), "changes")
    assert f"Perceived quality up {rounded(row.difference)}, clearly" in said
    assert "Loyalty no clear change" in said and "down" not in said


def test_the_page_and_the_api_say_the_same_to_the_last_digit(alice: Member, survey: Survey) -> None:
    worked(survey, "2025-12")
    run = worked(survey, "2026-01")
    client = signed_in(alice)
    rows = client.get(f"/api/v1/organisations/acme/surveys/{survey.public_id}/runs/").json()["results"]
    (told,) = next(row for row in rows if row["id"] == run.public_id)["comparisons"]
    assert (told["kind"], told["verdict"], told["period"]["name"]) == ("previous", "full", "2025-12")
    page = report(client, survey)
    assert len(told["changes"]) == comparison(run).changes.count()
    for row in told["changes"]:
        stored = Change.objects.get(
            comparison__run=run, **{key: row[key] for key in ("estimator", "construct", "source")}
        )
        assert (row["difference"], row["low"], row["p"]) == (stored.difference, stored.low, stored.p)
        assert reach(row["low"], row["high"], 2 if row["source"] else 1) in page


def test_changes_are_renewed_when_the_earlier_period_is_computed_again(survey: Survey) -> None:
    worked(survey, "2025-12")
    later = worked(survey, "2026-01")
    before = comparison(later).changes.get(estimator="pls", construct="quality", source="")
    add_month(survey, "2025-12", answers(9, lifted={"quality": 0.8}))
    again = worked(survey, "2025-12")
    renewed = comparison(later)
    assert renewed.against == again and again.revision == 2
    after = renewed.changes.get(estimator="pls", construct="quality", source="")
    assert after.earlier == figure(again, "pls", "quality")["value"] > before.earlier + 2
    assert after.later == before.later


def test_what_a_released_period_said_has_changed_stays_as_it_was(survey: Survey) -> None:
    first = worked(survey, "2025-12")
    later = worked(survey, "2026-01")
    Run.objects.filter(pk=later.pk).update(released_at=timezone.now())
    before = comparison(later).changes.get(estimator="pls", construct="quality", source="")
    add_month(survey, "2025-12", answers(9, lifted={"quality": 0.8}))
    worked(survey, "2025-12")
    after = comparison(later).changes.get(estimator="pls", construct="quality", source="")
    assert comparison(later).against == first
    assert (after.pk, after.earlier, after.difference) == (before.pk, before.earlier, before.difference)


def test_computing_again_the_same_answers_changes_nothing(survey: Survey) -> None:
    worked(survey, "2025-12"), worked(survey, "2026-01")
    fields = ("comparison__kind", "estimator", "construct", "source", "difference", "low", "high", "p")
    before = sorted(Change.objects.values_list(*fields))
    worked(survey, "2025-12"), worked(survey, "2026-01")
    current = Change.objects.filter(comparison__run__revision=2)
    assert sorted(current.values_list(*fields)) == before


def test_a_period_that_comes_in_between_becomes_the_one_before(survey: Survey) -> None:
    worked(survey, "2025-01")
    later = worked(survey, "2026-01")
    assert comparison(later).against.period.name == "2025-01"
    between = worked(survey, "2025-12")
    assert comparison(later).against == between
    assert comparison(later, "year").against.period.name == "2025-01"


def test_different_measures_are_never_compared_and_this_is_said(alice: Member) -> None:
    survey = published(alice)
    add_month(survey, "2025-12", answers(1))
    worked(survey, "2025-12")
    survey.words = {**survey.words, "company": {"en": "Other", "zh-hans": "别家", "zh-hant": "別家"}}
    survey.save()
    first = key_of(survey)
    publish(survey, alice.user, keeps={"ecsi": False})
    assert key_of(survey) != first
    add_month(survey, "2026-01", answers(2, lifted={"quality": 0.8}))
    run = worked(survey, "2026-01")
    assert comparison(run).verdict == "other_measure" and not Change.objects.exists()
    page = report(signed_in(alice), survey)
    assert "Never compared with 2025-12" in page
    assert "not comparable" in section(page, "changes") and "clearly (" not in page


def test_segments_are_compared_with_the_others_of_their_question(alice: Member) -> None:
    survey = published(alice, segments=[REGION])
    lifted = dict.fromkeys(("satisfaction", "loyalty", "quality"), 0.7)
    add_month(survey, "2026-01", answers(1, 80, lifted), "north")
    add_month(survey, "2026-01", answers(2, 80), "south")
    north, south = (worked(survey, "2026-01", f"region:{one}") for one in ("north", "south"))
    rows = SegmentDifference.objects.filter(estimator="ml")
    row = rows.get(run=north, construct="satisfaction")
    assert row.difference == pytest.approx(row.value - row.others)
    assert row.others == pytest.approx(figure(south, "ml", "satisfaction")["value"])
    assert (row.n, row.others_n) == (80, 80) and row.low > 0
    plain, adjusted = zip(*rows.order_by("pk").values_list("p", "adjusted_p"), strict=True)
    assert len(plain) == 14 and adjusted == pytest.approx(adjusted_p(plain))
    said = section(report(signed_in(alice), survey, "?segment=region:north"), "between")
    assert f"North {rounded(row.value)} {rounded(row.difference)} higher, clearly" in said
    assert f"South {rounded(row.others)} {rounded(row.difference)} lower, clearly" in said


def test_small_segments_count_nowhere(alice: Member) -> None:
    survey = published(alice, segments=[REGION], least_base_show=60)
    add_month(survey, "2026-01", answers(1, 80), "north")
    add_month(survey, "2026-01", answers(2, 40), "south")
    worked(survey, "2026-01", "region:north"), worked(survey, "2026-01", "region:south")
    assert not SegmentDifference.objects.exists()


class Died(BaseException):
    """The worker's process ends."""


def test_a_worker_that_dies_while_it_compares_leaves_nothing_half_done(survey: Survey) -> None:
    worked(survey, "2025-01")
    run = queue.claim(request(survey, "2026-01").pk)
    assert run

    def die(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith('INSERT INTO "indices_change"'):
            raise Died
        return execute(sql, *rest)

    with pytest.raises(Died), connection.execute_wrapper(die):
        compute(run)
    stored = Comparison.objects, Change.objects, Estimate.objects.filter(run=run)
    assert [rows.count() for rows in stored] == [0, 0, 0]
    Run.objects.filter(pk=run.pk).update(status=Run.Status.QUEUED)
    work(run.pk)
    assert [rows.count() for rows in stored] == [1, 14 + 42, 2]


def test_a_run_that_was_stored_meanwhile_is_tested_before_it_is_compared(survey: Survey) -> None:
    """Two workers at once: the one that comes second sees the first, and stores nothing untested."""
    late = queue.claim(request(survey, "2026-01").pk)
    assert late
    tests = verdicts(change.pairs(late))
    assert not tests
    earlier = worked(survey, "2025-12")
    with pytest.raises(change.Unforeseen) as unforeseen:
        change.renew(late, tests)
    assert [pair.earlier for pair in unforeseen.value.pairs] == [earlier]
    compute(late)
    assert comparison(late).against == earlier


def stored_series(survey: Survey, values: list[float]) -> list[Run]:
    """Runs of so many months with nothing but an index of satisfaction by maximum likelihood."""
    runs = []
    for number, value in enumerate(values):
        month = f"2024-{number + 1:02}"
        period = Period.objects.create(
            survey=survey, name=month, first_day=f"{month}-01", last_day=f"{month}-28"
        )
        run = queue.request(survey, period, key_of(survey), "", Run.Trigger.MANAGER)
        Run.objects.filter(pk=run.pk).update(status=Run.Status.DONE)
        result = {"status": "ok", "structure": "full", "issues": [], "indices": [], "total_effects": []}
        estimate = Estimate.objects.create(
            run=run, estimator="ml", status="ok", n=200, n_used=200, result=result
        )
        Index.objects.create(estimate=estimate, construct="satisfaction", value=value, low=65, high=80)
        runs.append(run)
    return runs


VALUES = [70.0, 71, 70, 72, 71, 70, 71, 72, 70, 71]


def test_a_control_chart_stands_from_ten_periods_on(alice: Member) -> None:
    survey = published(alice)
    runs = stored_series(survey, [*VALUES, 79.0])
    control_charts.renew(runs[8], runs[:9])
    assert not ControlChart.objects.exists()
    control_charts.renew(runs[-1], runs)
    chart, expected = ControlChart.objects.get(), limits([*VALUES, 79.0])
    assert (chart.low, chart.high) == (expected.low, expected.high)
    assert chart.signals == [{"period": runs[-1].period.public_id, "rules": ["beyond"]}]


def test_a_control_chart_begins_where_the_series_was_broken(alice: Member) -> None:
    survey = published(alice)
    runs = stored_series(survey, [40.0, *VALUES])
    Comparison.objects.create(run=runs[1], against=runs[0], kind="previous", verdict="none")
    control_charts.renew(runs[-1], runs)
    chart = ControlChart.objects.get()
    assert chart.low == limits(VALUES).low
    assert chart.periods[0] == runs[1].period.public_id
    Comparison.objects.create(run=runs[2], against=runs[1], kind="previous", verdict="effects")
    control_charts.renew(runs[-1], runs)
    assert not ControlChart.objects.exists()


def address(survey: Survey, rest: str) -> str:
    return f"/o/acme/surveys/{survey.public_id}/report/{rest}/"


def test_a_note_is_written_once_shown_beside_the_series_and_taken_away(alice: Member, survey: Survey) -> None:
    worked(survey, "2025-12")
    client = signed_in(alice)
    note = {"period": survey.periods.get(name="2025-12").public_id, "text": " Prices\nrose <b>10 %</b>"}
    for _again in range(2):
        assert client.post(address(survey, "notes"), note).status_code == 302
    stored = SurveyNote.objects.get()
    page = client.get(f"/o/acme/surveys/{survey.public_id}/report/").content.decode()
    assert "Prices rose &lt;b&gt;10 %&lt;/b&gt;" in page and "series-note-mark" in page
    viewer = signed_in(joined(alice, "vera@example.org", "viewer"))
    assert viewer.post(address(survey, f"notes/{stored.public_id}/remove")).status_code == 403
    assert client.post(address(survey, f"notes/{stored.public_id}/remove")).status_code == 302
    assert not SurveyNote.objects.exists()


@pytest.mark.parametrize("text", ["", "  ", "x" * 201])
def test_a_note_without_words_or_with_too_many_is_refused(alice: Member, survey: Survey, text: str) -> None:
    note = {"period": survey.periods.get(name="2025-12").public_id, "text": text}
    page = signed_in(alice).post(address(survey, "notes"), note, follow=True)
    assert "up to 200 characters" in page.content.decode() and not SurveyNote.objects.exists()


def test_a_target_is_set_drawn_and_taken_away(alice: Member, survey: Survey) -> None:
    worked(survey, "2025-12")
    client = signed_in(alice)
    target = {"measure": "ecsi", "construct": "satisfaction", "value": "77,5"}
    for _again in range(2):
        client.post(address(survey, "targets"), target)
    assert SurveyTarget.objects.get().value == 77.5
    page = report(client, survey)
    assert "the target of Satisfaction, 77.5" in page and "series-target" in page
    client.post(address(survey, "targets"), {**target, "value": ""})
    assert not SurveyTarget.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"value": "101"}, {"value": "-1"}, {"value": "nan"}, {"value": "much"}, {"construct": "joy"},
     {"measure": "acsi"}, {"construct": "\0"}],
)  # fmt: skip
def test_a_target_that_makes_no_sense_is_refused(
    alice: Member, survey: Survey, wrong: dict[str, str]
) -> None:
    worked(survey, "2025-12")
    target = {"measure": "ecsi", "construct": "satisfaction", "value": "75", **wrong}
    page = signed_in(alice).post(address(survey, "targets"), target, follow=True)
    assert "from 0 to 100" in page.content.decode() and not SurveyTarget.objects.exists()
