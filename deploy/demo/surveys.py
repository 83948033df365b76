"""The demo organisation: one survey with real published answers, one with simulated ones."""

import json
import secrets
from pathlib import Path

from django.db import transaction

from deploy.demo.simulate import simulated_csv
from indices.models import Run
from indices.schedule import request_period
from scoring.instrument.file import builtin
from surveys.imports.plan import Plan
from surveys.imports.storing import import_file
from surveys.membership import found
from surveys.models import Member, Organisation, Survey, User
from surveys.publishing import close, publish

FOLDER = Path(__file__).parent
SLUG = "demo"
EMAIL = "demo@barometer.example"
LANGUAGES = ["en", "zh-hans", "zh-hant"]
REAL_NOTE = {
    "en": (
        "Real answers: 250 customers of a mobile phone operator, published with the R package seminr "
        "(GPL-3); see Tenenhaus, Esposito Vinzi, Chatelin & Lauro (2005). They carry no date and are "
        "shown as one wave."
    ),
    "zh-hans": (
        "真实数据：某移动电话运营商250位顾客的答卷，随R软件包seminr（GPL-3）发布；"
        "参见Tenenhaus、Esposito Vinzi、Chatelin与Lauro（2005）。"
        "答卷没有日期，因此作为一个调查波次显示。"
    ),
    "zh-hant": (
        "真實資料：某行動電話業者250位顧客的回覆，隨R套件seminr（GPL-3）發佈；"
        "參見Tenenhaus、Esposito Vinzi、Chatelin與Lauro（2005）。"
        "回覆沒有日期，因此作為一個調查波次顯示。"
    ),
}
OPERATOR = {"en": "the operator", "zh-hans": "该运营商", "zh-hant": "該業者"}
SERVICE = {"en": "mobile phone service", "zh-hans": "移动电话服务", "zh-hant": "行動電話服務"}
NORTHWIND = {"en": "Northwind", "zh-hans": "北风", "zh-hant": "北風"}
ECSI = {"kind": "instrument", "instrument": "ecsi"}
REGION = {
    "code": "region",
    "type": "single",
    "segment": True,
    "text": {"en": "Where do you live?", "zh-hans": "您住在哪里？", "zh-hant": "您住在哪裡？"},
    "options": [
        {"code": "north", "text": {"en": "North", "zh-hans": "北部", "zh-hant": "北部"}},
        {"code": "centre", "text": {"en": "Centre", "zh-hans": "中部", "zh-hant": "中部"}},
        {"code": "south", "text": {"en": "South", "zh-hans": "南部", "zh-hant": "南部"}},
    ],
}
ABOUT_YOU = {
    "kind": "page",
    "code": "about_you",
    "title": {"en": "About you", "zh-hans": "关于您", "zh-hant": "關於您"},
    "questions": [REGION],
}


def load_demo() -> str:
    """Make the demo organisation once, and ask for its indices. Returns its password when just made."""
    if Organisation.objects.filter(slug=SLUG).exists():
        return ""
    password = secrets.token_urlsafe(9)
    with transaction.atomic():
        user = User.objects.create_user(EMAIL, password, name="Demo")
        member = found(Organisation(slug=SLUG, name="Demo"), user)
        for survey in (_real(member), _simulated(member)):
            key = survey.versions.get().uses.get().measurement_key
            for period in survey.periods.order_by("-first_day"):
                request_period(survey, period, key, Run.Trigger.SCHEDULE)
    return password


def demo_survey() -> Survey:
    """The survey with the real answers."""
    return Survey.objects.get(organisation__slug=SLUG, is_simulated=False)


def _real(member: Member) -> Survey:
    survey = Survey.objects.create(
        organisation=member.organisation,
        name="Mobile phone customers",
        parts=[ECSI],
        languages=LANGUAGES,
        words={"company": OPERATOR, "category": SERVICE},
        period_kind=Survey.PeriodKind.WAVES,
        source_note=REAL_NOTE,
        created_by=member.user,
    )
    publish(survey, member.user)
    columns = json.loads((FOLDER / "mobi_columns.json").read_text(encoding="utf-8"))
    content = (FOLDER / "mobi.csv").read_bytes()
    plan = Plan(columns=columns, wave="Undated wave")
    import_file(survey=survey, content=content, filename="mobi.csv", plan=plan, by=member.user)
    close(survey)  # what was published is complete: a visitor's answer must not mix with it
    return survey


def _simulated(member: Member) -> Survey:
    survey = Survey.objects.create(
        organisation=member.organisation,
        name="Northwind, month by month",
        parts=[ECSI, ABOUT_YOU],
        languages=LANGUAGES,
        words={"company": NORTHWIND, "category": SERVICE},
        period_kind=Survey.PeriodKind.MONTH,
        refresh_after=1,
        is_simulated=True,
        created_by=member.user,
    )
    version = publish(survey, member.user)
    columns = {item.code: item.code for item in version.content.instruments["ecsi"].items}
    plan = Plan(columns=columns, date="date", segments={"region": "region"})
    content = simulated_csv(builtin()["ecsi"])
    import_file(survey=survey, content=content, filename="simulated.csv", plan=plan, by=member.user)
    return survey
