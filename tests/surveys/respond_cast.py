"""Questionnaires with every kind of question, and how a respondent goes through them."""

from typing import Any

from django.test import Client

from surveys.models import Member, Response, Survey, TextAnswer
from tests.cast import WORDS, key_in, page_of, published


def said(text: str) -> dict[str, str]:
    """The same text in every language: these tests are not about words."""
    return dict.fromkeys(["en", "zh-hans", "zh-hant"], text)


def own(code: str, kind: str, text: str = "", **more: Any) -> dict[str, Any]:
    return {"code": code, "type": kind, "text": said(text or f"Your {code}?"), **more}


def options(*codes: str) -> list[dict[str, Any]]:
    return [{"code": code, "text": said(code.capitalize())} for code in codes]


def rating(code: str, low: int = 0, high: int = 10, **more: Any) -> dict[str, Any]:
    return own(code, "rating", minimum=low, maximum=high, low=said("Bad"), high=said("Good"), **more)


EVERY_KIND = [
    rating("mark"),
    own("branch", "single", options=options("harbour", "market", "station")),
    own("used", "multiple", options=options("shop", "phone", "mail")),
    own("visits", "number", minimum=0, maximum=365),
    own("since", "date"),
    own("name", "short"),
    own("wish", "long"),
]
GIVEN = {
    "own.mark": "0",
    "own.branch": "market",
    "own.used": ["shop", "mail"],
    "own.visits": "12",
    "own.since": "2026-02-28",
    "own.name": "A shop",
    "own.wish": "Open earlier.\nPlease.",
}
FEATURES = [{"code": "parking", "name": said("Free parking")}]
KANO = {"kind": "instrument", "instrument": "kano", "features": FEATURES}


def instrument(name: str, **more: Any) -> dict[str, Any]:
    return {"kind": "instrument", "instrument": name, **more}


def asking(member: Member, *parts: dict[str, Any], **fields: Any) -> Survey:
    """An open survey that asks these parts in three languages."""
    return published(member, parts=list(parts), words=WORDS, **fields)


def every_kind(member: Member, **fields: Any) -> Survey:
    """One page with a question of every kind of one's own."""
    return asking(member, page_of(*EVERY_KIND), **fields)


def address(survey: Survey) -> str:
    return f"/s/{survey.public_id}/"


class Respondent:
    """Somebody who opened the form, and sends its pages by hand."""

    def __init__(self, survey: Survey, query: str = "") -> None:
        self.survey, self.client = survey, Client()
        self.opened = self.client.get(address(survey) + query)
        self.key = key_in(self.opened)

    def send(self, page: str, fields: dict[str, Any], button: str = "next", **more: Any) -> Any:
        form = {"key": self.key, "page": page, "language": "en", button: "1", **fields, **more}
        return self.client.post(address(self.survey), form)

    def save(self, page: str, fields: dict[str, Any], **more: Any) -> Any:
        form = {"key": self.key, "page": page, "language": "en", **fields, **more}
        return self.client.post(address(self.survey) + "save/", form)


def stored() -> dict[str, Any]:
    """The answers of the one response there is, texts too."""
    response = Response.objects.get()
    return {**response.answers, **dict(TextAnswer.objects.values_list("code", "text"))}
