"""The people, organisations and surveys most tests are about."""

import json
import re
from pathlib import Path
from typing import Any

from django.test import Client
from django.utils import timezone

from indices import queue
from indices.models import Run
from surveys.imports.plan import Plan
from surveys.imports.storing import import_file
from surveys.membership import found
from surveys.models import Member, Organisation, Survey, User
from surveys.publishing import publish

PASSWORD = "correct-horse-battery"
REFERENCE = Path(__file__).parent / "reference"
DEMO = Path(__file__).parent.parent / "deploy" / "demo"
WORDS = {
    "company": {"en": "Acme", "zh-hans": "艾克美", "zh-hant": "艾克美"},
    "category": {"en": "phone service", "zh-hans": "电话服务", "zh-hant": "電話服務"},
}
REGION = {
    "code": "region",
    "text": {"en": "Region", "zh-hans": "地区", "zh-hant": "地區"},
    "options": [
        {"code": "north", "text": {"en": "North", "zh-hans": "北", "zh-hant": "北"}},
        {"code": "south", "text": {"en": "South", "zh-hans": "南", "zh-hant": "南"}},
    ],
}


def owner_of(slug: str, email: str, time_zone: str = "UTC") -> Member:
    user = User.objects.create_user(email, PASSWORD)
    return found(Organisation(slug=slug, name=slug.title(), time_zone=time_zone), user)


def joined(member: Member, email: str, role: str) -> Member:
    user = User.objects.create_user(email, PASSWORD)
    return Member.objects.create(organisation=member.organisation, user=user, role=role)


def draft(member: Member, **fields: Any) -> Survey:
    defaults: dict[str, Any] = {
        "name": "Customers",
        "instrument_id": "ecsi",
        "languages": ["en", "zh-hans", "zh-hant"],
        "words": WORDS,
        "refresh": Survey.Refresh.REQUEST,
    }
    return Survey.objects.create(organisation=member.organisation, **(defaults | fields))


def published(member: Member, **fields: Any) -> Survey:
    survey = draft(member, **fields)
    publish(survey, member.user)
    survey.refresh_from_db()
    return survey


def signed_in(member: Member) -> Client:
    client = Client()
    client.force_login(member.user)
    return client


def key_in(page: Any) -> str:
    """The signed key in a questionnaire's form."""
    match = re.search(r'name="key" value="([^"]+)"', page.content.decode())
    assert match, page.content.decode()[:500]
    return match[1]


def answers_to(survey: Survey, value: int | str = 7) -> list[dict[str, str]]:
    """A form's fields for each page of the questionnaire: every item answered with `value`."""
    version = survey.current_version
    assert version
    fields = [
        {version.instrument.item_code(item): str(value) for item in construct.items}
        for construct in version.instrument.constructs
    ]
    if version.segments:
        fields.append({f"segment.{one['code']}": one["options"][0]["code"] for one in version.segments})
    return fields


def walk(survey: Survey, value: int | str = 7, key: str = "") -> Any:
    """Answer the whole questionnaire; the last page's response."""
    client = Client()
    address = f"/s/{survey.public_id}/"
    key = key or key_in(client.get(address))
    page = None
    for number, fields in enumerate(answers_to(survey, value), 1):
        page = client.post(address, {"key": key, "page": str(number), "next": "1", **fields})
    return page


def mobi_columns() -> dict[str, str]:
    columns: dict[str, str] = json.loads((DEMO / "mobi_columns.json").read_text(encoding="utf-8"))
    return columns


def with_mobi_answers(member: Member, **fields: Any) -> Survey:
    """A survey that holds the 250 published answers as one undated wave."""
    survey = published(member, period_kind="waves", **fields)
    plan = Plan(columns=mobi_columns(), wave="2005")
    content = (REFERENCE / "mobi.csv").read_bytes()
    import_file(survey=survey, content=content, filename="mobi.csv", plan=plan, by=member.user)
    return survey


def one_run() -> None:
    """A database with one run waiting, over the published answers."""
    survey = with_mobi_answers(owner_of("acme", "alice@example.org"))
    key = survey.versions.get().measurement_key
    queue.request(survey, survey.periods.get(), key, "", Run.Trigger.MANAGER)


def answered_today() -> Survey:
    """An open survey of this month with 250 answers, whose index follows every new answer."""
    survey = published(owner_of("acme", "alice@example.org"), refresh_after=1)
    header, *rows = (REFERENCE / "mobi.csv").read_text(encoding="utf-8").splitlines()
    today = timezone.now().date().isoformat()
    content = "\n".join([f"{header},day", *(f"{row},{today}" for row in rows)]).encode()
    plan = Plan(columns=mobi_columns(), date="day")
    import_file(survey=survey, content=content, filename="today.csv", plan=plan, by=None)
    return survey
