"""axe finds nothing on the pages about contacts, invitations and channels, and none is wider than a phone; a
poster prints on one sheet."""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from surveys.channels.addresses import address_of
from surveys.contacts.opting_out import token_of
from surveys.contacts.storing import start_draft
from surveys.models import Contact, Member, Recipient, Survey, User
from tests.cast import REGION, owner_of, published
from tests.deploy.browsing import PHONE, browsing, opened
from tests.surveys.mailing_cast import known, planned, sent_now

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SETTINGS: dict[str, dict[str, Any]] = {
    "phone": PHONE,
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 820, "height": 1180}},
}
LANGUAGES = ["en", "zh-hans", "zh-hant"]
FILE = """\
Who to write to,Phone number (office),Area,Tongue,地区
ann.with.quite.a.long.name.of.her.own@department.subsidiary.company.example,+1 2,north,简体中文,北
nobody,+1 3,south,English,南
"""


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    # Playwright runs a loop of its own in this thread; Django would take the tests' queries for async ones.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with browsing(chromium) as one:
        yield one
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    """With channels, a mailing that somebody's server refused, and contacts with all there may be."""
    survey = published(alice, segments=[REGION], frame_origins=["https://www.example.org"])
    survey.channels.create(name="Counter in the long main street, second floor", segments={"region": "north"})
    survey.channels.create(name="Receipt", is_active=False)
    segments = {"region": "north", "level_of_service": "gold"}
    known(
        alice.organisation,
        "ann.with.quite.a.long.name.of.her.own@department.subsidiary.company.example",
        "ben@example.org",
        name="王小明",
        language="zh-hant",
        segments=segments,
    )
    planned(survey, most_reminders=2)
    sent_now()
    Recipient.objects.filter(contact__email="ben@example.org").update(
        state="refused", problem="550 5.1.1 no such person here", due_at=None
    )
    return survey


def places(survey: Survey) -> dict[str, str]:
    own = f"/o/acme/surveys/{survey.public_id}"
    organisation, by = survey.organisation, User.objects.get()
    draft = start_draft(organisation, FILE.encode(), "people.csv", "utf-8", by)
    lacking = start_draft(organisation, b"who,key\nann,1\n", "people.csv", "utf-8", by)
    channel = survey.channels.earliest("pk")
    ann = Contact.objects.earliest("email")
    return {
        "contacts": "/o/acme/contacts/?segment=region&option=north&opted=in",
        "wrong choice": "/o/acme/contacts/?segment=1st",
        "contact": f"/o/acme/contacts/{ann.public_id}/",
        "one by hand": f"/o/acme/contacts/{ann.public_id}/correct/",
        "import": "/o/acme/contacts/import/",
        "mapping": f"/o/acme/contacts/import/{draft.public_id}/",
        "mapping without an address": f"/o/acme/contacts/import/{lacking.public_id}/",
        "rules": "/o/acme/contacts/rules/",
        "invitations": f"{own}/invitations/",
        "mailing": f"{own}/invitations/{survey.mailings.get().public_id}/",
        "channels": f"{own}/channels/",
        "channel": f"{own}/channels/{channel.public_id}/",
        "poster": f"{own}/channels/{channel.public_id}/poster/",
        "posters": f"{own}/channels/posters/?language=all&name=off",
        "quotas": f"{own}/quotas/",
        "opt-out": f"/opt-out/{token_of(organisation.pk, ann.address_digest, 'x' * 22)}/",
        "no opt-out": "/opt-out/nothing/",
    }


def signed_in(page: Page, live_server: Any) -> Page:
    """The page, with the session of the one user there is."""
    client = Client()
    client.force_login(User.objects.get())
    cookie: Any = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])
    return page


def passes(page: Page, where: str) -> None:
    found = Axe().run(page, options={"runOnly": LEVELS, "resultTypes": ["violations"]})
    assert found.violations_count == 0, f"{where}\n{found.generate_report()}"
    width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width[0] <= width[1], f"{where} is {width[0]} wide"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("setting", SETTINGS)
def test_every_page_about_contacts_invitations_and_channels(
    browser: Browser, live_server: Any, survey: Survey, setting: str, language: str
) -> None:
    User.objects.update(language=language)
    page = signed_in(opened(browser, live_server.url, **SETTINGS[setting]), live_server)
    for where, address in places(survey).items():
        answer = page.goto(live_server.url + address)
        assert answer and answer.status == (404 if where == "no opt-out" else 200), where
        passes(page, where)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("setting", SETTINGS)
def test_what_is_confirmed_before_invitations_go_out(
    browser: Browser, live_server: Any, survey: Survey, setting: str, language: str
) -> None:
    """What was written is still there afterwards."""
    User.objects.update(language=language)
    page = signed_in(opened(browser, live_server.url, **SETTINGS[setting]), live_server)
    page.goto(live_server.url + places(survey)["invitations"])
    page.locator("#id_body_en").fill("One line\n\n{link}\n\n{opt_out}")
    page.locator("#id_also_invited_before").check()
    page.locator("button[value=plan]").click()
    passes(page, "summary")
    page.locator("button[value=change]").click()
    expect(page.locator("#id_body_en")).to_have_value("One line\n\n{link}\n\n{opt_out}")
    page.locator("button[value=plan]").click()
    page.locator("button[value=confirm]").click()
    assert survey.mailings.count() == 2


def test_a_mapping_is_said_without_a_script(browser: Browser, live_server: Any, survey: Survey) -> None:
    page = signed_in(opened(browser, live_server.url, java_script_enabled=False, **PHONE), live_server)
    page.goto(live_server.url + places(survey)["mapping without an address"])
    page.get_by_label("who", exact=True).select_option(label="Segment")
    expect(page.get_by_label("Code").first).to_have_value("who")
    page.get_by_label("who", exact=True).select_option(label="E-mail address")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("ann: is not an e-mail address")).to_be_visible()


def test_mistakes_in_a_mapping_are_told_to_a_screen_reader(
    browser: Browser, live_server: Any, survey: Survey
) -> None:
    page = signed_in(opened(browser, live_server.url, **PHONE), live_server)
    page.goto(live_server.url + places(survey)["mapping"])
    page.get_by_label("Area", exact=True).select_option(label="E-mail address")
    page.get_by_role("button", name="Check").click()
    wrong = page.get_by_label("Area", exact=True)
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_have_accessible_description(
        "“Who to write to” is that already: choose another meaning for one of them."
    )
    passes(page, "mistakes")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_poster_is_one_sheet_with_an_address_one_can_read(
    browser: Browser, live_server: Any, survey: Survey, language: str
) -> None:
    """A title 10 mm high is read from a metre and more."""
    page = signed_in(opened(browser, live_server.url), live_server)
    channel = survey.channels.earliest("pk")
    own = f"/o/acme/surveys/{survey.public_id}/channels/{channel.public_id}"
    page.goto(f"{live_server.url}{own}/poster/?language={language}")
    for sheet, width in (("A4", 210), ("A5", 148)):
        printed = PdfReader(io.BytesIO(page.pdf(format=sheet)))
        assert len(printed.pages) == 1
        said = "".join(printed.pages[0].extract_text().split())
        assert address_of(channel) in said
        page.emulate_media(media="print")
        page.set_viewport_size({"width": round((width - 24) / 25.4 * 96), "height": 1_000})
        size = page.evaluate("parseFloat(getComputedStyle(document.querySelector('h1')).fontSize)")
        assert size / 96 * 25.4 >= width / 21  # mm


def test_the_code_on_a_poster_leads_to_the_channel(
    browser: Browser, live_server: Any, survey: Survey
) -> None:
    cv2 = pytest.importorskip("cv2", reason="nothing here reads a QR code")
    import numpy as np

    page = signed_in(opened(browser, live_server.url), live_server)
    channel = survey.channels.earliest("pk")
    page.goto(f"{live_server.url}/o/acme/surveys/{survey.public_id}/channels/{channel.public_id}/poster/")
    drawn = cv2.imdecode(np.frombuffer(page.locator("img").screenshot(), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert cv2.QRCodeDetector().detectAndDecode(drawn)[0] == address_of(channel)
