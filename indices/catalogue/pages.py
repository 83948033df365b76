"""Managers' pages about instruments: the catalogue, one instrument in full, and bringing one's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from indices.catalogue.forms import InstrumentFileForm, OutlineForm, TextsForm
from indices.catalogue.reading import Reading, language_of, length
from indices.catalogue.scoring_words import FAMILIES, SOURCES, explained, kind_name
from indices.report import charts
from scoring.instrument import Instrument
from scoring.instrument.file import InstrumentError
from surveys.catalogue import (
    InstrumentInUse,
    Listed,
    add_instrument,
    catalogue,
    drafts_with,
    own_instrument,
    remove_instrument,
)
from surveys.models import Member
from surveys.views.access import for_members

SPARE_FIELDS = 20  # of a form: its token, its buttons and what the first step sends again


@dataclass(frozen=True)
class Card:
    """An instrument in the catalogue."""

    id: str
    name: str
    summary: str
    kind: str
    length: str
    source: str
    is_own: bool


@for_members()
def instruments(request: HttpRequest, member: Member) -> HttpResponse:
    listed = catalogue(member.organisation).values()
    own = [_card(one) for one in listed if one.is_own]
    families = [(_("Your own"), own)] if own else []
    for name, kinds in FAMILIES.items():
        built_in = [one for one in listed if not one.is_own and one.instrument.kind in kinds]
        families.append((str(name), [_card(one) for one in built_in]))
    return render(request, "indices/instruments/list.html", {"member": member, "families": families})


def _card(listed: Listed) -> Card:
    instrument = listed.instrument
    reading = Reading(instrument, _readable(instrument))
    return Card(
        instrument.id,
        reading.said(instrument.name),
        reading.said(instrument.summary),
        kind_name(instrument),
        length(instrument),
        f"{instrument.source.published_by}, {instrument.source.year}",
        listed.is_own,
    )


def _readable(instrument: Instrument) -> str:
    """The reader's language where the instrument has it, else English, which every instrument has."""
    language = get_language() or "en"
    return language if language in instrument.languages else "en"


def _listed(member: Member, instrument: str) -> Listed:
    listed = catalogue(member.organisation).get(instrument)
    if listed is None:
        raise Http404
    return listed


@for_members()
def instrument_page(request: HttpRequest, member: Member, instrument: str) -> HttpResponse:
    listed = _listed(member, instrument)
    found = listed.instrument
    language = request.GET.get("language") or _readable(found)
    if language not in found.languages:
        raise Http404
    own_language = _readable(found)
    context = {
        "member": member,
        "instrument": found,
        "own": own_instrument(member.organisation, found.id) if listed.is_own else None,
        "name": Reading(found, own_language).said(found.name),
        "summary": Reading(found, own_language).said(found.summary),
        "kind": kind_name(found),
        "length": length(found),
        "languages": [language_of(code) for code in found.languages],
        "reading": Reading(found, language),
        "picture": charts.model_picture(found, language),
        "explained": explained(found),
        "sources": SOURCES.get(found.kind, ()),
    }
    return render(request, "indices/instruments/page.html", context)


@for_members()
def instrument_file(request: HttpRequest, member: Member, instrument: str) -> HttpResponse:
    """The instrument's file, to look at or to begin one's own with."""
    listed = _listed(member, instrument)
    # Never shown as a page: the text is the organisation's own, whatever it contains.
    headers = {
        "Content-Disposition": f'attachment; filename="{listed.instrument.id}.toml"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(listed.text, content_type="text/plain; charset=utf-8", headers=headers)


@for_members(may="edit")
def instrument_new(request: HttpRequest, member: Member) -> HttpResponse:
    """Take in an instrument file."""
    sent = request.method == "POST"
    form = InstrumentFileForm(
        request.POST if sent else None, request.FILES if sent else None, organisation=member.organisation
    )
    if sent and form.is_valid():
        return _taken_in(request, member, form.cleaned_data["text"])
    return render(request, "indices/instruments/new.html", {"member": member, "form": form})


def _taken_in(request: HttpRequest, member: Member, text: str) -> HttpResponse:
    before = set(catalogue(member.organisation))
    added = add_instrument(member.organisation, text, "instrument", member.user)
    if added.id in before:
        messages.success(
            request,
            _(
                "The instrument is replaced. Surveys that are published keep the old text; "
                "drafts use the new."
            ),
        )
    else:
        messages.success(request, _("The instrument is in your catalogue."))
    return redirect("instrument", member.organisation.slug, added.id)


@for_members(may="edit")
def instrument_model(request: HttpRequest, member: Member) -> HttpResponse:
    """An instrument from a model, in two steps: the model, then the texts that are asked."""
    first = OutlineForm(
        request.POST if request.method == "POST" else None,
        organisation=member.organisation,
        initial={"languages": ["en", member.user.language]},
    )
    if not first.is_bound or not first.is_valid() or request.POST.get("do") == "model":
        return _model_page(request, member, first)
    step_two = "texts" in request.POST
    texts = TextsForm(
        request.POST if step_two else None,
        outline=first.outline(),
        organisation=member.organisation,
        initial=_carried(request.POST),
    )
    if len(texts.fields) > settings.DATA_UPLOAD_MAX_NUMBER_FIELDS - SPARE_FIELDS:
        first.add_error(
            "languages", _("So many items in so many languages do not fit a form; bring a file instead.")
        )
        return _model_page(request, member, first)
    if step_two and texts.is_valid():
        try:
            add_instrument(member.organisation, texts.draft().toml, first.outline().id, member.user)
        except InstrumentError as error:
            texts.refuse(error)
        else:
            messages.success(request, _("The instrument is in your catalogue."))
            return redirect("instrument", member.organisation.slug, first.outline().id)
    context = {"member": member, "first": first, "form": texts, "carried": _carried(request.POST)}
    return render(request, "indices/instruments/texts.html", context)


def _model_page(request: HttpRequest, member: Member, form: OutlineForm) -> HttpResponse:
    context = {"member": member, "form": form, "carried": _carried(request.POST).items()}
    return render(request, "indices/instruments/model.html", context)


def _carried(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The texts that were filled in already, while the model is changed once more."""
    return {name: value for name, value in sent.items() if "." in name and value}


@require_POST
@for_members(may="edit")
def instrument_remove(request: HttpRequest, member: Member, instrument: str) -> HttpResponse:
    """Ask, and once that is confirmed take an own instrument out of the catalogue."""
    own = own_instrument(member.organisation, instrument)
    if own is None:
        raise Http404
    listed = _listed(member, instrument)
    if request.POST.get("sure") != "1":
        context = {
            "member": member,
            "instrument": listed.instrument,
            "name": Reading(listed.instrument, _readable(listed.instrument)).said(listed.instrument.name),
            "surveys": drafts_with(member.organisation, instrument),
        }
        return render(request, "indices/instruments/remove.html", context)
    try:
        remove_instrument(member.organisation, instrument)
    except InstrumentInUse as refused:
        messages.error(request, str(refused))
        return redirect("instrument", member.organisation.slug, instrument)
    messages.success(
        request, _("The instrument is removed. Published surveys that use it go on as they are.")
    )
    return redirect("instruments", member.organisation.slug)
