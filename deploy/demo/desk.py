"""The demo's third survey: a service desk with scores, comments, and alerts that are followed up."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import islice

from deploy.demo import desk_answers
from deploy.demo.desk_answers import Answered
from deploy.demo.surveys import LANGUAGES, NORTHWIND, OPEN_DAYS, close_all_but_the_last, months_before, note
from surveys.follow_up import changes, rules
from surveys.follow_up.alerts import open_alert
from surveys.imports.plan import Plan
from surveys.imports.storing import import_file
from surveys.models import AlertRule, FollowUp, Member, Survey, TextAnswer
from surveys.publishing import publish

FILE = "service desk.csv"
FEATURES_FILE = "service desk with features.csv"
RELEASED = desk_answers.MONTHS - 1  # months, from the first on
STORY = {
    "en": (
        "Scores and comments are made up; nobody wrote them. What is hidden in them: in the last month one "
        "of the three stores is short of staff, so that people wait there, recommend it less, and say why. "
        "The questions on features were added in that month. Nothing else changes."
    ),
    "zh-hans": (
        "评分和留言都是编造的，没有人真的写过。其中藏有一件事：最后一个月，三家门店中有一家人手不足，"
        "顾客在那里久等，推荐意愿下降，并写明了原因。关于服务功能的题目从该月起加入。除此之外没有任何变化。"
    ),
    "zh-hant": (
        "評分和留言都是編造的，沒有人真的寫過。其中藏有一件事：最後一個月，三家門市中有一家人手不足，"
        "顧客在那裡久等，推薦意願下降，並寫明了原因。關於服務特色的題目從該月起加入。除此之外沒有任何變化。"
    ),
}
QUEUE_NOTE = "Station Square: two of three desks closed, because staff left"
DESK = {
    "en": f"the {NORTHWIND['en']} service desk",
    "zh-hans": f"{NORTHWIND['zh-hans']}服务台",
    "zh-hant": f"{NORTHWIND['zh-hant']}服務台",
}
FEATURES = {
    "evening": {
        "en": "open until nine in the evening",
        "zh-hans": "营业到晚上九点",
        "zh-hant": "營業到晚上九點",
    },
    "on_time": {
        "en": "repairs done on the promised day",
        "zh-hans": "按约定日期修好",
        "zh-hant": "在約定的日期修好",
    },
    "callback": {
        "en": "a call a week later to ask if all is well",
        "zh-hans": "一周后回访，询问是否一切正常",
        "zh-hant": "一週後回電關心是否一切正常",
    },
    "screen": {
        "en": "a screen with offers while you wait",
        "zh-hans": "等候时播放优惠信息的屏幕",
        "zh-hant": "等候時播放優惠訊息的螢幕",
    },
}
STORES = {
    "station": {"en": "Station Square", "zh-hans": "车站广场店", "zh-hant": "車站廣場店"},
    "harbour": {"en": "Harbour", "zh-hans": "港口店", "zh-hant": "港口店"},
    "old_town": {"en": "Old Town", "zh-hans": "老城店", "zh-hant": "老城店"},
}
STORE = {
    "code": "store",
    "type": "single",
    "segment": True,
    "text": {
        "en": "Which store were you in?",
        "zh-hans": "您去的是哪家门店？",
        "zh-hant": "您去的是哪家門市？",
    },
    "options": [{"code": code, "text": text} for code, text in STORES.items()],
}
SCORES = [
    {"kind": "instrument", "instrument": "nps"},
    {"kind": "instrument", "instrument": "csat", "drop": ["reason"]},
]
KANO = {
    "kind": "instrument",
    "instrument": "kano",
    "drop": [f"{code}_importance" for code in FEATURES],
    "features": [{"code": code, "name": name} for code, name in FEATURES.items()],
}
YOUR_VISIT = {
    "kind": "page",
    "code": "your_visit",
    "title": {"en": "Your visit", "zh-hans": "您的到访", "zh-hant": "您的到訪"},
    "questions": [STORE],
}
LOW = (0, 6)  # the answers of which the alert rule tells
ALERTS = 9  # of the last who answered so: a third closed, a third assigned, the newest open
CALLED = "Called; will come by on Thursday."
SOLVED = "Apologised on the phone, and kept a desk free for the next visit. Settled."


def service_desk(member: Member, today: date) -> Survey:
    """The survey with made-up scores and comments of the months before the one that holds `today`.

    All but the last of them are closed.
    """
    survey = Survey.objects.create(
        organisation=member.organisation,
        name="Northwind service desk",
        parts=[*SCORES, YOUR_VISIT],
        languages=LANGUAGES,
        words={"company": DESK},
        privacy=Survey.Privacy.CONFIDENTIAL,
        period_kind=Survey.PeriodKind.MONTH,
        close_after_days=OPEN_DAYS,
        is_simulated=True,
        source_note=STORY,
        created_by=member.user,
    )
    months = desk_answers.answered(months_before(today, desk_answers.MONTHS))
    before = [row for rows in months[: desk_answers.KANO_FROM] for row in rows]
    since = [row for rows in months[desk_answers.KANO_FROM :] for row in rows]
    publish(survey, member.user)
    _import(survey, before, FILE, {})
    survey.parts = [*SCORES, KANO, YOUR_VISIT]
    survey.save(update_fields=["parts"])
    publish(survey, member.user)
    _import(survey, since, FEATURES_FILE, {f"kano.{name}": name for name in desk_answers.KANO_COLUMNS})
    _write(survey, [*before, *since])
    periods = close_all_but_the_last(survey)
    note(survey, periods[desk_answers.QUEUE_FROM], QUEUE_NOTE)
    _follow_up(survey, member)
    return survey


def _import(survey: Survey, rows: Sequence[Answered], filename: str, features: Mapping[str, str]) -> None:
    columns = {"nps.score": "nps", "csat.score": "csat", **features}
    plan = Plan(columns=columns, date="date", segments={"store": "store"}, language="language")
    content = desk_answers.as_csv(rows)
    import_file(survey=survey, content=content, filename=filename, plan=plan, by=survey.created_by)


def _write(survey: Survey, rows: Sequence[Answered]) -> None:
    """Put the comments beside the answers, which were stored in the order of the files."""
    stored = survey.responses.order_by("pk").values_list("pk", flat=True)
    TextAnswer.objects.bulk_create(
        TextAnswer(response_id=pk, code="nps.reason", text=row.comment)
        for pk, row in zip(stored, rows, strict=True)
        if row.comment
    )


def _follow_up(survey: Survey, member: Member) -> None:
    """A rule that mails nobody, and what was done about the last answers it is about.

    Their alerts are opened one by one: the rule opens none, for imported answers are no news.
    """
    lowest, highest = LOW
    rule = rules.keep(AlertRule(item="nps.score", lowest=lowest, highest=highest), survey, None)
    newest = survey.responses.order_by("-finished_at", "-pk")
    low = (one for one in newest if lowest <= one.answers["nps.score"] <= highest)
    for place, response in enumerate(reversed(list(islice(low, ALERTS)))):
        open_alert(rule, response)
        _see_to(changes.followed(response), place * 3 // ALERTS, member)


def _see_to(follow_up: FollowUp, thirds: int, member: Member) -> None:
    """Close those of the first third, assign those of the second, leave the last."""
    if thirds == 2:
        return
    changes.assign(follow_up, member, member.user)
    if thirds == 1:
        changes.note(follow_up, CALLED, member.user)
    else:
        changes.close(follow_up, SOLVED, member.user)
