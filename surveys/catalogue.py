"""The instruments an organisation may use: the built-in ones, and those it brought itself."""

import logging
from functools import lru_cache
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from scoring.instrument import Instrument
from scoring.instrument.file import BUILTIN_FOLDER, InstrumentError, builtin, parse
from surveys.models import Organisation, OwnInstrument, Survey, User
from surveys.questionnaire.content import parsed
from surveys.questionnaire.parts import OWN

log = logging.getLogger(__name__)
MOST_OWN = 100  # of an organisation: all of them are read for every page that offers them


class Listed(NamedTuple):
    """An instrument of the catalogue, with the text of its file."""

    instrument: Instrument
    text: str
    is_own: bool


class InstrumentInUse(ValueError):
    """An instrument that drafts still ask; `surveys` are theirs."""

    def __init__(self, surveys: list[Survey]) -> None:
        names = get_text_list([survey.name for survey in surveys], _("and"))
        super().__init__(_("Take it out of the drafts that use it first: %s") % names)
        self.surveys = surveys


def catalogue(organisation: Organisation) -> dict[str, Listed]:
    """Every instrument by its id, built-in ones first."""
    own = OwnInstrument.objects.filter(organisation=organisation).order_by("instrument_id")
    return {
        **{name: Listed(made, _text(name), False) for name, made in builtin().items()},
        **{one.instrument_id: Listed(read, one.text, True) for one in own if (read := _legible(one))},
    }


def _legible(own: OwnInstrument) -> Instrument | None:
    """None for one that was taken in before and that the reader of today refuses: the others stay usable."""
    try:
        return parsed(own.text, own.instrument_id)
    except InstrumentError as error:
        log.warning("own instrument %s of organisation %s: %s", own.instrument_id, own.organisation_id, error)
        return None


def read_instrument(organisation: Organisation, text: str, filename: str) -> Instrument:
    """An instrument file as it could be taken in. Raises InstrumentError naming the key and the cure."""
    instrument = parse(text, filename)
    if instrument.id in builtin() or instrument.id == OWN:
        raise InstrumentError(filename, "id", _("“%s” is taken; choose another id") % instrument.id)
    own = OwnInstrument.objects.filter(organisation=organisation)
    if not own.filter(instrument_id=instrument.id).exists() and own.count() >= MOST_OWN:
        raise InstrumentError(
            filename, "file", _("There are %d instruments of your own already; remove one first") % MOST_OWN
        )
    return instrument


def add_instrument(organisation: Organisation, text: str, filename: str, by: User | None) -> Instrument:
    """Take in an instrument file, or a new text of one that is there; what was published keeps the old one.

    Raises InstrumentError naming the key and what would be right.
    """
    instrument = read_instrument(organisation, text, filename)
    try:
        with transaction.atomic():
            OwnInstrument.objects.update_or_create(
                organisation=organisation,
                instrument_id=instrument.id,
                defaults={"text": text, "uploaded_by": by},
            )
    except IntegrityError:  # sent twice at the same time: the other one made it
        OwnInstrument.objects.filter(organisation=organisation, instrument_id=instrument.id).update(text=text)
    return instrument


def own_instrument(organisation: Organisation, instrument_id: str) -> OwnInstrument | None:
    """The organisation's own instrument with this id, with who brought it."""
    own = OwnInstrument.objects.filter(organisation=organisation, instrument_id=instrument_id)
    return own.select_related("uploaded_by").first()


def drafts_with(organisation: Organisation, instrument_id: str) -> list[Survey]:
    """The surveys whose draft asks the instrument, published before or not."""
    surveys = Survey.objects.filter(organisation=organisation).order_by("name", "pk")
    return [survey for survey in surveys if instrument_id in survey.instrument_ids]


@transaction.atomic
def remove_instrument(organisation: Organisation, instrument_id: str) -> None:
    """Take an own instrument out of the catalogue; what was published keeps its text. Again does nothing.

    Raises InstrumentInUse where a draft asks it.
    """
    if asking := drafts_with(organisation, instrument_id):
        raise InstrumentInUse(asking)
    OwnInstrument.objects.filter(organisation=organisation, instrument_id=instrument_id).delete()


@lru_cache(maxsize=64)
def _text(builtin_id: str) -> str:
    return (BUILTIN_FOLDER / f"{builtin_id}.toml").read_text(encoding="utf-8")
