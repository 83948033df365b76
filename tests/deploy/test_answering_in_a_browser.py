"""The questionnaire in a real browser: saved as it is answered, whatever the connection does."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from surveys.models import Response, Survey
from surveys.quotas.keeping import make as make_quota
from surveys.responses.invitations import make_links
from tests.cast import REGION, owner_of, page_of
from tests.deploy.browsing import PHONE, at_step, browsing, choose, opened, press
from tests.surveys.respond_cast import (
    KANO,
    Respondent,
    address,
    asking,
    every_kind,
    instrument,
    options,
    own,
    rating,
    stored,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHELF = "JSON.stringify(Object.values(sessionStorage))"


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    # Playwright runs a loop of its own in this thread; Django would take the tests' queries for async ones.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with browsing(chromium) as one:
        yield one
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def survey() -> Survey:
    """Two pages: a scale and a text, then a scale."""
    member = owner_of("acme", "alice@example.org")
    first, second = (
        page_of(rating("mark"), own("wish", "long"), code="first"),
        page_of(rating("last"), code="end"),
    )
    return asking(member, first, second)


@pytest.fixture
def form(browser: Browser, live_server: Any, survey: Survey) -> Iterator[Page]:
    page = opened(browser, live_server.url + address(survey), **PHONE)
    yield page
    page.context.close()


def saved(page: Page) -> None:
    expect(page.get_by_role("status")).to_have_text("Saved")


def test_each_answer_saves_itself_and_the_page_says_so(form: Page) -> None:
    expect(form.get_by_role("status")).to_have_text("")
    choose(form, "Your mark?", "7 of 10")
    saved(form)
    assert stored() == {"own.mark": 7}
    form.get_by_label("Your wish?").fill("Open earlier")
    with form.expect_response("**/save/"):
        form.get_by_label("Your wish?").blur()
    saved(form)
    assert stored() == {"own.mark": 7, "own.wish": "Open earlier"}


def test_unchecking_the_last_option_saves_that_none_is_chosen(browser: Browser, live_server: Any) -> None:
    survey = asking(
        owner_of("acme", "a@example.org"), page_of(own("used", "multiple", options=options("a", "b")))
    )
    page = opened(browser, live_server.url + address(survey))
    page.get_by_label("A", exact=True).check()
    saved(page)
    with page.expect_response("**/save/"):
        page.get_by_label("A", exact=True).uncheck()
    saved(page)
    assert stored() == {"own.used": None}


def test_without_a_connection_next_waits_and_then_goes_on_by_itself(form: Page) -> None:
    context = form.context
    context.set_offline(True)
    choose(form, "Your mark?", "3 of 10")
    form.get_by_label("Your wish?").fill("Written in a tunnel")
    press(form, "Next")
    expect(form.get_by_role("status")).to_contain_text("No connection. Your answers are kept on this page")
    at_step(form, "Step 1 of 2")
    assert not Response.objects.exists()
    context.set_offline(False)
    at_step(form, "Step 2 of 2")
    assert stored() == {"own.mark": 3, "own.wish": "Written in a tunnel"}


def test_next_waits_for_the_connection_even_with_nothing_to_save(form: Page) -> None:
    form.context.set_offline(True)
    press(form, "Next")
    expect(form.get_by_role("status")).to_contain_text("No connection")
    at_step(form, "Step 1 of 2")
    form.context.set_offline(False)
    at_step(form, "Step 2 of 2")


def test_a_connection_that_fails_unnoticed_is_tried_again(form: Page) -> None:
    dead = {"calls": 0}

    def refuse(route: Route) -> None:
        dead["calls"] += 1
        route.abort() if dead["calls"] < 3 else route.continue_()

    form.route("**/save/", refuse)
    choose(form, "Your mark?", "3 of 10")
    expect(form.get_by_role("status")).to_contain_text("No connection")
    saved(form)
    assert dead["calls"] == 3 and stored() == {"own.mark": 3}


def test_a_connection_that_hangs_is_given_up_and_tried_again(form: Page) -> None:
    form.evaluate(
        "const after = AbortSignal.timeout; AbortSignal.timeout = () => after.call(AbortSignal, 300)"
    )
    held: list[Route] = []
    form.route("**/save/", lambda route: route.continue_() if held else held.append(route))
    choose(form, "Your mark?", "3 of 10")
    expect(form.get_by_role("status")).to_contain_text("No connection")
    saved(form)
    assert stored() == {"own.mark": 3}


def test_a_refused_answer_is_shown_and_not_sent_again(form: Page, survey: Survey) -> None:
    calls: list[str] = []
    form.on("request", lambda request: calls.append(request.url) if "/save/" in request.url else None)
    form.evaluate("document.querySelector('[name=\"own.mark\"]').value = '11'")
    form.locator("[name='own.mark']").first.check()
    expect(form.get_by_role("status")).to_contain_text("This was not saved: must be one of: 0, 1")
    form.get_by_label("Your wish?").fill("Fine")
    form.get_by_label("Your wish?").blur()
    saved(form)
    assert len(calls) == 2 and stored() == {"own.wish": "Fine"}


def test_a_survey_that_closes_meanwhile_says_so_and_is_not_asked_again(form: Page, survey: Survey) -> None:
    Survey.objects.update(state="closed")
    calls: list[str] = []
    form.on("request", lambda request: calls.append(request.url) if "/save/" in request.url else None)
    choose(form, "Your mark?", "3 of 10")
    expect(form.get_by_role("status")).to_have_text("This form takes no more answers.")
    choose(form, "Your mark?", "4 of 10")
    press(form, "Next")
    expect(form.get_by_role("heading", name="This survey is closed")).to_be_visible()
    assert len(calls) == 1 and not Response.objects.exists()


def test_the_page_waits_for_a_save_under_way_so_that_none_overtakes_it(form: Page) -> None:
    order: list[str] = []
    held: list[Route] = []
    form.route("**/save/", lambda route: held.append(route))
    form.on(
        "request",
        lambda r: order.append(f"{r.method} {r.is_navigation_request()}") if r.method == "POST" else None,
    )
    choose(form, "Your mark?", "3 of 10")
    press(form, "Next")
    expect(form.locator("#answers")).to_be_visible()
    assert order == ["POST False"]  # the page itself has not been sent
    held[0].continue_()
    at_step(form, "Step 2 of 2")
    assert order[0] == "POST False" and order[-1] == "POST True" and stored()["own.mark"] == 3


def test_a_reload_keeps_the_answers_and_makes_no_second_response(form: Page) -> None:
    choose(form, "Your mark?", "3 of 10")
    form.get_by_label("Your wish?").fill("Kept")
    with form.expect_response("**/save/"):
        form.get_by_label("Your wish?").blur()
    form.reload()
    expect(form.get_by_label("3 of 10", exact=True)).to_be_checked()
    expect(form.get_by_label("Your wish?")).to_have_value("Kept")
    press(form, "Next")
    at_step(form, "Step 2 of 2")
    assert Response.objects.count() == 1 and stored() == {"own.mark": 3, "own.wish": "Kept"}


@pytest.mark.parametrize("script", [True, False])
def test_the_browsers_own_back_keeps_the_answers(
    browser: Browser, live_server: Any, survey: Survey, script: bool
) -> None:
    page = opened(browser, live_server.url + address(survey), java_script_enabled=script)
    page.get_by_label("3 of 10", exact=True).check()
    page.get_by_label("Your wish?").fill("Kept")
    press(page, "Next")
    at_step(page, "Step 2 of 2")
    page.get_by_label("9 of 10", exact=True).check()
    page.go_back()
    at_step(page, "Step 1 of 2")
    expect(page.get_by_label("3 of 10", exact=True)).to_be_checked()
    expect(page.get_by_label("Your wish?")).to_have_value("Kept")
    press(page, "Next")
    press(page, "Send")
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert Response.objects.count() == 1 and stored()["own.mark"] == 3 and stored()["own.wish"] == "Kept"


def test_who_is_turned_away_by_a_quota_may_go_back_and_put_a_slip_right(
    browser: Browser, live_server: Any
) -> None:
    first, second = page_of(REGION, code="first"), page_of(rating("last"), code="end")
    survey = asking(owner_of("acme", "a@example.org"), first, second)
    quota = make_quota(survey, {"region": "north"}, 1)
    before = Respondent(survey)
    before.send("own.first", {"own.region": "north"})
    before.send("own.end", {"own.last": "3"})
    page = opened(browser, live_server.url + address(survey), **PHONE)
    page.get_by_label("North").check()
    saved(page)
    press(page, "Next")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for being ready to answer")
    page.go_back()
    expect(page.get_by_label("North")).to_be_checked()
    page.get_by_label("South").check()
    press(page, "Next")
    at_step(page, "Step 2 of 2")
    assert quota.turned_away.count() == 0
    page.context.close()


def test_reloading_the_thank_you_page_changes_nothing(form: Page) -> None:
    press(form, "Next")
    at_step(form, "Step 2 of 2")
    press(form, "Send")
    expect(form.get_by_role("heading", name="Thank you")).to_be_visible()
    before = Response.objects.values().get()
    form.reload()
    expect(form.get_by_role("heading", name="Thank you")).to_be_visible()
    assert Response.objects.values().get() == before


def test_nothing_answered_stays_on_the_device_afterwards(form: Page) -> None:
    form.get_by_label("Your wish?").fill("Something personal")
    press(form, "Next")
    at_step(form, "Step 2 of 2")
    assert "Something personal" in form.evaluate(SHELF)
    press(form, "Send")
    code = form.get_by_label("Your withdrawal code").input_value()
    assert len(code.split("-")) == 4
    kept = form.evaluate(SHELF)
    assert "personal" not in kept and "own." not in kept and len(kept) < 60
    assert form.evaluate("localStorage.length") == 0 and not form.context.cookies()
    form.go_back()
    expect(form.get_by_text("This form was left behind")).to_be_visible()
    assert form.get_by_role("radio").count() == 0


def test_digits_choose_a_point_and_only_there(form: Page) -> None:
    first = form.locator("[name='own.mark']").first
    first.focus()
    form.keyboard.press("7")
    expect(form.get_by_label("7 of 10", exact=True)).to_be_checked()
    form.keyboard.type("10")
    expect(form.get_by_label("10 of 10, Good")).to_be_checked()
    form.keyboard.press("Control+3")
    expect(form.get_by_label("10 of 10, Good")).to_be_checked()
    form.keyboard.press("ArrowLeft")
    expect(form.get_by_label("9 of 10", exact=True)).to_be_checked()
    form.get_by_label("Your wish?").focus()
    form.keyboard.type("4 of 5")
    expect(form.get_by_label("Your wish?")).to_have_value("4 of 5")
    expect(form.get_by_label("9 of 10", exact=True)).to_be_checked()
    at_step(form, "Step 1 of 2")  # choosing never turns the page


def test_a_digit_typed_while_an_input_method_composes_chooses_nothing(form: Page) -> None:
    form.locator("[name='own.mark']").first.focus()
    form.evaluate(
        "document.activeElement.dispatchEvent("
        "new KeyboardEvent('keydown', {key: '7', isComposing: true, bubbles: true}))"
    )
    assert form.locator(":checked").count() == 0
    form.keyboard.press("7")
    assert form.locator(":checked").count() == 1


def test_points_are_added_up_while_they_are_shared_out(browser: Browser, live_server: Any) -> None:
    survey = asking(owner_of("acme", "a@example.org"), instrument("servperf"))
    page = opened(browser, live_server.url + address(survey), **PHONE)
    for step in range(1, 6):
        at_step(page, f"Step {step} of 6")
        press(page, "Next")
    at_step(page, "Step 6 of 6")
    shares = page.locator(".share input")
    for place, points in enumerate(["40", "30", "20"]):
        shares.nth(place).fill(points)
    expect(page.locator("#sum")).to_have_text("Shared out so far: 90 of 100 points")
    press(page, "Send")
    expect(page.get_by_text("The points make 90; together they must make 100.")).to_be_visible()
    expect(shares.nth(0)).to_be_focused()
    expect(shares.nth(2)).to_have_value("20")
    shares.nth(3).fill("10")
    press(page, "Send")
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert [value for value in stored().values() if value is not None] == [40, 30, 20, 10, 0]


@pytest.mark.parametrize("script", [True, False])
def test_a_mistake_takes_the_focus_to_the_first_wrong_question(
    browser: Browser, live_server: Any, script: bool
) -> None:
    page = opened(browser, live_server.url + address(_with_required()), java_script_enabled=script)
    assert page.locator("[role=alert]").count() == 1  # it is there before there is anything to say
    page.get_by_label("Your name?").fill("Typed before")
    press(page, "Send")
    expect(page.get_by_role("alert")).to_contain_text("Please look at these questions")
    expect(page.get_by_role("radiogroup", name="Your branch?").get_by_role("radio").first).to_be_focused()
    expect(page.get_by_label("Your name?")).to_have_value("Typed before")
    assert page.title().startswith("Please check")
    page.get_by_role("link", name="Your mark?").click()
    expect(page.get_by_role("radiogroup", name="Your mark?")).to_be_in_viewport()


def _with_required() -> Survey:
    branch = own("branch", "single", options=options("harbour", "market"), required=True)
    questions = [own("name", "short"), branch, rating("mark", required=True)]
    return asking(owner_of("acme", "alice@example.org"), page_of(*questions))


def test_from_the_link_to_the_thank_you_page_with_the_keyboard_alone(
    browser: Browser, live_server: Any
) -> None:
    survey = every_kind(owner_of("acme", "a@example.org"), languages=["en"])
    page = opened(browser, live_server.url + address(survey))
    keys = page.keyboard
    keys.press("Tab")  # the scale: one stop
    keys.press("Space")
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    keys.press("Tab")  # a choice
    keys.press("ArrowDown")
    keys.press("Tab")  # three boxes, each a stop
    keys.press("Space")
    keys.press("Tab")
    keys.press("Tab")
    keys.press("Space")
    keys.press("Tab")  # a number
    keys.type("12")
    keys.press("Tab")  # a day: month, day, year and its button
    keys.type("02282026")
    for _stop in range(4):
        if page.evaluate("document.activeElement.type") == "date":
            keys.press("Tab")
    keys.type("A shop")
    keys.press("Tab")
    keys.type("Open earlier")
    keys.press("Tab")
    expect(page.get_by_role("button", name="Send")).to_be_focused()
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert stored() == {
        "own.mark": 2, "own.branch": "market", "own.used": ["shop", "mail"], "own.visits": 12,
        "own.since": "2026-02-28", "own.name": "A shop", "own.wish": "Open earlier",
    }  # fmt: skip


def test_enter_in_a_text_goes_on_and_not_back(browser: Browser, live_server: Any) -> None:
    parts = [page_of(own(code, "short"), code=f"p{code}") for code in ("one", "two", "three")]
    page = opened(browser, live_server.url + address(asking(owner_of("acme", "a@example.org"), *parts)))
    press(page, "Next")
    at_step(page, "Step 2 of 3")
    page.get_by_label("Your two?").fill("x")
    page.keyboard.press("Enter")
    at_step(page, "Step 3 of 3")


@pytest.mark.parametrize("width", [320, 360])
def test_every_point_stands_in_one_row_of_a_phone_and_is_tall_enough(
    browser: Browser, live_server: Any, width: int
) -> None:
    survey = asking(owner_of("acme", "a@example.org"), page_of(rating("zero"), rating("one", 1, 10)))
    page = opened(browser, live_server.url + address(survey), viewport={"width": width, "height": 740})
    for scale in page.locator(".scale").all():
        boxes = [point.bounding_box() or {} for point in scale.locator(".point").all()]
        assert len({box["y"] for box in boxes}) == 1 and all(box["height"] >= 44 for box in boxes)
        assert all(box["width"] >= 24 for box in boxes)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for target in page.locator("button:not(.first), .option, .dont-know").all():
        assert (target.bounding_box() or {})["height"] >= 44


def test_enlarged_text_scrolls_no_page_sideways(browser: Browser, live_server: Any) -> None:
    survey = asking(owner_of("acme", "a@example.org"), page_of(rating("zero")), KANO)
    page = opened(browser, live_server.url + address(survey), viewport={"width": 360, "height": 740})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert (page.locator(".point").first.bounding_box() or {})["height"] > 90
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_page_weighs_little_and_is_whole_before_any_script(browser: Browser, live_server: Any) -> None:
    survey = asking(owner_of("acme", "a@example.org"), instrument("servqual_zone"))
    context = browser.new_context(locale="en")
    page = context.new_page()
    sizes: list[int] = []
    hosts: set[str] = set()

    def count(request: Any) -> None:
        of = request.sizes()
        sizes.append(of["responseHeadersSize"] + of["responseBodySize"])
        hosts.add(request.url.split("/s")[0])

    page.on("requestfinished", count)
    page.goto(live_server.url + address(survey), wait_until="networkidle")
    assert 5_000 < sum(sizes) < 60_000 and len(sizes) >= 3 and hosts == {live_server.url}
    assert Path("surveys/static/surveys/respond.js").stat().st_size < 6 * 1024
    bare = browser.new_context(java_script_enabled=False).new_page()
    bare.goto(live_server.url + address(survey))
    assert bare.get_by_role("radio").count() == page.get_by_role("radio").count() > 30


def test_no_word_of_a_personal_link_leaves_in_a_referer(
    browser: Browser, live_server: Any, survey: Survey
) -> None:
    token = make_links(survey, 1)[0].split("?t=")[1]
    context = browser.new_context(locale="en")
    page = context.new_page()
    heard: list[dict[str, str]] = []
    page.on("request", lambda one: heard.append(one.all_headers() | {"body": one.post_data or ""}))
    page.goto(f"{live_server.url}{address(survey)}?t={token}")
    choose(page, "Your mark?", "3 of 10")
    saved(page)
    press(page, "Next")
    at_step(page, "Step 2 of 2")
    assert "t=" not in page.url and len(heard) > 4
    assert {one.get("referer", "") for one in heard} == {""}
    assert not any(token in json.dumps(one) for one in heard)
