"""A browser on a questionnaire that Django serves in the test's own process."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@contextmanager
def browsing(chromium: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


def opened(browser: Browser, address: str, **settings: Any) -> Page:
    """A page of its own context, in English."""
    context: BrowserContext = browser.new_context(locale="en", **settings)
    page = context.new_page()
    page.goto(address)
    return page


def press(page: Page, name: str) -> None:
    page.locator(".go").get_by_role("button", name=name).click()


def choose(page: Page, question: str, point: str) -> None:
    page.get_by_role("radiogroup", name=question).get_by_label(point, exact=True).check()


def at_step(page: Page, words: str) -> None:
    expect(page.locator(".step")).to_have_text(words)
