"""What a few respondents said is told nowhere, nor what it would follow from, and the reason is said."""

import html
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from indices.comparing import control_charts, segment_differences
from indices.disclosing.disclosure import Disclosure
from indices.models import Comparison, Estimate, Index, Run, SegmentDifference
from indices.runs.schedule import request_period
from surveys.models import Member, Organisation, Period, Survey
from surveys.publishing import publish
from tests.cast import REGION, joined, owner_of, page_of, published, signed_in
from tests.indices.change_cast import key_of

pytestmark = [pytest.mark.django_db, pytest.mark.figures]
WEST = {"code": "west", "text": {"en": "West", "zh-hans": "西", "zh-hant": "西"}}
THREE = {**REGION, "options": [*REGION["options"], WEST]}
FEW = "Hidden: fewer than 10 respondents."
REST = "Hidden so that a group of fewer than 10 respondents cannot be told from the rest."


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def vera(alice: Member) -> Member:
    return joined(alice, "vera@example.org", "viewer")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return published(alice, segments=[THREE], least_base_show=0, rolling=2)


def month(survey: Survey, name: str = "2026-01") -> Period:
    days = {"first_day": f"{name}-01", "last_day": f"{name}-28"}
    return Period.objects.get_or_create(survey=survey, name=name, defaults=days)[0]


def stored(
    survey: Survey,
    n: int,
    segment: str = "",
    name: str = "2026-01",
    pooled: tuple[str, ...] = (),
    used: int | None = None,
    value: float = 71.7,
) -> Run:
    """A run as a worker stores it, with an index of satisfaction; the next revision if there is one."""
    series = {"survey": survey, "period": month(survey, name), "segment": segment}
    own = {**series, "measurement_key": key_of(survey), "window": len(pooled) or 1}
    run = Run.objects.create(
        **own,
        revision=1 + Run.objects.filter(**own).count(),
        status="done",
        trigger="manager",
        responses=n,
        missing={"image1": {"skipped": n}},
        fingerprint=f"print of {n}",
        seed=7,
        settings={"periods": pooled or (name,)},
    )
    for estimator in ("ml", "pls"):
        row = {"construct": "satisfaction", "index": value, "se": 1.0, "low": value - 2, "high": value + 2}
        estimate = Estimate.objects.create(
            run=run, estimator=estimator, status="ok", n=n, n_used=n if used is None else used,
            result={"status": "ok", "structure": "full", "issues": [], "indices": [row], "paths": [],
                    "total_effects": [], "r2": {}, "fit": {}, "reliability": {}, "loadings": [], "htmt": [],
                    "collinearity": {}, "separable": {}, "n_used": n},
        )  # fmt: skip
        Index.objects.create(estimate=estimate, construct="satisfaction", value=value, low=value - 2, high=80)
    return run


def by_region(survey: Survey, everybody: int, **regions: int) -> dict[str, Run]:
    runs = {"": stored(survey, everybody)}
    return runs | {name: stored(survey, n, f"region:{name}") for name, n in regions.items()}


def hidden(survey: Survey, runs: dict[str, Run], **more: Any) -> dict[str, str]:
    survey = Survey.objects.select_related("organisation").get(pk=survey.pk)
    disclosure = Disclosure(survey, **more)
    return {name: why for name, run in runs.items() if (why := disclosure.why(run))}


def report(member: Member, survey: Survey, query: str = "") -> str:
    page = signed_in(member).get(f"/o/acme/surveys/{survey.public_id}/report/{query}")
    assert page.status_code == 200
    return html.unescape(page.content.decode())


def api(member: Member, survey: Survey) -> dict[str, dict[str, Any]]:
    answer = signed_in(member).get(f"/api/v1/organisations/acme/surveys/{survey.public_id}/runs/")
    return {row["id"]: row for row in answer.json()["results"]}


# -- which


def test_a_small_segment_is_hidden_and_so_is_the_one_it_would_follow_from(survey: Survey) -> None:
    runs = by_region(survey, 100, north=7, south=40, west=53)
    assert hidden(survey, runs) == {"north": "few", "south": "rest"}


def test_those_who_skipped_the_question_are_a_group_too(survey: Survey) -> None:
    assert hidden(survey, by_region(survey, 103, north=20, south=30, west=50)) == {"north": "rest"}


def test_nothing_is_hidden_where_every_group_is_large_enough(survey: Survey) -> None:
    assert hidden(survey, by_region(survey, 110, north=20, south=30, west=50)) == {}
    assert hidden(survey, by_region(survey, 110, north=20, south=30, west=50)) == {}


def test_a_period_of_a_few_is_hidden_altogether_and_nobody_is_no_group(survey: Survey) -> None:
    assert hidden(survey, by_region(survey, 9, north=9, south=0)) == {"": "few", "north": "few"}


def test_answers_that_an_estimate_did_not_use_count_as_if_they_were_not_there(survey: Survey) -> None:
    runs = {"": stored(survey, 100, used=94), "north": stored(survey, 50, "region:north")}
    runs |= {"south": stored(survey, 38, "region:south"), "west": stored(survey, 12, "region:west", used=9)}
    assert hidden(survey, runs) == {"west": "few", "south": "rest"}


def test_the_organisation_decides_and_it_holds_at_once(survey: Survey) -> None:
    runs = by_region(survey, 90, north=20, south=30, west=40)
    assert hidden(survey, runs) == {}
    Organisation.objects.update(least_group=25)
    assert hidden(survey, runs) == {"north": "few", "south": "rest"}


def test_a_window_that_would_tell_a_small_period_is_hidden(survey: Survey) -> None:
    runs = {"1": stored(survey, 100, name="2026-01"), "2": stored(survey, 8, name="2026-02")}
    runs |= {"3": stored(survey, 7, name="2026-03"), "4": stored(survey, 60, name="2026-04")}
    runs["1-2"] = stored(survey, 108, name="2026-02", pooled=("2026-01", "2026-02"))
    runs["2-3"] = stored(survey, 15, name="2026-03", pooled=("2026-02", "2026-03"))
    runs["3-4"] = stored(survey, 67, name="2026-04", pooled=("2026-03", "2026-04"))
    assert hidden(survey, runs) == {"2": "few", "3": "few", "1-2": "rest", "3-4": "rest"}


def test_a_window_of_a_period_never_computed_alone_is_weighed_by_its_answers(survey: Survey) -> None:
    first, last = month(survey, "2026-01"), stored(survey, 60, name="2026-02")
    version = survey.versions.get()
    for _number in range(12):
        survey.responses.create(
            version=version, period=first, state="finished", origin="import", language="en"
        )
    runs = {"2": last, "1-2": stored(survey, 72, name="2026-02", pooled=("2026-01", "2026-02"))}
    assert hidden(survey, runs) == {}
    survey.responses.all()[0].delete(), survey.responses.all()[0].delete(), survey.responses.all()[0].delete()
    runs["1-2"] = stored(survey, 69, name="2026-02", pooled=("2026-01", "2026-02"))
    assert hidden(survey, runs) == {"1-2": "rest"}


def test_a_segment_of_a_window_is_told_where_it_is_the_sum_of_what_its_periods_tell(survey: Survey) -> None:
    runs = {}
    for name, north in (("2026-01", 40), ("2026-02", 4)):
        runs |= {
            f"{name} all": stored(survey, 90, name=name),
            f"{name} north": stored(survey, north, "region:north", name),
            f"{name} south": stored(survey, 90 - north, "region:south", name),
        }
    both = ("2026-01", "2026-02")
    runs["all"] = stored(survey, 180, name="2026-02", pooled=both)
    runs["north"] = stored(survey, 44, "region:north", "2026-02", both)
    runs["south"] = stored(survey, 136, "region:south", "2026-02", both)
    gone = {"2026-02 north": "few", "2026-02 south": "rest", "north": "rest", "south": "rest"}
    assert hidden(survey, runs) == gone


# -- revisions


def test_a_revision_that_tells_a_few_answers_from_the_newest_is_for_those_who_may_read_them(
    survey: Survey,
) -> None:
    runs = {str(n): stored(survey, n) for n in (100, 115, 118)}
    runs["again"] = stored(survey, 118)
    assert hidden(survey, runs) == {"115": "superseded"}
    assert hidden(survey, runs, reads_answers=True) == {}


def test_the_old_revision_stays_readable_to_analysts_on_the_page_and_in_the_api(
    alice: Member, vera: Member, survey: Survey
) -> None:
    old, _new = stored(survey, 100, value=61.6), stored(survey, 101, value=64.4)
    page = report(alice, survey, "?revision=1")
    assert "61.6" in page and "This is revision 1" in page and api(alice, survey)[old.public_id]["estimates"]
    page = report(vera, survey, "?revision=1")
    assert "61.6" not in page and "differs from a newer revision by fewer than 10" in page
    assert "64.4" in report(vera, survey)
    row = api(vera, survey)[old.public_id]
    assert (row["hidden"], row["estimates"], row["responses"]) == ("superseded", [], None)


# -- wherever it is shown


def test_the_report_says_why_and_tells_no_figure_of_a_hidden_segment(alice: Member, survey: Survey) -> None:
    by_region(survey, 100, north=7, south=40, west=53)
    Run.objects.filter(segment="region:north").update(model="fitted")
    for segment, reason, n in (("north", FEW, 7), ("south", REST, 40)):
        page = report(alice, survey, f"?segment=region:{segment}")
        assert reason in page and "71.7" not in page and not re.search(rf"\b{n} finished|>{n}<", page)
        assert f"print of {n}" not in page and "All constructs" not in page
    page = report(alice, survey, "?segment=region:west")
    assert "71.7" in page and "n = 53" in page


def test_the_api_tells_of_a_hidden_run_what_it_is_and_why_it_is_hidden(alice: Member, survey: Survey) -> None:
    runs = by_region(survey, 100, north=7, south=40, west=53)
    rows = api(alice, survey)
    for name, why in (("north", "few"), ("south", "rest")):
        row = rows[runs[name].public_id]
        assert row["hidden"] == why and row["segment"] == f"region:{name}" and row["status"] == "done"
        left = [row[field] for field in ("estimates", "comparisons", "differences", "missing", "changes")]
        assert not any(left) and row["responses"] is row["seed"] is None and row["fingerprint"] == ""
    row = rows[runs["west"].public_id]
    assert row["hidden"] == "" and row["responses"] == 53 and row["estimates"][0]["indices"]


def test_home_and_the_report_open_with_the_newest_period_that_may_be_told(
    alice: Member, survey: Survey
) -> None:
    stored(survey, 120, name="2026-01", value=61.6)
    stored(survey, 4, name="2026-02", value=64.4)
    home = signed_in(alice).get("/o/acme/").content.decode()
    assert "61.6" in home and "64.4" not in home
    page = report(alice, survey)
    assert "61.6" in page and "64.4" not in page and FEW in page  # in the table of all periods


def test_where_every_period_is_hidden_home_says_why(alice: Member, survey: Survey) -> None:
    stored(survey, 4)
    page = signed_in(alice).get("/o/acme/").content.decode()
    assert FEW in page and "71.7" not in page and "4 answers" not in page


def test_a_comparison_with_a_hidden_period_is_not_told(alice: Member, survey: Survey) -> None:
    earlier, later = stored(survey, 6, name="2026-01"), stored(survey, 120, name="2026-02")
    one = Comparison.objects.create(run=later, against=earlier, kind="previous", verdict="full")
    one.changes.create(
        estimator="ml", construct="satisfaction", earlier=61.6, later=71.7, difference=10.1, se=1,
        low=8, high=12,
    )  # fmt: skip
    assert "Since 2026-01" not in report(alice, survey, "") and "clearly" not in report(alice, survey)
    assert api(alice, survey)[later.public_id]["comparisons"] == []
    Organisation.objects.update(least_group=5)
    assert "Since 2026-01" in report(alice, survey)
    assert len(api(alice, survey)[later.public_id]["comparisons"]) == 1


def test_a_hidden_segment_has_no_part_in_the_mean_of_the_others(alice: Member, survey: Survey) -> None:
    runs = by_region(survey, 100, north=7, south=40, west=53)
    segment_differences.renew(runs[""])
    assert not SegmentDifference.objects.exists()
    Organisation.objects.update(least_group=5)
    segment_differences.renew(Run.objects.select_related("survey__organisation").get(pk=runs[""].pk))
    assert SegmentDifference.objects.filter(estimator="ml").count() == 3
    page = report(alice, survey)
    assert "Between the segments" in page and "North</th>" in page
    Organisation.objects.update(least_group=10)  # others of West are North and South together
    rows = api(alice, survey)
    assert all(not row["differences"] for row in rows.values())
    page = report(alice, survey)
    assert FEW in page and REST in page and "no clear difference" not in page


def test_a_control_chart_drawn_from_a_hidden_period_is_not_shown(alice: Member, survey: Survey) -> None:
    months = [f"2025-{number:02}" for number in range(1, 12)]
    runs = [stored(survey, 60 + 20 * (name != "2025-03"), name=name, value=70.0 + i % 3)
            for i, name in enumerate(months)]  # fmt: skip
    control_charts.renew(runs[-1], runs)
    assert "the limits within which" in report(alice, survey)
    Organisation.objects.update(least_group=70)
    assert "the limits within which" not in report(alice, survey)
    run = Run.objects.select_related("survey__organisation").get(pk=runs[-1].pk)
    control_charts.renew(run, runs)
    assert "the limits within which" in report(alice, survey)  # of the other ten


def test_a_page_asks_the_database_as_often_for_many_runs_as_for_a_few(alice: Member, survey: Survey) -> None:
    client = signed_in(alice)
    address = f"/o/acme/surveys/{survey.public_id}/report/"

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        return len(asked)

    by_region(survey, 100, north=7, south=40, west=53)
    queries()
    once = queries()
    for name in ("2026-02", "2026-03", "2026-04"):
        stored(survey, 100, name=name), stored(survey, 5, "region:north", name)
    assert queries() == once


# -- every value of a segment question


def test_options_that_a_later_version_left_out_keep_their_runs_and_labels(
    alice: Member, survey: Survey
) -> None:
    other = {**REGION, "code": "age", "text": dict.fromkeys(("en", "zh-hans", "zh-hant"), "Age")}
    survey.parts = [survey.parts[0], page_of(REGION, other)]
    survey.save()
    publish(survey, alice.user)
    assert survey.versions.count() == 2
    runs = request_period(survey, month(survey), key_of(survey), "manager")
    regions = ["region:north", "region:south", "region:west"]
    assert [run.segment for run in runs] == ["", *regions, "age:north", "age:south"]
    page = report(alice, survey, "?segment=region:west")
    assert 'value="region:west" selected>West<' in page


# -- the setting


@pytest.mark.parametrize(("least", "is_taken"), [("5", True), ("1000", True), ("4", False), ("1001", False),
                                                 ("", False), ("ten", False), ("-10", False)])  # fmt: skip
def test_an_owner_sets_it_within_bounds(alice: Member, least: str, is_taken: bool) -> None:
    page = signed_in(alice).post(
        "/o/acme/settings/", {"name": "Acme", "time_zone": "UTC", "least_group": least}, follow=True
    )
    stands = Organisation.objects.get().least_group
    assert stands == (int(least) if is_taken else 10)
    assert (f"of fewer than {least} respondents are hidden" in page.content.decode()) == is_taken


def test_it_is_read_by_members_and_changed_by_owners_through_the_api(alice: Member, vera: Member) -> None:
    address = "/api/v1/organisations/acme/"

    def change(client: Client, body: Any) -> Any:
        return client.patch(address, body, content_type="application/json")

    assert signed_in(vera).get(address).json()["least_group"] == 10
    for member in (vera, joined(alice, "ann@example.org", "analyst")):
        assert change(signed_in(member), {"least_group": 5}).status_code == 403
    owner = signed_in(alice)
    assert change(owner, {"least_group": 25}).json()["least_group"] == 25
    for wrong in (4, 1001, None, "x", 1.5, True):
        answer = change(owner, {"least_group": wrong})
        assert answer.status_code == 400 and answer.json()["problems"][0]["field"] == "least_group", wrong
    assert change(owner, {"slug": "other", "least_group": 12}).json()["slug"] == "acme"
    assert Organisation.objects.get().least_group == 12
