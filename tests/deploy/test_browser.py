"""In a real browser, against the real processes: from the public link to the changed index."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from launching import ROOT, quiet_environment, running
from playwright.sync_api import Browser, Page, expect, sync_playwright

pytestmark = pytest.mark.browser
PHONE = {"width": 360, "height": 740}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PATIENCE = 60_000  # milliseconds


def prepared(data: Path) -> str:
    """An open survey with 250 answers of today; its public id."""
    code = "from tests.cast import answered_today; print('survey', answered_today().public_id)"
    environment = quiet_environment(BAROMETER_DATA=str(data))
    command = [sys.executable, "manage.py", "shell", "--verbosity=0", "-c", code]
    said = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    return said.stdout.split("survey ")[1].strip()


def answer_everything(page: Page, point: int) -> None:
    """On a phone, without any script: one construct a page, to the thank-you page."""
    for step in range(1, 8):
        expect(page.get_by_text(f"Step {step} of 7")).to_be_visible()
        for scale in page.locator(".scale").all():
            scale.locator(".point").nth(point - 1).click()
        page.get_by_role("button", name="Send" if step == 7 else "Next").last.click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()


def sign_in(page: Page, base: str) -> None:
    page.goto(f"{base}/sign-in/")
    page.get_by_label("E-mail address").fill("alice@example.org")
    page.get_by_label("Password").fill("correct-horse-battery")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Acme")).to_be_visible()


def index_with_base(page: Page, address: str, base: int) -> str:
    """The headline index, once it rests on so many answers."""
    deadline = PATIENCE
    while deadline > 0:
        page.goto(address)
        found = page.locator(".headline-card").first
        if found.count() and f"n = {base}" in found.inner_text():
            return found.locator(".headline-value").inner_text()
        page.wait_for_timeout(250)
        deadline -= 250
    raise AssertionError(f"no index with base {base}: {page.locator('main').inner_text()}")


def walk(browser: Browser, base: str, survey: str) -> None:
    manager = browser.new_page(viewport={"width": 1440, "height": 900}, locale="en")
    sign_in(manager, base)
    address = f"{base}/o/acme/surveys/{survey}/report/"
    before = index_with_base(manager, address, 250)
    customer = browser.new_context(viewport=PHONE, locale="en", java_script_enabled=False).new_page()
    customer.goto(f"{base}/s/{survey}/")
    answer_everything(customer, 1)
    after = index_with_base(manager, address, 251)
    assert re.match(r"\d\d\.\d", before) and after != before
    assert float(after.split()[0]) < float(before.split()[0])


def test_from_the_public_link_to_the_changed_index(tmp_path: Path, chromium: Path) -> None:
    data = tmp_path / "data"
    with running(data, "--no-demo") as service, sync_playwright() as playwright:
        survey = prepared(data)
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        walk(browser, f"http://127.0.0.1:{service.port}", survey)
        browser.close()
