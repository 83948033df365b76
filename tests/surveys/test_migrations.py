"""Data of an older release comes through the migrations whole."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from scoring.instrument.file import BUILTIN_FOLDER, builtin
from surveys.models import Survey, TextAnswer, Version
from surveys.questionnaire.content import digest_of
from tests.cast import REGION, WORDS


@pytest.fixture
def old_database(tmp_path: Path, django_db_blocker: Any) -> Any:
    """A database of its own, as the first release left it."""
    base = {**connections["default"].settings_dict, "ENGINE": "django.db.backends.sqlite3", "OPTIONS": {}}
    connections.databases["old"] = {**base, "NAME": str(tmp_path / "old.sqlite3")}
    with django_db_blocker.unblock():
        yield connections["old"]
        connections["old"].close()
    del connections["old"], connections.databases["old"]


def test_a_survey_of_one_instrument_becomes_parts_and_keeps_its_key(old_database: Any) -> None:
    assert settings.DATABASES  # settings are loaded before the connection is made
    executor = MigrationExecutor(old_database)
    executor.migrate([("surveys", "0002_apitoken")])
    old = executor.loader.project_state([("surveys", "0002_apitoken")]).apps
    text = (BUILTIN_FOLDER / "ecsi.toml").read_text(encoding="utf-8")
    segment = {name: REGION[name] for name in ("code", "text", "options")}
    organisation = old.get_model("surveys", "Organisation").objects.using("old").create(slug="acme", name="A")
    survey = (
        old.get_model("surveys", "Survey")
        .objects.using("old")
        .create(
            organisation=organisation,
            name="S",
            instrument_id="ecsi",
            languages=["en"],
            words=WORDS,
            segments=[segment],
        )
    )
    old.get_model("surveys", "Version").objects.using("old").create(
        survey=survey,
        number=1,
        snapshot={"instrument": text, "languages": ["en"], "words": WORDS, "segments": [segment]},
        digest="0" * 64,
        measurement_key="k" * 32,
    )
    executor = MigrationExecutor(old_database)
    executor.migrate(executor.loader.graph.leaf_nodes("surveys"))

    moved = Survey.objects.using("old").get()
    version = Version.objects.using("old").get()
    assert moved.instrument_ids == ["ecsi"] and len(moved.parts) == 2
    assert [(use.instrument_id, use.kind, use.measurement_key) for use in version.uses.all()] == [
        ("ecsi", "structural", "k" * 32)
    ]
    assert version.digest == digest_of(version.snapshot)
    assert [item.code for item in version.content.instruments["ecsi"].items] == [
        item.code for item in builtin()["ecsi"].items
    ]
    assert [(one.code, len(one.options)) for one in version.content.segments] == [("region", 2)]


def test_texts_that_are_there_get_ids_of_their_own(old_database: Any) -> None:
    executor = MigrationExecutor(old_database)
    executor.migrate([("surveys", "0010_margins")])
    old = executor.loader.project_state([("surveys", "0010_margins")]).apps

    def made(model: str, **fields: Any) -> Any:
        return old.get_model("surveys", model).objects.using("old").create(**fields)

    survey = made("Survey", organisation=made("Organisation", slug="acme", name="A"), name="S")
    version = made("Version", survey=survey, number=1, snapshot={}, digest="0" * 64)
    response = made("Response", survey=survey, version=version, language="en")
    for number in range(3):
        made("TextAnswer", response=response, code=f"own.q{number}", text="x")
    executor = MigrationExecutor(old_database)
    executor.migrate(executor.loader.graph.leaf_nodes("surveys"))
    ids = TextAnswer.objects.using("old").values_list("public_id", flat=True)
    assert len(set(ids)) == 3 and all(len(one) == 22 for one in ids)
