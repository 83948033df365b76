"""axe finds nothing on the respondent's pages, in every setting; and what axe cannot see."""

import os
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from surveys.mailings.rating import ratings_of
from surveys.models import Survey, Version
from surveys.questionnaire.content import digest_of
from surveys.responses import one_click
from tests.cast import owner_of, page_of
from tests.deploy.browsing import PHONE, at_step, browsing, choose, opened, press
from tests.surveys.respond_cast import EVERY_KIND, KANO, address, asking, instrument, said

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LEVELS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SETTINGS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": PHONE,
    "tablet": {"viewport": {"width": 820, "height": 1180}, "has_touch": True},
    "forced colours": {"forced_colors": "active"},
    "reduced motion": {"reduced_motion": "reduce"},
    "dark": {"color_scheme": "dark"},
}


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    # Playwright runs a loop of its own in this thread; Django would take the tests' queries for async ones.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with browsing(chromium) as one:
        yield one
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def survey() -> Survey:
    """Consent and every kind of one's own, then a grid, named points, and points to share out."""
    kinds = deepcopy(EVERY_KIND)
    for question in kinds:
        question["required"] = question["code"] in {"branch", "wish"}
    grid = instrument("servperf")
    return asking(
        owner_of("acme", "alice@example.org"), page_of(*kinds), KANO, grid, consent=said("We keep it.")
    )


def passes(page: Page) -> None:
    found = Axe().run(page, options={"runOnly": LEVELS["runOnly"], "resultTypes": ["violations"]})
    assert found.violations_count == 0, found.generate_report()


def answer_first(page: Page) -> None:
    page.get_by_label("I agree").check()
    choose(page, "Your branch?", "Market")
    page.get_by_label("Your wish?").fill("Open earlier")
    press(page, "Next")


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_page_from_the_link_to_the_code_being_used(
    browser: Browser, live_server: Any, survey: Survey, setting: str
) -> None:
    page = opened(browser, live_server.url + address(survey), **SETTINGS[setting])
    expect(page.get_by_label("Your since?")).to_be_visible()
    passes(page)
    answer_first(page)
    expect(page.get_by_role("radio", name="I would like that, 1 of 5")).to_have_count(2)
    passes(page)
    press(page, "Next")
    for step in range(3, 8):
        at_step(page, f"Step {step} of 8")
        expect(page.get_by_role("radiogroup").first).to_be_visible()
        if step == 3:
            page.get_by_role("radiogroup").first.get_by_label("Don't know").check()
            passes(page)
        press(page, "Next")
    expect(page.get_by_text("Shared out so far: 0 of 100 points")).to_be_visible()
    passes(page)
    press(page, "Send")
    expect(page.get_by_label("Your withdrawal code")).to_be_editable(editable=False)
    passes(page)
    code = page.get_by_label("Your withdrawal code").input_value()
    page.get_by_role("link", name="Take answers back").click()
    page.get_by_label("Your withdrawal code").fill(code)
    passes(page)
    page.get_by_role("button", name="Erase my answers").click()
    expect(page.get_by_role("heading", name="Your answers are erased")).to_be_visible()
    passes(page)


def test_after_an_empty_submit_of_what_is_required(
    browser: Browser, live_server: Any, survey: Survey
) -> None:
    page = opened(browser, live_server.url + address(survey), **PHONE)
    press(page, "Next")
    expect(page.get_by_role("alert")).to_contain_text("Please look at these questions")
    expect(page.get_by_text("Please answer this question.")).to_have_count(2)
    passes(page)
    choose(page, "Your branch?", "Market")
    page.get_by_label("Your wish?").fill("Open earlier")
    press(page, "Next")
    expect(page.get_by_role("alert")).to_contain_text("Please agree first")
    expect(page.get_by_label("I agree")).to_be_focused()
    passes(page)


def test_a_rating_that_was_chosen_in_a_mail(browser: Browser, live_server: Any) -> None:
    survey = asking(owner_of("acme", "alice@example.org"), instrument("nps"))
    code = next(iter(ratings_of(survey)))
    page = opened(browser, live_server.url + one_click.address(address(survey), code, "9"), **PHONE)
    expect(page.get_by_text("You chose 9.")).to_be_visible()
    expect(page.get_by_role("radio", name="9 of 10", exact=True)).to_be_checked()
    passes(page)


def test_after_going_back(browser: Browser, live_server: Any, survey: Survey) -> None:
    page = opened(browser, live_server.url + address(survey), **PHONE)
    answer_first(page)
    at_step(page, "Step 2 of 8")
    press(page, "Back")
    at_step(page, "Step 1 of 8")
    expect(page.get_by_label("Market")).to_be_checked()
    passes(page)


def test_a_notice(browser: Browser, live_server: Any, survey: Survey) -> None:
    page = opened(browser, f"{live_server.url}{address(survey)}?t=nothing", **PHONE)
    expect(page.get_by_role("heading", name="This link leads nowhere")).to_be_visible()
    passes(page)


def test_from_right_to_left(browser: Browser, live_server: Any) -> None:
    survey = in_arabic()
    page = opened(browser, live_server.url + address(survey), viewport={"width": 360, "height": 740})
    assert (
        page.locator("html").get_attribute("dir") == "rtl"
        and page.locator("html").get_attribute("lang") == "ar"
    )
    points = page.get_by_role("radiogroup", name="ما رأيك؟").locator(".point")
    first, last = points.first.bounding_box(), points.last.bounding_box()
    assert first and last and first["x"] > last["x"] and first["y"] == last["y"]
    low, high = (page.locator(".ends span").nth(n).bounding_box() for n in (0, 1))
    assert low and high and low["x"] > high["x"]  # each end stands by its own point
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    passes(page)
    press(page, "Send")
    assert page.locator("html").get_attribute("dir") == "rtl"
    expect(page.locator("#code")).to_be_visible()
    passes(page)


def in_arabic() -> Survey:
    """A published version in a language that the service itself is not offered in."""
    mark = {
        **deepcopy(EVERY_KIND[0]),
        "text": {"ar": "ما رأيك؟"},
        "low": {"ar": "سيئ"},
        "high": {"ar": "جيد"},
    }
    survey = asking(owner_of("acme", "alice@example.org"), page_of(EVERY_KIND[0]))
    version = survey.current_version
    assert version
    words = {"company": {"ar": "أكمي"}}
    snapshot = version.snapshot | {"languages": ["ar"], "words": words, "parts": [page_of(mark)]}
    Version.objects.create(survey=survey, number=2, snapshot=snapshot, digest=digest_of(snapshot))
    return survey


def test_every_point_is_named_with_its_place_and_every_group_with_its_item(
    browser: Browser, live_server: Any, survey: Survey
) -> None:
    page = opened(browser, live_server.url + address(survey))
    answer_first(page)
    at_step(page, "Step 2 of 8")
    press(page, "Next")
    at_step(page, "Step 3 of 8")
    groups = page.get_by_role("radiogroup")
    names = [page.locator("h2").nth(n).inner_text() for n in range(groups.count())]
    assert groups.count() == 4 and len(set(names)) == 4
    for place, name in enumerate(names):
        group = page.get_by_role("radiogroup", name=name, exact=True)
        assert group.count() == 1 and group.get_by_role("radio").count() == 8
        assert group.get_by_role("radio", name="3 of 7", exact=True).count() == 1, place
        assert group.get_by_role("radio", name="Don't know", exact=True).count() == 1
    assert page.get_by_role("table").count() == 0


def test_the_choice_shows_without_colours(browser: Browser, live_server: Any, survey: Survey) -> None:
    page = opened(browser, live_server.url + address(survey), forced_colors="active")
    before = page.locator(".point span").nth(3)
    plain = before.evaluate("one => getComputedStyle(one).backgroundColor")
    page.locator(".point").nth(3).click()
    assert before.evaluate("one => getComputedStyle(one).backgroundColor") != plain
    assert before.evaluate("one => getComputedStyle(one).fontWeight") == "700"


def test_nothing_that_has_the_focus_is_hidden_by_the_bar(
    browser: Browser, live_server: Any, survey: Survey
) -> None:
    page = opened(browser, live_server.url + address(survey), viewport={"width": 360, "height": 600})
    page.get_by_label("Your wish?").focus()
    for _stop in range(9):
        page.keyboard.press("Shift+Tab")
        bar = page.locator(".bar").bounding_box()
        top = page.evaluate("document.activeElement.getBoundingClientRect().top")
        assert bar and top >= bar["y"] + bar["height"]
