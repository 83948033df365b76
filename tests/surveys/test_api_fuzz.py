"""Every body that the API takes, with something impossible in each of its places: refused, never a crash."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from tests.cast import own_nps, signed_in
from tests.surveys.endpoints import Tenant
from tests.surveys.test_api_surveys import WHOLE

pytestmark = [pytest.mark.django_db, pytest.mark.figures]
IMPOSSIBLE: list[Any] = [
    None, True, -1, 0, 1e308, 10**400, 1.5, "", "\0", "\ud800", "x" * 6_000, "' OR 1=1 --", "{{7*7}}", "٣",
    [], {}, [[]], [None], {"": None}, {"en": 1}, {"en": "\0"}, [{"kind": "page"}],
    {"kind": "page", "code": "p"},
]  # fmt: skip
BODIES: dict[str, tuple[str, Any]] = {
    "api-surveys": ("POST", WHOLE),
    "api-survey": ("PATCH", WHOLE),
    "api-publish": ("POST", {"keeps": {"ecsi": True}}),
    "api-state": ("POST", {"state": "open"}),
    "api-links": ("POST", {"count": 2, "expires_at": "2999-01-01T00:00:00Z"}),
    "api-channels": ("POST", {"name": "Counter", "segments": {"region": "north"}}),
    "api-channel": ("PATCH", {"name": "Counter", "is_active": False}),
    "api-frame-origins": ("PUT", {"origins": ["https://www.example.org"]}),
    "api-contacts": (
        "POST",
        {
            "contacts": [
                {"email": "a@b.example", "key": "k", "name": "n", "language": "en", "segments": {"x": "y"}}
            ]
        },
    ),
    "api-mailings": (
        "POST",
        {
            "texts": {"en": {"subject": "x", "body": "{link} {opt_out}"}},
            "send_at": "2026-01-01T00:00:00Z",
            "remind_after_days": 3,
            "most_reminders": 1,
            "reminder_texts": {"en": {"subject": "x", "body": "{link} {opt_out}"}},
            "sample_size": 5,
            "segment": "region",
            "option": "north",
            "key": "a-key-of-a-program",
        },
    ),
    "api-mailing-trial": ("POST", {"texts": {"en": {"subject": "x", "body": "{link} {opt_out}"}}}),
    "api-mail-rules": ("PUT", {"rest_days": 30, "per_minute": 100}),
    "api-exports": ("POST", {"kind": "csv", "language": "en", "with_labels": True}),
    "api-periods": ("POST", {"name": "x", "first_day": "2026-01-01", "last_day": "2026-12-31"}),
    "api-instruments": ("POST", {"toml": own_nps("own_nps")}),
    "api-response": ("PATCH", {"is_excluded": True, "reason": "x"}),
    "api-follow-up": ("PATCH", {"owner": None, "is_closed": True, "reason": "x"}),
    "api-follow-up-notes": ("POST", {"text": "x", "key": "a-key-of-one-note"}),
    "api-alert-rules": (
        "POST",
        {
            "item": "ecsi.image1",
            "lowest": 1,
            "highest": 3,
            "recipients": [],
            "webhook": None,
            "is_active": True,
        },
    ),
    "api-webhooks": ("POST", {"url": "https://hooks.example.org/x", "events": ["index.released"]}),
    "api-webhook": ("PATCH", {"events": ["index.released"]}),
    "api-hand-in": (
        "POST",
        {
            "key": "a-key-of-a-program",
            "language": "en",
            "consent": True,
            "t": "x",
            "c": "x",
            "answers": {"ecsi.image1": 7},
        },
    ),
}
TURNS = 3  # a third of the values in every place, each third in a third of the places: the rest are alike


def places(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to every value inside."""
    inner = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for name, value in inner:
        yield (*path, name)
        yield from places(value, (*path, name))


def instead(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(body)
    holder = changed
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value
    return changed


def is_answered(answer: Any) -> bool:
    """Taken, or refused in the one form of refusals, each problem said."""
    if answer.status_code < 300:
        return True
    kind, content = answer.headers["Content-Type"], answer.json()
    said = all(isinstance(row["field"], str) and row["problem"] for row in content["problems"])
    return answer.status_code < 500 and kind == "application/problem+json" and content["problems"] and said


@pytest.mark.parametrize("name", BODIES)
def test_something_impossible_in_any_place_is_answered(acme: Tenant, name: str) -> None:
    method, body = BODIES[name]
    client, address = signed_in(acme.owner), acme.address(name)
    for number, path in enumerate(places(body)):
        for value in IMPOSSIBLE[number % TURNS :: TURNS]:
            raw = json.dumps(instead(body, path, value))
            answer = client.generic(method, address, raw, content_type="application/json")
            assert is_answered(answer), (path, value, answer.status_code)
    for name_of_list in ("api-surveys", "api-survey", "api-versions", "api-instruments", "api-questionnaire"):
        assert client.get(acme.address(name_of_list)).status_code == 200


@pytest.mark.parametrize("name", [name for name in BODIES if name != "api-hand-in"])
def test_a_stranger_learns_nothing_from_a_bad_body(acme: Tenant, name: str) -> None:
    """Who calls is looked at before what is sent."""
    for raw in ("{", "[]", '{"name": 1}', "[" * 100_000):
        answer = Client().generic(BODIES[name][0], acme.address(name), raw, content_type="application/json")
        assert answer.status_code == 403
