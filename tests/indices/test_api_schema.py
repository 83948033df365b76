"""The API's own description: valid, complete, and kept by what the API really answers."""

import json
import re
import shlex
from itertools import pairwise
from typing import Any

import jsonschema
import pytest
import yaml
from django.test import Client
from drf_spectacular.validation import validate_schema

from scoring.instrument.file import builtin
from surveys.api.tokens import make_token
from surveys.follow_up.alerts import open_alert
from surveys.models import AlertRule, Response
from surveys.periods import add_wave
from tests.cast import REGION, add_done_run, own_nps, owner_of, published, signed_in
from tests.surveys.export_cast import made

pytestmark = [pytest.mark.django_db, pytest.mark.words]
ORGANISATION = "/api/v1/organisations/{organisation}/"
SURVEYS = f"{ORGANISATION}surveys/"
SURVEY = f"{SURVEYS}{{survey}}/"
QUESTIONNAIRE = "/api/v1/questionnaires/{survey}/"
KEY = "a-key-of-a-program"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(Client().get("/api/v1/schema/").content)
    return found


def test_it_is_valid_openapi_3_1_and_names_every_address(schema: dict[str, Any]) -> None:
    validate_schema(schema)
    assert schema["openapi"].startswith("3.1")
    assert {path: set(methods) for path, methods in schema["paths"].items()} == {
        ORGANISATION: {"get", "patch"},
        f"{ORGANISATION}home/": {"get"},
        SURVEYS: {"get", "post"},
        SURVEY: {"get", "patch"},
        f"{SURVEY}periods/": {"get", "post"},
        f"{SURVEY}weighting/": {"get", "put"},
        f"{SURVEY}publish/": {"post"},
        f"{SURVEY}versions/": {"get"},
        f"{SURVEY}state/": {"post"},
        f"{SURVEY}links/": {"post"},
        f"{SURVEY}quotas/": {"get", "post"},
        f"{SURVEY}quotas/{{quota}}/": {"get", "patch", "delete"},
        f"{SURVEY}invitations/": {"get", "post"},
        f"{SURVEY}invitations/{{mailing}}/": {"get", "delete"},
        f"{SURVEY}invitations/test/": {"post"},
        f"{ORGANISATION}mail-rules/": {"get", "put"},
        f"{ORGANISATION}contacts/": {"get", "post"},
        f"{ORGANISATION}contacts/{{contact}}/bounce/": {"delete"},
        f"{ORGANISATION}contacts/{{contact}}/opt-out/": {"post"},
        f"{ORGANISATION}contacts/{{contact}}/": {"get", "delete"},
        f"{SURVEY}exports/": {"get", "post"},
        f"{SURVEY}exports/{{export}}/": {"get"},
        f"{SURVEY}exports/{{export}}/file/": {"get"},
        f"{SURVEY}exports/{{export}}/cancel/": {"post"},
        f"{SURVEY}responses/": {"get"},
        f"{SURVEY}responses/{{response_id}}/": {"get", "patch"},
        f"{SURVEY}report/pdf/": {"get"},
        f"{SURVEY}report/workbook/": {"get"},
        f"{SURVEY}report/tables/": {"get"},
        f"{SURVEY}report/tables/{{table}}.csv": {"get"},
        f"{SURVEY}comments/": {"get"},
        f"{SURVEY}comments/{{comment}}/follow-up/": {"post"},
        f"{SURVEY}follow-ups/{{follow_up}}/": {"get", "patch"},
        f"{SURVEY}follow-ups/{{follow_up}}/notes/": {"post"},
        f"{SURVEY}alerts/": {"get"},
        f"{SURVEY}alert-rules/": {"get", "post"},
        f"{SURVEY}alert-rules/{{rule}}/": {"get", "patch", "delete"},
        f"{SURVEY}webhooks/": {"get", "post"},
        f"{SURVEY}webhooks/{{webhook}}/": {"get", "patch", "delete"},
        f"{SURVEY}webhooks/{{webhook}}/secret/": {"post"},
        f"{SURVEY}webhooks/{{webhook}}/test/": {"post"},
        f"{SURVEY}webhooks/{{webhook}}/again/": {"post"},
        f"{SURVEY}channels/": {"get", "post"},
        f"{SURVEY}channels/{{channel}}/": {"get", "patch"},
        f"{SURVEY}frame-origins/": {"get", "put"},
        f"{SURVEY}runs/": {"get", "post"},
        f"{SURVEY}runs/cancel/": {"post"},
        f"{SURVEY}runs/{{run}}/cancel/": {"post"},
        f"{SURVEY}runs/{{run}}/drivers/": {"get"},
        f"{SURVEY}runs/{{run}}/expected/": {"get"},
        f"{SURVEY}runs/{{run}}/rankings/": {"get"},
        f"{SURVEY}runs/{{run}}/against/{{other}}/": {"get"},
        f"{SURVEY}runs/{{run}}/folder/": {"get"},
        f"{SURVEY}share-links/": {"get", "post"},
        f"{SURVEY}share-links/{{share_link}}/revoke/": {"post"},
        f"{ORGANISATION}instruments/": {"get", "post"},
        f"{ORGANISATION}instruments/{{instrument}}/": {"get"},
        QUESTIONNAIRE: {"get"},
        f"{QUESTIONNAIRE}responses/": {"post"},
    }


def test_it_is_made_without_a_warning(capsys: Any) -> None:
    """A warning of the generator is a type or a name that it could only guess."""
    Client().get("/api/v1/schema/")
    assert "arning" not in capsys.readouterr().err


def test_an_organisations_addresses_may_be_called_with_a_token_or_signed_in(schema: dict[str, Any]) -> None:
    scheme = schema["components"]["securitySchemes"]["apiToken"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            if path.startswith(QUESTIONNAIRE):
                assert operation["security"] == [{}] and {"400", "404"} <= set(operation["responses"])
            else:
                assert operation["security"] == [{"apiToken": []}, {"cookieAuth": []}]
                assert {"400", "401", "403", "404"} <= set(operation["responses"])


def test_every_operation_says_what_it_does_and_has_a_name_of_its_own(schema: dict[str, Any]) -> None:
    operations = [one for methods in schema["paths"].values() for one in methods.values()]
    assert all(one.get("description") for one in operations)
    assert len({one["operationId"] for one in operations}) == len(operations)


def run(command: str, known: dict[str, str], address: str) -> Any:
    """What the service answers to a curl command."""
    words = shlex.split(re.sub(r"\$([A-Z]+)", lambda name: known[name[1]], command))
    options = list(pairwise(words))
    headers = dict(value.split(": ") for option, value in options if option == "-H")
    body = next((value for option, value in options if option == "-d"), None)
    method = next((value for option, value in options if option == "-X"), "POST" if body else "GET")
    assert words[-1].startswith(f"{address}/")
    kind = headers.get("Content-Type", "")
    caller = Client(headers=headers, enforce_csrf_checks=True)
    return caller.generic(method, words[-1].removeprefix(address), body or "", content_type=kind)


def test_the_worked_example_works(schema: dict[str, Any], settings: Any) -> None:
    """Each curl command of the introduction, in its order, each with what the ones before answered."""
    introduction = schema["info"]["description"].replace("\\\n", "")
    api = f"{settings.PUBLIC_URL}/api/v1"
    assert f"API={api}\nSURVEYS=$API/organisations/acme/surveys\n" in introduction
    token = make_token(owner_of("acme", "alice@example.org"), "A program", "edit", 30)
    known = {"API": api, "SURVEYS": f"{api}/organisations/acme/surveys", "TOKEN": token}
    commands = [line for line in introduction.splitlines() if line.startswith("curl ")]
    seen = []
    for command in commands:
        answer = run(command, known, settings.PUBLIC_URL)
        seen.append((answer.status_code, answer.json()))
        if len(seen) == 1:
            known["SURVEY"] = answer.json()["id"]
        if command.endswith("/periods/"):
            known["PERIOD"] = answer.json()["results"][0]["id"]
        if command.endswith("/webhooks/"):
            known["WEBHOOK"] = answer.json()["id"]
    draft, changed, published, questionnaire, handed_in, _periods, asked, _runs, _webhook, test = seen
    assert [status for status, _content in seen] == [201, 200, 200, 200, 201, 200, 202, 200, 201, 202]
    assert test[1]["test"]["state"] == "waiting"
    assert draft[1]["mistakes"] and not changed[1]["mistakes"] and published[1]["number"] == 1
    assert len(questionnaire[1]["pages"]) == 7 and handed_in[1]["state"] == "finished"
    assert asked[1]["runs"][0]["status"] == "queued"


def conforms(schema: dict[str, Any], content: Any, path: str, method: str, status: int) -> None:
    """Raises ValidationError where an answer is not what the schema promises."""
    kind = "application/json" if status < 400 else "application/problem+json"
    media = schema["paths"][path][method]["responses"][str(status)]["content"][kind]
    jsonschema.validate(content, {**media["schema"], "components": schema["components"]})


def resolved(schema: dict[str, Any], path: str) -> str:
    """The path as the schema writes it."""
    shapes: dict[str, str] = {re.sub(r"\{\w+\}", "[^/]+", one): one for one in schema["paths"]}
    fit = [one for shape, one in shapes.items() if re.fullmatch(shape, path)]
    return min(fit, key=lambda one: one.count("{"))  # `test/` before `{mailing}/`


def test_answers_are_what_it_promises(schema: dict[str, Any]) -> None:
    alice = owner_of("acme", "alice@example.org")
    survey, client = published(alice, period_kind="waves", segments=[REGION]), signed_in(alice)
    wave = add_wave(survey, "2025", None, None)
    organisation = "/api/v1/organisations/acme/"
    own, public = f"{organisation}surveys/{survey.public_id}/", f"/api/v1/questionnaires/{survey.public_id}/"
    checked = set()

    def check(method: str, path: str, status: int, body: Any = None, **headers: str) -> Any:
        content = "" if body is None else json.dumps(body)
        caller = Client() if headers else client
        answer = caller.generic(method, path, content, content_type="application/json", headers=headers)
        shape = resolved(schema, path.partition("?")[0])
        assert answer.status_code == status, answer.content
        checked.add((shape, method.lower(), status))
        if status == 204:
            assert not answer.content
            return None
        kind = answer.headers["Content-Type"].partition(";")[0]
        if "json" not in kind:
            assert kind in schema["paths"][shape]["get"]["responses"]["200"]["content"]
            return None
        conforms(schema, answer.json(), shape, method.lower(), status)
        return answer.json()

    check("POST", f"{public}responses/", 201, {"key": KEY, "answers": {"ecsi.image1": 7}})
    check("POST", f"{public}responses/", 200, {"key": KEY, "answers": {"ecsi.image1": 7}})
    check("POST", f"{public}responses/", 409, {"key": KEY, "answers": {"ecsi.image1": 8}})
    check("POST", f"{public}responses/", 400, {"key": KEY, "answers": {"ecsi.image1": 11}})
    check("POST", f"{public.replace(survey.public_id, 'A' * 22)}responses/", 404, {})
    check("GET", public, 200)
    check("GET", f"{public}?language=xx", 400)
    survey.responses.update(period=wave)
    run = check("POST", f"{own}runs/", 202, {"period": wave.public_id})["runs"][0]
    check("POST", f"{own}runs/{run['id']}/cancel/", 200)
    check("POST", f"{own}runs/cancel/", 200)
    check("POST", f"{own}runs/cancel/", 200)
    check("GET", f"{own}runs/{run['id']}/folder/", 409)
    done = add_done_run(survey, wave).public_id
    shared = check("POST", f"{own}share-links/", 201, {"name": "The board", "period": wave.public_id})
    check("POST", f"{own}share-links/", 400, {"name": "The board", "segment": "region:west"})
    check("GET", f"{own}share-links/", 200)
    check("POST", f"{own}share-links/{shared['id']}/revoke/", 200)
    check("POST", f"{own}runs/{done}/cancel/", 409)
    check("GET", f"{own}runs/{done}/folder/", 200)
    check("GET", f"{own}report/pdf/?revision={run['revision']}", 404)
    check("GET", f"{own}report/pdf/?language=xx", 400)
    check("GET", f"{own}report/pdf/", 200)
    check("GET", f"{own}report/workbook/?period={wave.public_id}", 200)
    check("GET", f"{own}report/tables/?language=zh-hant", 200)
    check("GET", f"{own}report/tables/about.csv", 200)
    check("GET", f"{own}report/tables/nothing.csv", 404)
    check("GET", f"{organisation}home/", 200)
    check("GET", f"{organisation}home/?sort=name&q=customers", 200)
    check("GET", f"{organisation}home/?page=0", 400)
    for said in ("drivers", "expected", "rankings"):
        check("GET", f"{own}runs/{done}/{said}/", 200)
        check("GET", f"{own}runs/{run['id']}/{said}/", 404)  # it was cancelled
    check("GET", f"{own}runs/{done}/drivers/?outcome=weather", 400)
    check("GET", f"{own}runs/{done}/expected/?rise=21", 400)
    check("GET", f"{own}runs/{done}/against/{done}/", 200)
    check("GET", f"{own}runs/{done}/against/{run['id']}/", 404)
    check("POST", f"{own}runs/", 400, {})
    check("GET", f"{own}runs/", 200)
    check("GET", f"{own}runs/", 401, authorization="Bearer bt_unknown")
    check("GET", f"{own}runs/".replace("acme", "nowhere"), 404)
    check(
        "POST", f"{own}periods/", 201, {"name": "2026", "first_day": "2026-01-01", "last_day": "2026-12-31"}
    )
    check("GET", f"{own}periods/", 200)
    check("POST", f"{organisation}surveys/", 201, {"name": "One more"})
    check("POST", f"{organisation}surveys/", 400, {"name": ""})
    check("GET", f"{organisation}surveys/", 200)
    check("GET", own, 200)
    check("PATCH", own, 200, {"closes_at": "2999-01-01T00:00:00Z"})
    check("PATCH", own, 400, {"privacy": "confidential"})
    check("GET", f"{own}weighting/", 200)
    check("PUT", f"{own}weighting/", 200, {"margins": {"region": {"north": 60, "south": 40}}})
    check("PUT", f"{own}weighting/", 400, {"margins": {"region": {"north": 60, "south": 30}}})
    check("POST", f"{own}publish/", 200, {"keeps": {"ecsi": True}})
    check("GET", f"{own}versions/", 200)
    check("POST", f"{own}links/", 201, {"count": 2})
    quota = check("POST", f"{own}quotas/", 201, {"segments": {"region": "north"}, "most": 9})["id"]
    check("POST", f"{own}quotas/", 400, {"segments": {"region": "west"}, "most": 9})
    check("POST", f"{own}quotas/", 201, {"most": 900, "per": "period"})
    check("GET", f"{own}quotas/", 200)
    check("PATCH", f"{own}quotas/{quota}/", 200, {"most": 10, "is_active": False})
    check("GET", f"{own}quotas/{quota}/", 200)
    check("DELETE", f"{own}quotas/{quota}/", 204)
    check("POST", f"{organisation}contacts/", 200, {"contacts": [{"email": "Ann@Example.org", "key": "K1"}]})
    check("POST", f"{organisation}contacts/", 400, {"contacts": [{"email": "Ann"}]})
    (contact,) = check("GET", f"{organisation}contacts/?email=ANN@example.org", 200)["results"]
    check("GET", f"{organisation}contacts/{contact['id']}/", 200)
    check("DELETE", f"{organisation}contacts/{contact['id']}/bounce/", 204)
    check("POST", f"{organisation}contacts/{contact['id']}/opt-out/", 200)
    check("GET", f"{organisation}mail-rules/", 200)
    check("PUT", f"{organisation}mail-rules/", 200, {"rest_days": 30, "per_minute": 60})
    check("PUT", f"{organisation}mail-rules/", 400, {"rest_days": -1, "per_minute": 60})
    texts = {"en": {"subject": "{survey}", "body": "{link} {opt_out}"}}
    check("POST", f"{own}invitations/test/", 200, {"texts": texts})
    check("POST", f"{own}invitations/test/", 400, {"texts": {}})
    mailing = check("POST", f"{own}invitations/", 201, {"texts": texts, "key": KEY})["id"]
    assert check("POST", f"{own}invitations/", 201, {"texts": texts, "key": KEY})["id"] == mailing
    check("POST", f"{own}invitations/", 400, {"texts": {"en": {"subject": "x", "body": "{x}"}}})
    check("GET", f"{own}invitations/", 200)
    check("GET", f"{own}invitations/{mailing}/", 200)
    check("DELETE", f"{own}invitations/{mailing}/", 204)
    check("DELETE", f"{organisation}contacts/{contact['id']}/", 204)
    check("GET", organisation, 200)
    check("PATCH", organisation, 200, {"least_group": 12})
    check("PATCH", organisation, 400, {"least_group": 4})
    check("GET", f"{organisation}instruments/", 200)
    check("POST", f"{organisation}instruments/", 201, {"toml": own_nps("own_nps")})
    check("POST", f"{organisation}instruments/", 400, {"toml": "id = 1"})
    for name in builtin():
        check("GET", f"{organisation}instruments/{name}/", 200)
    (row,) = check("GET", f"{own}responses/", 200)["results"]
    check("GET", f"{own}responses/{row['id']}/", 200)
    check("PATCH", f"{own}responses/{row['id']}/", 200, {"is_excluded": True, "reason": "a test"})
    rule = check("POST", f"{own}alert-rules/", 201, {"item": "ecsi.image1", "lowest": 1, "highest": 7})["id"]
    check("POST", f"{own}alert-rules/", 400, {"item": "ecsi.image1", "lowest": 1, "highest": 11})
    check("GET", f"{own}alert-rules/", 200)
    check("GET", f"{own}alert-rules/{rule}/", 200)
    check("PATCH", f"{own}alert-rules/{rule}/", 200, {"highest": 8})
    response = Response.objects.get()
    response.texts.create(code="own.why", text="Too slow")
    assert open_alert(AlertRule.objects.get(), response)
    check("GET", f"{own}alerts/?state=open", 200)
    check("PATCH", f"{own}responses/{row['id']}/", 200, {"is_excluded": False})
    (comment,) = check("GET", f"{own}comments/?search=SLOW", 200)["results"]
    check("GET", f"{own}comments/?question=own.nothing", 400)
    follow_up = check("POST", f"{own}comments/{comment['id']}/follow-up/", 200)["id"]
    check("GET", f"{own}follow-ups/{follow_up}/", 200)
    check("PATCH", f"{own}follow-ups/{follow_up}/", 200, {"owner": alice.public_id})
    check("PATCH", f"{own}follow-ups/{follow_up}/", 400, {"is_closed": True})
    check("POST", f"{own}follow-ups/{follow_up}/notes/", 200, {"text": "Called", "key": KEY})
    check("DELETE", f"{own}alert-rules/{rule}/", 204)
    hook = {"url": "https://hooks.example.org/", "events": ["index.released"]}
    webhook = check("POST", f"{own}webhooks/", 201, hook)["id"]
    check("POST", f"{own}webhooks/", 400, hook)
    check("GET", f"{own}webhooks/{webhook}/", 200)
    check("PATCH", f"{own}webhooks/{webhook}/", 200, {"events": ["response.finished"]})
    check("PATCH", f"{own}webhooks/{webhook}/", 400, {"events": ["alert.opened"]})
    check("POST", f"{own}webhooks/{webhook}/secret/", 200)
    check("POST", f"{own}webhooks/{webhook}/test/", 202)
    check("POST", f"{own}webhooks/{webhook}/again/", 202)
    check("GET", f"{own}webhooks/", 200)
    check("DELETE", f"{own}webhooks/{webhook}/", 204)
    channel = check("POST", f"{own}channels/", 201, {"name": "Counter"})["id"]
    check("POST", f"{own}channels/", 400, {"name": "Counter"})
    check("GET", f"{own}channels/", 200)
    check("GET", f"{own}channels/{channel}/", 200)
    check("PATCH", f"{own}channels/{channel}/", 200, {"is_active": False})
    check("PUT", f"{own}frame-origins/", 200, {"origins": ["https://www.example.org"]})
    check("PUT", f"{own}frame-origins/", 400, {"origins": ["*"]})
    check("GET", f"{own}frame-origins/", 200)
    done = made(survey, alice, "codebook").public_id
    waiting = check("POST", f"{own}exports/", 202, {"kind": "sav"})["id"]
    check("POST", f"{own}exports/", 200, {"kind": "sav"})
    check("POST", f"{own}exports/", 400, {"kind": "pdf"})
    check("GET", f"{own}exports/", 200)
    check("GET", f"{own}exports/{done}/", 200)
    check("GET", f"{own}exports/{done}/file/", 200)
    check("GET", f"{own}exports/{waiting}/file/", 404)
    check("POST", f"{own}exports/{waiting}/cancel/", 200)
    check("POST", f"{own}exports/{done}/cancel/", 409)
    check("POST", f"{own}state/", 200, {"state": "closed"})
    check("POST", f"{public}responses/", 410, {"key": KEY + "2", "answers": {}})
    check("GET", public, 200)
    every = {(path, method) for path, methods in schema["paths"].items() for method in methods}
    assert {(path, method) for path, method, status in checked if status < 300} == every
    with pytest.raises(jsonschema.ValidationError):
        conforms(schema, {}, f"{SURVEY}runs/", "post", 202)
