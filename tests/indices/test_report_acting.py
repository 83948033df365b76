"""Where to act: the map of drivers and its lines, what is expected if one rose, segments in their order."""

import html
from typing import Any

import pytest
from django.test import Client

from indices.acting.lines import fix
from indices.comparing import segment_differences
from indices.models import DriverLines, Run
from indices.report.quality import Verdict, overall
from surveys.models import Member, Organisation, Period, Survey
from surveys.periods import add_wave
from tests.cast import joined, owner_of, published, signed_in
from tests.indices.report_cast import EFFECTS, stored_run

pytestmark = [pytest.mark.django_db, pytest.mark.words]

SHOPS = {
    "code": "shop",
    "type": "single",
    "segment": True,
    "text": {"en": "Which shop?", "zh-hans": "哪家店？", "zh-hant": "哪家店？"},
    "options": [
        {"code": f"s{i}", "text": {"en": f"Shop {i}", "zh-hans": f"店{i}", "zh-hant": f"店{i}"}}
        for i in range(1, 7)
    ],
}
QUESTIONS = ("now", "changes", "drivers", "act", "quality")


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return published(alice, period_kind="waves", segments=[SHOPS])


def wave(survey: Survey, name: str) -> Period:
    return add_wave(survey, name, None, None)


def page(client: Client, survey: Survey, query: str = "", place: str = "report") -> str:
    answer = client.get(f"/o/acme/surveys/{survey.public_id}/{place}/{query}")
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def api(client: Client, survey: Survey, run: Run, rest: str) -> Any:
    answer = client.get(f"/api/v1/organisations/acme/surveys/{survey.public_id}/runs/{run.public_id}/{rest}")
    assert answer.status_code == 200
    return answer.json()


def section(content: str, name: str) -> str:
    """The page from the heading of this id to its next heading."""
    after = content.split(f'id="{name}">', 1)[1]
    return after.split("<h2", 1)[0].split("<h3", 1)[0]


def released(period: Period, run: Run) -> None:
    """As a release leaves it, whose own conditions are tested elsewhere."""
    Run.objects.filter(pk=run.pk).update(released_at=run.ended_at)
    fix(period.survey)


def shops(survey: Survey, period: Period, *values: float, n: int = 40, se: float = 1.0) -> Run:
    """Everybody, and shops whose satisfaction is this."""
    stored_run(survey, period, n=n * len(values))
    for place, value in enumerate(values, start=1):
        run = stored_run(survey, period, f"shop:s{place}", n=n, se=se, satisfaction=value)
    segment_differences.renew(run)
    return survey.runs.get(segment="", period=period)


def test_the_page_answers_its_readers_questions_in_their_order(alice: Member, survey: Survey) -> None:
    shops(survey, wave(survey, "2025"), 60, 70)
    content = page(signed_in(alice), survey)
    assert [content.index(f'<h2 id="{one}">') for one in QUESTIONS] == sorted(
        content.index(f'<h2 id="{one}">') for one in QUESTIONS
    )
    for one in QUESTIONS:
        assert f'href="#{one}"' in content


def test_a_map_says_where_to_act_with_both_intervals_as_the_api_does(alice: Member, survey: Survey) -> None:
    run = stored_run(survey, wave(survey, "2025"), image=50.0, expectations=80.0, quality=80.0)
    client = signed_in(alice)
    shown = section(page(client, survey), "map")
    rows = {row.split("<")[0]: row for row in shown.split('<th scope="row">')[1:]}
    assert list(rows) == ["Image", "Perceived quality", "Expectations", "Perceived value"]
    assert "act here first" in rows["Image"] and "keep it up" in rows["Perceived quality"]
    assert "0.50" in rows["Image"] and "0.40 – 0.60" in rows["Image"] and "48.0 – 52.0" in rows["Image"]
    assert "if it matters at all" in rows["Perceived value"] and "−0.05 – 0.15" in rows["Perceived value"]
    found = api(client, survey, run, "drivers/")
    (image, quality, _expectations, value) = found["points"]
    assert (image["quadrant"], quality["quadrant"], value["certain"]) == ("concentrate", "keep up", False)
    assert image["importance"] == {"value": 0.5, "low": 0.4, "high": 0.6}
    assert image["performance"]["value"] == 50 and found["lines"]["fixed"] is False


def test_the_address_chooses_the_outcome_and_every_link_of_the_page_keeps_it(
    alice: Member, survey: Survey
) -> None:
    stored_run(survey, wave(survey, "2025"))
    client = signed_in(alice)
    content = page(client, survey, "?outcome=loyalty&rise=7")
    assert "Satisfaction" in section(content, "map").split("<tbody>")[1]
    for part in ("periods", "map"):
        assert "outcome=loyalty&rise=7" in section(content, part)
    assert '<input type="hidden" name="outcome" value="loyalty">' in content


@pytest.mark.parametrize(
    "query", ["outcome=image", "outcome=%00", "level=answers", "rise=0", "rise=21", "rise=-5", "rise=5.5"]
)
def test_what_the_survey_does_not_have_is_not_there(alice: Member, survey: Survey, query: str) -> None:
    stored_run(survey, wave(survey, "2025"))
    assert signed_in(alice).get(f"/o/acme/surveys/{survey.public_id}/report/?{query}").status_code == 404


def test_a_question_has_its_share_of_its_drivers_effect_and_its_own_mean(
    alice: Member, survey: Survey
) -> None:
    run = stored_run(survey, wave(survey, "2025"), image=50.0)
    client = signed_in(alice)
    shown = section(page(client, survey, "?level=items"), "map")
    assert "0.10" in shown and "0.08 – 0.12" in shown and "48.0 – 52.0" in shown
    items = api(client, survey, run, "drivers/?level=items")["points"]
    image = [one for one in items if one["code"].startswith("image")]
    assert len(image) == 5
    assert sum(one["importance"]["value"] for one in image) == pytest.approx(0.5)
    assert {one["performance"]["value"] for one in image} == {50}


def test_a_question_has_its_own_base_and_none_that_few_answered_a_place(
    alice: Member, survey: Survey
) -> None:
    run = stored_run(survey, wave(survey, "2025"), n=60)
    client = signed_in(alice)
    assert {one["n"] for one in api(client, survey, run, "drivers/?level=items")["points"]} == {None}
    for estimate in run.estimates.all():
        for row in estimate.result["items"]:
            row["n"] = {"image1": 9, "image2": 41}.get(row["item"], 60)
        estimate.save()
    shown = section(page(client, survey, "?level=items"), "map")
    assert "Left out, with fewer than" in shown and ">41<" in shown
    assert "Left out" not in page(client, survey)
    items = {one["code"]: one["n"] for one in api(client, survey, run, "drivers/?level=items")["points"]}
    assert "image1" not in items and items["image2"] == 41
    (told,) = client.get(f"/api/v1/organisations/acme/surveys/{survey.public_id}/runs/").json()["results"]
    (whole, *_rest) = told["estimates"]
    few = next(row for row in whole["result"]["items"] if row["item"] == "image1")
    assert few["is_small"] and "mean" not in few


def test_of_runs_that_did_not_keep_what_it_takes_the_page_says_so(alice: Member, survey: Survey) -> None:
    run = stored_run(survey, wave(survey, "2025"), more={"items": [], "spread": {}})
    client = signed_in(alice)
    content = page(client, survey, "?level=items")
    assert "were not kept" in section(content, "map") and "map-dot" not in content
    assert "compute them again" in section(content, "what-if")
    assert api(client, survey, run, "expected/")["expected"] == []


def test_drivers_that_cannot_be_told_apart_are_said_where_one_would_act(
    alice: Member, survey: Survey
) -> None:
    stored_run(survey, wave(survey, "2025"), more={"separable": {"satisfaction": False, "loyalty": True}})
    shown = section(page(signed_in(alice), survey), "map")
    assert "The drivers of Satisfaction cannot be told apart" in shown


def test_the_lines_stay_where_the_first_released_period_put_them(alice: Member, survey: Survey) -> None:
    first = wave(survey, "2025")
    released(first, stored_run(survey, first, image=50.0, expectations=60.0, quality=60.0, value=70.0))
    lines = {(one.outcome, one.level): one for one in DriverLines.objects.all()}
    assert len(lines) == 4
    satisfaction = lines["satisfaction", "drivers"]
    assert satisfaction.performance == pytest.approx(60) and satisfaction.importance == pytest.approx(0.3125)
    second = wave(survey, "2026")
    run = stored_run(survey, second, image=90.0, expectations=90.0, quality=90.0, value=90.0)
    released(second, run)
    assert {(one.outcome, one.level): one.performance for one in DriverLines.objects.all()} == {
        name: one.performance for name, one in lines.items()
    }
    client = signed_in(alice)
    shown = section(page(client, survey), "map")
    assert "performance 60.0" in shown and "the means of 2025" in shown and "act here first</td>" not in shown
    found = api(client, survey, run, "drivers/")
    assert found["lines"]["performance"] == pytest.approx(60) and found["lines"]["fixed"]


def test_an_editor_sets_the_lines_anew_with_a_reason_and_nobody_else(alice: Member, survey: Survey) -> None:
    first, second = wave(survey, "2025"), wave(survey, "2026")
    released(first, stored_run(survey, first))
    stored_run(survey, second, image=80.0, expectations=80.0, quality=80.0, value=80.0)
    address = f"/o/acme/surveys/{survey.public_id}/report/lines/"
    asked = {"period": second.public_id, "measure": "ecsi", "note": "The product changed"}
    assert signed_in(joined(alice, "vera@example.org", "viewer")).post(address, asked).status_code == 403
    client = signed_in(alice)
    for refused in ({"note": " "}, {"note": "x" * 201}, {"measure": "nps"}):
        assert client.post(address, asked | refused).status_code == 302
        assert DriverLines.objects.get(outcome="satisfaction", level="drivers").performance == 70
    assert client.post(address, asked | {"period": "A" * 22}).status_code == 404
    assert client.post(address, asked).status_code == 302
    assert DriverLines.objects.get(outcome="satisfaction", level="drivers").performance == 80
    assert ": The product changed" in section(page(client, survey), "map")


def test_a_hidden_run_fixes_no_lines(alice: Member, survey: Survey) -> None:
    first = wave(survey, "2025")
    released(first, stored_run(survey, first, n=9))
    assert not DriverLines.objects.exists()


def test_what_is_expected_of_a_rise_is_the_effect_in_points(alice: Member, survey: Survey) -> None:
    spread = dict.fromkeys(("expectations", "quality", "value", "satisfaction", "loyalty"), 20.0)
    run = stored_run(survey, wave(survey, "2025"), more={"spread": spread | {"image": 10.0}}, image=95.0)
    client = signed_in(alice)
    rows = section(page(client, survey, "?rise=10"), "what-if").split('<th scope="row">')
    (image,) = [row for row in rows if row.startswith("Image")]
    assert "(beyond 100)" in image and "+10.0" in image and "+8.0 to +12.0" in image
    assert "no promise" in rows[-1]
    found = api(client, survey, run, "expected/?rise=10")
    by_name = {(one["driver"], one["outcome"]): one for one in found["expected"]}
    assert set(by_name) == set(EFFECTS)
    one = by_name["image", "satisfaction"]
    assert [one[name] for name in ("change", "low", "high")] == pytest.approx([10, 8, 12])
    assert by_name["value", "satisfaction"]["low"] < 0


def test_shops_stand_in_their_order_with_the_places_their_intervals_allow(
    alice: Member, survey: Survey
) -> None:
    run = shops(survey, wave(survey, "2025"), 60, 70, 71, 80)
    client = signed_in(alice)
    (ranking,) = api(client, survey, run, "rankings/")
    found = [(one["segment"], one["first_place"], one["last_place"]) for one in ranking["units"]]
    assert found == [("shop:s4", 1, 1), ("shop:s3", 2, 3), ("shop:s2", 2, 3), ("shop:s1", 4, 4)]
    assert ranking["mean"] == pytest.approx(70.25)
    shown = section(page(client, survey), "between")
    rows = shown.split("<tbody>")[1].split("<tr>")[1:5]
    assert ["Shop 4" in rows[0], "2–3" in rows[1], "Shop 1" in rows[3]] == [True] * 3
    assert "9.8 lower" not in rows[3] and "lower, clearly" in rows[3]
    assert "no ranking" in shown and "ranked-chart" in shown


def test_a_small_segment_says_how_many_answers_it_lacks(alice: Member, survey: Survey) -> None:
    survey.least_base_show = 30
    survey.save()
    period = wave(survey, "2025")
    shops(survey, period, 60, 70, 71)
    stored_run(survey, period, "shop:s4", n=22)
    client = signed_in(alice)
    assert "22 answers, 30 needed" in section(page(client, survey), "between")
    table = client.get(f"/o/acme/surveys/{survey.public_id}/report/tables/segments.csv").content.decode()
    assert "22 answers, 30 needed" in table


def test_the_order_of_loyalty_is_another_one(alice: Member, survey: Survey) -> None:
    run = shops(survey, wave(survey, "2025"), 60, 80)
    (ranking,) = api(signed_in(alice), survey, run, "rankings/?outcome=loyalty")
    assert [one["index"] for one in ranking["units"]] == [70, 70]
    assert [one["last_place"] for one in ranking["units"]] == [2, 2]


def test_no_shop_is_ranked_from_which_a_hidden_one_follows(alice: Member, survey: Survey) -> None:
    period = wave(survey, "2025")
    run = shops(survey, period, 60, 70, 80)
    assert "ranked-chart" in page(signed_in(alice), survey)
    Organisation.objects.update(least_group=50)
    assert api(signed_in(alice), survey, run, "rankings/") == []
    assert "ranked-chart" not in page(signed_in(alice), survey)


def test_as_many_queries_for_many_periods_and_shops_as_for_few(
    alice: Member, survey: Survey, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(alice)
    shops(survey, wave(survey, "2025"), 60, 70)
    with django_assert_max_num_queries(60) as few:
        page(client, survey)
    for year in range(2026, 2034):
        shops(survey, wave(survey, str(year)), 60, 70, 71, 72, 73, 74)
    with django_assert_max_num_queries(len(few)):
        page(client, survey)


@pytest.mark.parametrize(
    ("goods", "said"),
    [
        ((True, True), "can be relied on"),
        ((True, False), "a reservation in 1 of 2"),
        ((False,) * 3, "3 of 3"),
    ],
)
def test_one_line_says_how_good_the_measurement_is(goods: tuple[bool, ...], said: str) -> None:
    assert said in overall([Verdict("Fit", good, "") for good in goods])
    assert overall([]) == ""
