"""Publishing freezes a survey's draft into an immutable version."""

import hashlib
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from scoring.errors import ModelError
from scoring.instrument import Instrument
from scoring.instrument.file import InstrumentError
from surveys.catalogue import catalogue
from surveys.models import Survey, Use, User, Version
from surveys.questionnaire.content import Content, digest_of
from surveys.questionnaire.mistakes import Mistake, mistakes
from surveys.questionnaire.parts import InstrumentPart, PartRefused, read_parts


class PublishingRefused(ValueError):
    """The draft cannot be published; `mistakes` says what is wrong, and where."""

    def __init__(self, found: list[Mistake]) -> None:
        super().__init__("; ".join(f"{one.place}: {one.problem}" for one in found))
        self.mistakes = found


def snapshot(survey: Survey) -> dict[str, Any]:
    """Everything that decides what a respondent sees and how the answers are measured.

    Raises PublishingRefused where an instrument is not there (any more), or a part is not written as one.
    """
    try:
        parts = read_parts(survey.parts)
    except PartRefused as refused:
        raise PublishingRefused([Mistake(refused.place, str(refused))]) from None
    known = catalogue(survey.organisation)
    texts = {}
    for number, part in enumerate(parts):
        if isinstance(part, InstrumentPart):
            if part.instrument not in known:
                missing = Mistake(f"parts[{number}].instrument", _("This instrument is not installed."))
                raise PublishingRefused([missing])
            texts[part.instrument] = known[part.instrument].text
    return {
        "parts": survey.parts,
        "instruments": texts,
        "languages": survey.languages,
        "words": survey.words,
        "consent": survey.consent,
        "thanks": survey.thanks,
        "onward": survey.onward,
    }


def draft_content(survey: Survey) -> Content:
    """What the survey would ask if it were published now. Raises PublishingRefused."""
    content = Content(snapshot(survey))
    for number, part in enumerate(content.parts):
        if isinstance(part, InstrumentPart):
            try:
                content.instrument(part)
            except (InstrumentError, ModelError) as error:
                raise PublishingRefused([Mistake(f"parts[{number}]", str(error))]) from None
    return content


def draft_mistakes(survey: Survey) -> list[Mistake]:
    """What must be put right before the draft can be published."""
    try:
        return mistakes(draft_content(survey))
    except PublishingRefused as refused:
        return refused.mistakes


def is_changed(survey: Survey) -> bool:
    """Whether the draft is not what was published last."""
    latest = survey.current_version
    try:
        return latest is None or digest_of(snapshot(survey)) != latest.digest
    except PublishingRefused:
        return True


@transaction.atomic
def publish(survey: Survey, by: User | None, keeps: Mapping[str, bool] | None = None) -> Version:
    """Freeze the draft and open the survey. Publishing an unchanged draft again gives the same version.

    `keeps` says, for each instrument whose wording changed, whether it still measures the same: only then
    are its answers pooled with the earlier ones. Raises PublishingRefused.
    """
    survey = Survey.objects.select_for_update(no_key=True).get(pk=survey.pk)
    content = draft_content(survey)
    if found := mistakes(content):
        raise PublishingRefused(found)
    latest = survey.current_version
    if latest is None or latest.digest != content.digest:
        uses = _uses(survey, content, keeps or {})
        latest = Version.objects.create(
            survey=survey,
            number=latest.number + 1 if latest else 1,
            snapshot=content.snapshot,
            digest=content.digest,
            published_by=by,
        )
        for use in uses:
            use.version = latest
        Use.objects.bulk_create(uses)
    Survey.objects.filter(pk=survey.pk).update(state=Survey.State.OPEN)
    return latest


def reworded(survey: Survey) -> dict[str, Use]:
    """The instruments of the draft that ask in other words what was asked before, with their last use."""
    content = draft_content(survey)
    found = {}
    for name, instrument in content.instruments.items():
        last = last_use(survey, instrument)
        if last and _is_reworded(_last_wording(survey, last), wording(content, instrument)):
            found[name] = last
    return found


def wording(content: Content, instrument: Instrument) -> dict[str, str]:
    """For each language a digest of the instrument's texts with those of the survey's words it uses."""
    return {
        language: _wording(content.words(language), instrument, language) for language in content.languages
    }


def _wording(words: Mapping[str, str], instrument: Instrument, language: str) -> str:
    used = [(name, words.get(name, "")) for name in sorted(instrument.placeholders)]
    said = repr((instrument.wording_digest([language]), used))
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _last_wording(survey: Survey, last: Use) -> dict[str, str]:
    """As each language was asked last under the use's key: a language may have been away for a version."""
    uses = Use.objects.filter(version__survey=survey, measurement_key=last.measurement_key)
    wordings = uses.order_by("version__number").values_list("wording", flat=True)
    return {language: digest for one in wordings for language, digest in one.items()}


def _is_reworded(before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """A language more or less is no change of wording."""
    return any(before[language] != now[language] for language in before.keys() & now.keys())


def _uses(survey: Survey, content: Content, keeps: Mapping[str, bool]) -> list[Use]:
    asked = [
        Mistake(f"keeps.{name}", _("The wording changed: say whether it still measures the same."))
        for name in reworded(survey)
        if name not in keeps
    ]
    if asked:
        raise PublishingRefused(asked)
    return [
        _use(survey, content, place, instrument, keeps.get(name, True))
        for place, (name, instrument) in enumerate(content.instruments.items())
    ]


def _use(survey: Survey, content: Content, place: int, instrument: Instrument, keeps: bool) -> Use:
    last = last_use(survey, instrument)
    series = 0 if last is None else last.series + (0 if keeps else 1)
    return Use(
        position=place,
        instrument_id=instrument.id,
        kind=instrument.kind,
        measurement_key=key_in_series(instrument.measurement_key(), series),
        series=series,
        wording=wording(content, instrument),
    )


def last_use(survey: Survey, instrument: Instrument) -> Use | None:
    """The latest use in the survey that measured the same items on the same scales, in whatever words."""
    base = instrument.measurement_key()
    uses = Use.objects.filter(version__survey=survey, instrument_id=instrument.id)
    return next(
        (
            use
            for use in uses.order_by("-version__number")
            if use.measurement_key == key_in_series(base, use.series)
        ),
        None,
    )


def key_in_series(base: str, series: int) -> str:
    """The measurement key of an instrument whose wording was declared a new measurement `series` times."""
    return hashlib.sha256(f"{base}/{series}".encode()).hexdigest()[:32] if series else base


def close(survey: Survey) -> None:
    """Take no more answers; those already given stay."""
    Survey.objects.filter(pk=survey.pk, state=Survey.State.OPEN).update(state=Survey.State.CLOSED)


def reopen(survey: Survey) -> None:
    Survey.objects.filter(pk=survey.pk, state=Survey.State.CLOSED).update(state=Survey.State.OPEN)
