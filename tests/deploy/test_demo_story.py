"""The simulated demo surveys tell what they are said to tell, found by real runs, and nothing else."""

import csv
import html
import io
import re
from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.utils import timezone
from numpy.typing import NDArray

from deploy.celery import app
from deploy.demo import desk_answers, simulate
from deploy.demo.desk import service_desk
from deploy.demo.loading import EMAIL, load_demo
from deploy.demo.release import go_on
from deploy.demo.surveys import RELEASED, SLUG, months_before, simulated
from deploy.demo.tasks import go_on_with_the_demo
from indices.comparing.comparability import ALPHA
from indices.models import Change, Comparison, Run
from indices.runs.schedule import due, request_answered, request_period
from indices.tasks import work
from scoring.classical.change import Figure, difference
from scoring.structural import invariance_constructs
from scoring.structural.answers import prepare
from scoring.structural.fit import fit
from scoring.structural.invariance_result import Criteria
from surveys.models import AlertMail, Member, Period, Survey, TextAnswer
from surveys.periods import close_due
from tests.cast import owner_of, signed_in
from tests.indices.change_cast import ECSI, ITEMS, key_of, worked

# Real transactions: a lease is renewed by a thread of its own, which must be able to write.
pytestmark = pytest.mark.django_db(transaction=True)

TODAY = date(2024, 3, 31)
MONTHS = [f"{day:%Y-%m}" for day in months_before(TODAY, simulate.MONTHS)]
BETTER, REWORDED = MONTHS[simulate.BETTER_FROM], MONTHS[simulate.REWORDED_FROM]
SMALL, LATE = MONTHS[simulate.SMALL], MONTHS[simulate.LATE]
CHANGED = {"quality", "value", "satisfaction", "complaints", "loyalty"}  # by the better service


@pytest.fixture(autouse=True)
def few_resamples(settings: Any) -> None:
    settings.RUN_RESAMPLES = 200


@pytest.fixture
def dana() -> Member:
    return owner_of(SLUG, EMAIL)


@pytest.fixture
def survey(dana: Member) -> Survey:
    return simulated(dana, TODAY)


def words(page: Any) -> str:
    assert page.status_code == 200
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.content.decode())).split())


def report(member: Member, survey: Survey, month: str, query: str = "") -> str:
    period = survey.periods.get(name=month)
    address = f"/o/{SLUG}/surveys/{survey.public_id}/report/?period={period.public_id}{query}"
    return words(signed_in(member).get(address))


def clear(changes: Iterable[Change]) -> set[tuple[str, str]]:
    """The indices that clearly changed, by estimator."""
    return {(one.estimator, one.construct) for one in changes if one.low > 0 or one.high < 0}


def test_the_better_service_the_moved_question_and_the_small_month_are_found(
    dana: Member, survey: Survey
) -> None:
    before = MONTHS[simulate.REWORDED_FROM - 1]
    for month in (REWORDED, before, SMALL, BETTER, MONTHS[simulate.BETTER_FROM - 1]):
        worked(survey, month)
    found = {one.run.period.name: one for one in Comparison.objects.select_related("run__period")}
    rise = clear(found[BETTER].changes.filter(source=""))
    assert rise >= {(e, c) for e in ("ml", "pls") for c in ("quality", "satisfaction")}
    assert {construct for _estimator, construct in rise} <= CHANGED
    assert found[BETTER].verdict == "full"
    assert [one["item"] for one in found[REWORDED].moved] == [simulate.REWORDED]
    assert (found[REWORDED].verdict, found[REWORDED].lost, found[REWORDED].apart) == ("partial", [], [])
    assert not clear(found[REWORDED].changes.filter(source=""))
    assert found[SMALL].verdict == found[before].verdict == "untested"

    better, reworded, small, after = (report(dana, survey, one) for one in (BETTER, REWORDED, SMALL, before))
    assert "Perceived quality up 6." in better and "clearly" in better
    assert f"Comparable with {before} but for “How good is what" in reworded
    assert "is answered less favourably than then, by about 0." in reworded
    assert f"answered otherwise: {REWORDED}: Comparable with {before} but for" in reworded
    assert "There are 24 usable answers" in small and "/ 100" not in small
    assert "only a few customers were invited; too few answers" in small
    assert "/ 100" in after and f"Whether this is comparable with {SMALL} could not be tested." in after


def test_nothing_else_is_called_clear_in_any_month_and_no_other_question_is_named() -> None:
    answers = {month: answers_of(month) for month in range(simulate.MONTHS) if month != simulate.SMALL}
    shown = {month: figures(rows) for month, rows in answers.items()}
    pairs = [(month, later) for month in answers for later in (month + 1, month + 12) if later in answers]
    assert len(pairs) == 11 + 2
    for before, now in pairs:
        allowed = CHANGED if before < simulate.BETTER_FROM <= now else set()
        for name, figure in shown[now].items():
            found = difference(figure, shown[before][name])
            assert found.low <= 0 <= found.high or name[1] in allowed, (before, now, name)
        groups = [prepare(ECSI.model(), answers[one], ITEMS, ECSI.scales()).moments for one in (before, now)]
        tested = invariance_constructs.test(ECSI.model(), groups, Criteria(alpha=ALPHA))
        named = [one.item for one in tested.invariance.moved]
        assert named == ([simulate.REWORDED] if before < simulate.REWORDED_FROM <= now else []), (before, now)
        assert not tested.lost


def answers_of(month: int) -> NDArray[np.float64]:
    """(n, items) made-up answers of everybody in a month, as a worker reads them."""
    content = simulate.simulated_csv(ECSI, {month: date(2026, 1, 1)}).decode()
    return np.array([[float(row[item]) for item in ITEMS] for row in csv.DictReader(io.StringIO(content))])


def figures(rows: NDArray[np.float64]) -> dict[tuple[str, str], Figure]:
    """The indices with their standard errors by estimator and construct."""
    found = {}
    for estimator, more in (("ml", {}), ("pls", {"resamples": 200, "seed": 1})):
        result = fit(ECSI.model(), rows, ITEMS, ECSI.scales(), estimator=estimator, **more).to_json()
        assert result["status"] == "ok"
        for one in result["indices"]:
            found[estimator, one["construct"]] = Figure(one["index"], one["se"], len(rows))
    return found


def test_no_segment_of_the_small_month_shows_a_figure(dana: Member, survey: Survey) -> None:
    for region, base in (("north", 10), ("south", 6)):
        run = worked(survey, SMALL, f"region:{region}")
        assert run.responses == base
        page = report(dana, survey, SMALL, f"&segment=region:{region}")
        assert "/ 100" not in page and (base < 10 or f"There are {base} usable answers" in page)


def test_the_months_before_the_last_are_closed_and_the_last_is_still_open(survey: Survey) -> None:
    assert [one.state for one in survey.periods.order_by("first_day")] == ["closed"] * 13 + ["open"]
    last = timezone.now().replace(year=2024, month=3, day=31, hour=23)
    assert close_due(last) == 0 and close_due(last.replace(month=4, day=1)) == 1


def test_nothing_is_released_before_all_that_waits_is_computed(survey: Survey) -> None:
    worked(survey, LATE)
    request_period(survey, survey.periods.get(name=BETTER), key_of(survey), Run.Trigger.SCHEDULE)
    go_on()
    assert not Period.objects.exclude(released_at=None).exists()


def test_late_answers_to_a_released_month_make_a_revision_that_says_so(dana: Member, survey: Survey) -> None:
    worked(survey, MONTHS[RELEASED])
    worked(survey, SMALL)
    first = worked(survey, LATE)
    for _again in range(2):
        go_on()
    # The last months wait, the small one may not be released, and the others are not computed here.
    assert [one.name for one in survey.periods.exclude(released_at=None)] == [LATE]
    (asked,) = [one for one in due(survey, timezone.now()) if one.period.name == LATE]
    assert (asked.trigger, asked.revision) == ("answers", 2)
    second = worked(survey, LATE)
    late = second.responses - first.responses
    assert second.released_at and second.changes["imported"] == late > 0
    page = report(dana, survey, LATE)
    assert "2 released revisions" in page and f"{late} answers were imported" in page
    go_on()
    assert survey.imports.count() == 2


def test_beat_goes_on_with_the_demo_only_where_there_may_be_one() -> None:
    app.loader.import_default_modules()
    assert go_on_with_the_demo.name in app.tasks
    scheduled = {one["task"] for one in settings.CELERY_BEAT_SCHEDULE.values()}
    assert (go_on_with_the_demo.name in scheduled) == (not settings.DATABASE_URL)


def test_the_newest_month_is_computed_first_and_everybody_before_any_segment() -> None:
    assert load_demo() and not load_demo()
    asked = [
        (run.survey.name, run.segment, str(run.period.first_day))
        for run in Run.objects.select_related("survey", "period").order_by("pk")
    ]
    assert asked[0] == ("Mobile phone customers", "", "None")
    for name, keys in (("Northwind service desk", 2 * 6 + 1), ("Northwind, month by month", 14)):
        own = [one for one in asked if one[0] == name]
        everybody, segments = own[:keys], own[keys:]
        assert {segment for _name, segment, _day in everybody} == {""}
        assert "" not in {segment for _name, segment, _day in segments}
        for rows in (everybody, segments):
            assert rows == sorted(rows, key=lambda one: one[2], reverse=True)
        assert len(segments) == 3 * keys
    assert not any(segment for _name, segment, _day in asked[: 1 + 13 + 14])


def test_the_queue_of_the_service_desk_is_found_and_nothing_else_is_called_clear(dana: Member) -> None:
    desk = service_desk(dana, TODAY)
    for period in desk.periods.order_by("first_day"):
        for run in request_answered(desk, period, Run.Trigger.SCHEDULE):
            work(run.pk)
    assert set(Run.objects.values_list("status", flat=True)) == {"done"}
    go_on()
    assert [one.state for one in desk.periods.order_by("first_day")] == ["released"] * 5 + ["open"]
    changes = Change.objects.select_related("comparison__run__period")
    found = {
        (one.comparison.run.period.name, one.comparison.run.segment, one.construct)
        for one in changes
        if one.low > 0 or one.high < 0
    }
    those = {(MONTHS[-1], segment, code) for segment in ("", "store:station") for code in ("nps", "csat")}
    assert {one for one in found if one[2] != "answer.mean"} == those
    page = signed_in(dana).get(f"/o/{SLUG}/")
    assert f"since {MONTHS[-2]}" in words(page) and f"{MONTHS[-2]} (not released)" not in words(page)


def test_comments_fit_the_language_and_the_score_and_no_alert_is_mailed(
    dana: Member, mailoutbox: list[Any]
) -> None:
    desk = service_desk(dana, TODAY)
    texts = TextAnswer.objects.select_related("response")
    for one in texts:
        score = one.response.answers["nps.score"]
        kinds = ("pleased",) if score >= 9 else ("so_so",) if score >= 7 else ("annoyed", "waiting")
        fitting = [text for kind in kinds for text in desk_answers.COMMENTS[kind][one.response.language]]
        assert one.text in fitting
    assert len(texts) > 100
    rule = desk.alert_rules.get()
    alerts = rule.alerts.select_related("follow_up")
    assert all(rule.lowest <= one.score <= rule.highest for one in alerts)
    states = [one.follow_up.state for one in alerts.order_by("pk")]
    assert states == ["closed"] * 3 + ["assigned"] * 3 + ["new"] * 3
    assert not AlertMail.objects.exists() and not mailoutbox
    address = f"/o/{SLUG}/surveys/{desk.public_id}/"
    for path in ("words/", "alerts/", f"follow-up/{alerts[0].follow_up.public_id}/"):
        assert "No real customer answered." in words(signed_in(dana).get(address + path))


def test_the_months_are_those_before_this_one() -> None:
    assert months_before(date(2026, 1, 1), 3) == [date(2025, 10, 1), date(2025, 11, 1), date(2025, 12, 1)]
    assert months_before(date(2026, 12, 31), 12)[0] == date(2025, 12, 1)
