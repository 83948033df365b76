"""Publishing freezes a survey's draft into an immutable version."""

import hashlib
import json
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from scoring.instrument import Instrument
from scoring.instrument_file import BUILTIN_FOLDER, builtin
from surveys.models import Survey, User, Version


class PublishingRefused(ValueError):
    """The draft cannot be published; `field` says where the mistake is."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.field = field


def snapshot(survey: Survey) -> dict[str, Any]:
    """Everything that decides what a respondent sees and how the answers are measured."""
    return {
        "instrument": (BUILTIN_FOLDER / f"{survey.instrument_id}.toml").read_text(encoding="utf-8"),
        "languages": survey.languages,
        "words": survey.words,
        "segments": survey.segments,
    }


def digest_of(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@transaction.atomic
def publish(survey: Survey, by: User | None) -> Version:
    """Freeze the draft and open the survey. Publishing an unchanged draft again gives the same version.

    Raises PublishingRefused.
    """
    survey = Survey.objects.select_for_update(no_key=True).get(pk=survey.pk)
    instrument = checked_instrument(survey)
    content = snapshot(survey)
    digest = digest_of(content)
    latest = survey.current_version
    Survey.objects.filter(pk=survey.pk).update(state=Survey.State.OPEN)
    if latest and latest.digest == digest:
        return latest
    return Version.objects.create(
        survey=survey,
        number=latest.number + 1 if latest else 1,
        snapshot=content,
        digest=digest,
        measurement_key=instrument.measurement_key(),
        published_by=by,
    )


def close(survey: Survey) -> None:
    """Take no more answers; those already given stay."""
    Survey.objects.filter(pk=survey.pk, state=Survey.State.OPEN).update(state=Survey.State.CLOSED)


def reopen(survey: Survey) -> None:
    Survey.objects.filter(pk=survey.pk, state=Survey.State.CLOSED).update(state=Survey.State.OPEN)


def checked_instrument(survey: Survey) -> Instrument:
    instrument = builtin().get(survey.instrument_id)
    if instrument is None:
        raise PublishingRefused("instrument_id", _("This instrument is not installed."))
    if not survey.languages:
        raise PublishingRefused("languages", _("Choose at least one language."))
    for language in survey.languages:
        if language not in instrument.languages:
            raise PublishingRefused("languages", _("The instrument has no text in %s.") % language)
        for name in instrument.placeholders:
            if not survey.words.get(name, {}).get(language, "").strip():
                raise PublishingRefused(f"{name}_{language}", _("Fill this in; the questions use it."))
    return instrument
