"""Two of the demo's surveys: one with real published answers, one with simulated ones, month by month."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from django.db import transaction

from deploy.demo import simulate
from indices.models import SurveyNote, SurveyTarget
from scoring.instrument.file import builtin
from surveys.imports.plan import Plan
from surveys.imports.storing import import_file
from surveys.models import ImportBatch, Member, Period, Survey, User
from surveys.periods import close as close_period
from surveys.publishing import close, publish

FOLDER = Path(__file__).parent
SLUG = "demo"
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
STORY = {
    "en": (
        "What is hidden in these answers: a better service from the sixth month on; one month with too few "
        "answers to be shown; and, from the eleventh month on, a question that has come to mean something "
        "else, which the report finds by itself. Nothing else changes."
    ),
    "zh-hans": (
        "这些模拟答卷中藏有三件事：从第六个月起服务有所改善；有一个月答卷太少，无法显示指数；"
        "从第十一个月起，有一道题目的含义变了，报告会自动发现这一点。除此之外没有任何变化。"
    ),
    "zh-hant": (
        "這些模擬回覆中藏有三件事：從第六個月起服務有所改善；有一個月回覆太少，無法顯示指數；"
        "從第十一個月起，有一道題目的意思變了，報告會自動發現這一點。除此之外沒有任何變化。"
    ),
}
NOTES = {  # a note has no language of its own; these are in the organisation's
    simulate.BETTER_FROM: "New network in service; twice as many people on the hotline",
    simulate.SMALL: "The mailing failed: only a few customers were invited",
    simulate.REWORDED_FROM: "The question on additional services now gives films and music as examples",
}
LATE_NOTE = "Paper questionnaires from the shops came in after the release"
TARGET = 68.0  # of satisfaction
RELEASED = 10  # months, from the first on
OPEN_DAYS = 31  # so that the month before this one is still open, whatever day it is
FILE = "simulated.csv"
LATE_FILE = "paper questionnaires.csv"
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


def demo_survey() -> Survey:
    """The survey with the real answers."""
    return Survey.objects.get(organisation__slug=SLUG, is_simulated=False)


def real(member: Member) -> Survey:
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


def simulated(member: Member, today: date) -> Survey:
    """The survey with the made-up answers of the months before the one that holds `today`.

    All but the last of them are closed.
    """
    survey = Survey.objects.create(
        organisation=member.organisation,
        name="Northwind, month by month",
        parts=[ECSI, ABOUT_YOU],
        languages=LANGUAGES,
        words={"company": NORTHWIND, "category": SERVICE},
        period_kind=Survey.PeriodKind.MONTH,
        close_after_days=OPEN_DAYS,
        refresh_after=1,
        is_simulated=True,
        source_note=STORY,
        created_by=member.user,
    )
    publish(survey, member.user)
    months = dict(enumerate(months_before(today, simulate.MONTHS)))
    _import(survey, simulate.simulated_csv(builtin()["ecsi"], months), FILE, member.user)
    periods = close_all_but_the_last(survey)
    for month, text in NOTES.items():
        note(survey, periods[month], text)
    SurveyTarget.objects.create(survey=survey, instrument_id="ecsi", construct="satisfaction", value=TARGET)
    return survey


@transaction.atomic
def import_late(survey: Survey) -> None:
    """Bring more answers to a month that is over, and note it. Raises AlreadyImported."""
    period = survey.periods.order_by("first_day")[simulate.LATE]
    assert period.first_day  # noqa: S101  it is a month
    _import(survey, simulate.late_csv(builtin()["ecsi"], period.first_day), LATE_FILE, survey.created_by)
    note(survey, period, LATE_NOTE)


def close_all_but_the_last(survey: Survey) -> Sequence[Period]:
    """All of its periods, in the order of time."""
    periods = list(survey.periods.order_by("first_day"))
    for period in periods[:-1]:
        close_period(period)
    return periods


def note(survey: Survey, period: Period, text: str) -> None:
    SurveyNote.objects.create(survey=survey, period=period, text=text, created_by=survey.created_by)


def _import(survey: Survey, content: bytes, filename: str, by: User | None) -> ImportBatch:
    columns = {item.code: item.code for item in builtin()["ecsi"].items}
    plan = Plan(columns=columns, date="date", segments={"region": "region"})
    return import_file(survey=survey, content=content, filename=filename, plan=plan, by=by)


def months_before(today: date, count: int) -> Sequence[date]:
    """The first days of so many months, the last being the one before that of `today`."""
    last = today.year * 12 + today.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(last - count, last)]
