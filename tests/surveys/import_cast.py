"""The survey and the files that the tests of imports share."""

import itertools
from typing import Any

from surveys.models import Member, Organisation, Response, Survey, User
from surveys.publishing import publish
from tests.cast import ECSI, page_of

ITEMS = (
    [f"image{n}" for n in range(1, 6)]
    + [f"expectations{n}" for n in range(1, 4)]
    + [f"quality{n}" for n in range(1, 8)]
    + ["value1", "value2", "satisfaction1", "satisfaction2", "satisfaction3"]
    + ["complaints1", "loyalty1", "loyalty2", "loyalty3"]
)
REGION = {
    "code": "region",
    "type": "single",
    "segment": True,
    "text": {"en": "Region", "zh-hant": "地區"},
    "options": [
        {"code": "north", "text": {"en": "The north", "zh-hant": "北部"}},
        {"code": "south", "text": {"en": "The south", "zh-hant": "南部"}},
    ],
}
_numbers = itertools.count(1)


def make_member(role: str = "analyst", time_zone: str = "Asia/Taipei") -> Member:
    number = next(_numbers)
    organisation = Organisation.objects.create(slug=f"org-{number}", name="Org", time_zone=time_zone)
    user = User.objects.create_user(f"person{number}@example.org", None)
    return Member.objects.create(organisation=organisation, user=user, role=role)


def make_survey(kind: str = "waves", time_zone: str = "Asia/Taipei", **fields: Any) -> Survey:
    """A published survey with the segment question `region`."""
    survey = draft_survey(make_member(time_zone=time_zone).organisation, kind, **fields)
    publish(survey, None)
    survey.refresh_from_db()
    return survey


def draft_survey(organisation: Organisation, kind: str = "waves", **fields: Any) -> Survey:
    languages = ["en", "zh-hant"]
    words = {name: dict.fromkeys(languages, "Mobi") for name in ("company", "category")}
    parts = [ECSI, page_of(REGION)]
    values = {"name": "Mobi", "languages": languages, "words": words, "parts": parts, **fields}
    return Survey.objects.create(organisation=organisation, period_kind=kind, **values)


def csv_of(*rows: str, header: str = "image1,image2") -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def answers_of(survey: Survey) -> list[dict[str, Any]]:
    return list(Response.objects.filter(survey=survey).order_by("pk").values_list("answers", flat=True))
