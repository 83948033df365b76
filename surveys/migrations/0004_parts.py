"""A survey of one instrument with segment questions becomes a list of parts; a version's key moves to its use."""

import hashlib
import json

from django.db import migrations


def parts_of(instrument, segments):
    parts = [{"kind": "instrument", "instrument": instrument}] if instrument else []
    if segments:
        questions = [{**segment, "type": "single", "segment": True} for segment in segments]
        parts.append({"kind": "page", "code": "about_you", "questions": questions})
    return parts


def snapshot_of(survey, old):
    return {
        "parts": parts_of(survey.instrument_id, old["segments"]),
        "instruments": {survey.instrument_id: old["instrument"]},
        "languages": old["languages"],
        "words": old["words"],
        "consent": {},
        "thanks": {},
        "onward": "",
    }


def forward(apps, schema_editor):
    database = schema_editor.connection.alias
    for survey in apps.get_model("surveys", "Survey").objects.using(database):
        survey.parts = parts_of(survey.instrument_id, survey.segments)
        survey.save(update_fields=["parts"])
    use = apps.get_model("surveys", "Use")
    for version in apps.get_model("surveys", "Version").objects.using(database).select_related("survey"):
        version.snapshot = snapshot_of(version.survey, version.snapshot)
        content = json.dumps(version.snapshot, sort_keys=True, ensure_ascii=False)
        version.digest = hashlib.sha256(content.encode()).hexdigest()
        version.save(update_fields=["snapshot", "digest"])
        use.objects.using(database).create(
            version=version,
            position=0,
            instrument_id=version.survey.instrument_id,
            kind="structural",
            measurement_key=version.measurement_key,
        )


class Migration(migrations.Migration):
    dependencies = [("surveys", "0003_questionnaires")]

    operations = [migrations.RunPython(forward)]
