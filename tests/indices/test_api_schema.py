"""The API's own description: valid, complete, and kept by what the API really answers."""

from typing import Any

import jsonschema
import pytest
import yaml
from django.test import Client
from drf_spectacular.validation import validate_schema

from surveys.periods import add_wave
from tests.cast import REGION, owner_of, published, signed_in

pytestmark = pytest.mark.django_db
SURVEYS = "/api/v1/organisations/{organisation}/surveys/"
SURVEY = f"{SURVEYS}{{survey}}/"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(Client().get("/api/v1/schema/").content)
    return found


def test_it_is_valid_openapi_3_1_and_names_every_address(schema: dict[str, Any]) -> None:
    validate_schema(schema)
    assert schema["openapi"].startswith("3.1")
    assert {path: set(methods) for path, methods in schema["paths"].items()} == {
        SURVEYS: {"get"},
        f"{SURVEY}periods/": {"get"},
        f"{SURVEY}runs/": {"get", "post"},
    }


def conforms(schema: dict[str, Any], content: Any, path: str, method: str, status: int) -> None:
    """Raises ValidationError where an answer is not what the schema promises."""
    media = schema["paths"][path][method]["responses"][str(status)]["content"]["application/json"]
    jsonschema.validate(content, {**media["schema"], "components": schema["components"]})


def test_answers_are_what_it_promises(schema: dict[str, Any]) -> None:
    alice = owner_of("acme", "alice@example.org")
    survey, api = published(alice, period_kind="waves", segments=[REGION]), signed_in(alice)
    wave = add_wave(survey, "2025", None, None)
    own = f"/api/v1/organisations/acme/surveys/{survey.public_id}/"
    asked = api.post(f"{own}runs/", {"period": wave.public_id}, content_type="application/json")
    refused = api.post(f"{own}runs/", {}, content_type="application/json")
    conforms(schema, asked.json(), f"{SURVEY}runs/", "post", 202)
    conforms(schema, refused.json(), f"{SURVEY}runs/", "post", 400)
    conforms(schema, api.get(f"{own}runs/").json(), f"{SURVEY}runs/", "get", 200)
    conforms(schema, api.get(f"{own}periods/").json(), f"{SURVEY}periods/", "get", 200)
    conforms(schema, api.get("/api/v1/organisations/acme/surveys/").json(), SURVEYS, "get", 200)
    with pytest.raises(jsonschema.ValidationError):
        conforms(schema, {}, f"{SURVEY}runs/", "post", 202)
