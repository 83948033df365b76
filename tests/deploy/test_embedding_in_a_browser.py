"""The questionnaire in a frame of a page whose own policy is strict: no cookie, and as high as it needs."""

import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from surveys.channels.embedding import snippet
from surveys.models import Channel, Response
from tests.cast import owner_of, page_of
from tests.deploy.browsing import browsing
from tests.surveys.respond_cast import asking, own, rating

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FITTED = """() => new Promise((done) => {
  const whole = document.documentElement;
  const fits = () => Math.ceil(whole.getBoundingClientRect().height) === innerHeight;
  const look = () => fits() ? done() : requestAnimationFrame(look);
  look();
})"""
HEIGHT = "document.querySelector('iframe').height"


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
        "true"  # the tests' queries run in the thread of playwright's loop
    )
    with browsing(chromium) as one:
        yield one
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Company(BaseHTTPRequestHandler):
    """One page, at whatever address it is asked for."""

    policy = body = ""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Security-Policy", self.policy)
        self.end_headers()
        self.wfile.write(self.body.encode())

    def log_message(self, *_args: Any) -> None:
        """Nothing: who asked is no result of a test."""


@pytest.fixture
def port() -> Iterator[int]:
    """Where the company's page is served: as localhost, and under another origin as 127.0.0.1."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Company)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def channel(live_server: Any, settings: Any, port: int) -> Channel:
    settings.PUBLIC_URL = live_server.url
    texts = page_of(*(own(f"text{number}", "long") for number in range(6)), code="long")
    survey = asking(owner_of("acme", "alice@example.org"), texts, page_of(rating("mark"), code="short"))
    survey.frame_origins = [f"http://localhost:{port}"]  # which an editor could only name with https
    survey.save()
    return survey.channels.create(name="Our page")


@pytest.fixture
def page(
    browser: Browser, channel: Channel, live_server: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Page]:
    policy = f"default-src 'none'; script-src {live_server.url}; frame-src {live_server.url}"
    monkeypatch.setattr(Company, "policy", policy)
    monkeypatch.setattr(Company, "body", f"<!doctype html><title>Acme</title>{snippet(channel)}")
    context = browser.new_context(locale="en", viewport={"width": 900, "height": 800})
    yield context.new_page()
    context.close()


def fits(page: Page, frame: Frame) -> int:
    """The frame's height, once nothing of what it shows is cut off or left over."""
    frame.evaluate(FITTED)
    return int(page.evaluate(HEIGHT))


def test_a_frame_grows_and_shrinks_with_its_page_and_is_handed_in_without_a_cookie(
    page: Page, channel: Channel, port: int
) -> None:
    page.goto(f"http://localhost:{port}/")
    frame = page.frames[1]
    expect(frame.get_by_label("Your text0?")).to_be_visible()
    long = fits(page, frame)
    frame.locator("main").get_by_role("button", name="Next").click()
    expect(frame.get_by_text("Step 2 of 2")).to_be_visible()
    assert fits(page, frame) < long
    frame.locator("main").get_by_role("button", name="Send").click()
    expect(frame.get_by_role("heading", name="Thank you")).to_be_visible()
    assert Response.objects.get(state="finished").channel == channel and not page.context.cookies()


def test_a_height_that_somebody_else_tells_is_not_believed(page: Page, port: int) -> None:
    page.goto(f"http://localhost:{port}/")
    before = fits(page, page.frames[1])
    page.evaluate("postMessage({ of: 'barometer', height: 5 }, '*')")
    page.evaluate("new Promise((done) => { onmessage = done; postMessage('last', '*'); })")
    assert page.evaluate(HEIGHT) == str(before)


def test_no_other_page_can_show_it(page: Page, port: int) -> None:
    with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        page.goto(f"http://127.0.0.1:{port}/")
    assert "/s/" not in page.frames[1].url and page.evaluate(HEIGHT) == "720"
