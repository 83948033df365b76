"""The people, organisations and surveys most tests are about."""

import json
import re
from pathlib import Path
from typing import Any

from django.test import Client
from django.utils import timezone

from indices.models import Run
from indices.report.structural import NOTHING
from indices.runs import queue
from indices.runs.cancelling import cancel
from scoring.instrument.file import BUILTIN_FOLDER
from surveys.imports.plan import Plan
from surveys.imports.storing import import_file
from surveys.membership import found
from surveys.models import Member, Organisation, Period, Survey, User
from surveys.publishing import publish
from surveys.questionnaire.pages import pages

PASSWORD = "correct-horse-battery"
REFERENCE = Path(__file__).parent / "reference"
DEMO = Path(__file__).parent.parent / "deploy" / "demo"
WORDS = {
    "company": {"en": "Acme", "zh-hans": "艾克美", "zh-hant": "艾克美"},
    "category": {"en": "phone service", "zh-hans": "电话服务", "zh-hant": "電話服務"},
}
REGION = {
    "code": "region",
    "type": "single",
    "segment": True,
    "text": {"en": "Region", "zh-hans": "地区", "zh-hant": "地區"},
    "options": [
        {"code": "north", "text": {"en": "North", "zh-hans": "北", "zh-hant": "北"}},
        {"code": "south", "text": {"en": "South", "zh-hans": "南", "zh-hant": "南"}},
    ],
}
ECSI = {"kind": "instrument", "instrument": "ecsi"}


def page_of(*questions: dict[str, Any], code: str = "about_you", **more: Any) -> dict[str, Any]:
    """A page of the company's own questions, as a survey's draft has it."""
    return {"kind": "page", "code": code, "questions": list(questions), **more}


def own_nps(code: str) -> str:
    """The file of an instrument of one's own: the net promoter score under another code."""
    return builtin_text("nps").replace('id = "nps"', f'id = "{code}"', 1)


def builtin_text(code: str) -> str:
    return (BUILTIN_FOLDER / f"{code}.toml").read_text(encoding="utf-8")


def owner_of(slug: str, email: str, time_zone: str = "UTC") -> Member:
    user = User.objects.create_user(email, PASSWORD)
    return found(Organisation(slug=slug, name=slug.title(), time_zone=time_zone), user)


def joined(member: Member, email: str, role: str) -> Member:
    user = User.objects.create_user(email, PASSWORD)
    return Member.objects.create(organisation=member.organisation, user=user, role=role)


def draft(member: Member, segments: list[dict[str, Any]] | None = None, **fields: Any) -> Survey:
    """A draft of ECSI in three languages; `segments` makes a page of these questions at its end."""
    if segments:
        fields["parts"] = [ECSI, page_of(*segments)]
    defaults: dict[str, Any] = {
        "name": "Customers",
        "parts": [ECSI],
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
    return [
        {q.code: str(value) if q.kind == "scale" else q.choices[0].value for q in page.questions}
        for page in pages(version.content, version.languages[0])
    ]


def walk(survey: Survey, value: int | str = 7, key: str = "") -> Any:
    """Answer the whole questionnaire; the last page's response."""
    client = Client()
    address = f"/s/{survey.public_id}/"
    key = key or key_in(client.get(address))
    page = None
    version = survey.current_version
    assert version
    asked = pages(version.content, version.languages[0])
    for one, fields in zip(asked, answers_to(survey, value), strict=True):
        page = client.post(address, {"key": key, "page": one.code, "next": "1", **fields})
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
    key = survey.versions.get().uses.get().measurement_key
    queue.request(survey, survey.periods.get(), key, "", Run.Trigger.MANAGER)


def add_done_run(survey: Survey, period: Period) -> Run:
    """A run that is done, whose answers are not there (any more)."""
    version, now = survey.current_version, timezone.now()
    assert version
    same = {"survey": survey, "period": period, "measurement_key": version.uses.get().measurement_key}
    revision = Run.objects.filter(**same).count() + 1
    times = {"started_at": now, "ended_at": now}
    run = Run.objects.create(
        **same, **times, revision=revision, trigger="manager", status="done", responses=250, seed=1
    )
    result = {**NOTHING, "estimator": "ml", "status": "ok", "indices": []}
    run.estimates.create(estimator="ml", status="ok", n=250, n_used=250, result=result)
    return run


def cancel_and_ask() -> None:
    """Cancel the run that is under way, and ask for its figures anew."""
    run = Run.objects.get()
    assert cancel(run, None)
    queue.request(run.survey, run.period, run.measurement_key, "", Run.Trigger.MANAGER)


def answered_today() -> Survey:
    """An open survey of this month with 250 answers, whose index follows every new answer."""
    survey = published(owner_of("acme", "alice@example.org"), refresh_after=1)
    header, *rows = (REFERENCE / "mobi.csv").read_text(encoding="utf-8").splitlines()
    today = timezone.now().date().isoformat()
    content = "\n".join([f"{header},day", *(f"{row},{today}" for row in rows)]).encode()
    plan = Plan(columns=mobi_columns(), date="day")
    import_file(survey=survey, content=content, filename="today.csv", plan=plan, by=None)
    return survey
