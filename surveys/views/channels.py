"""Channels of a survey: made, named, closed, and what is put up for each."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from surveys.channels import codes, embedding, keeping
from surveys.channels.addresses import address_of
from surveys.forms.channels import ChannelForm, EachForm, NameForm, OriginsForm, segment_words
from surveys.models import Channel, Member, Survey, Version
from surveys.views.access import for_members, get_survey

ALL = "all"  # of the survey's languages on one poster


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(may="edit")
def channels(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """What there is, and a form for one more."""
    found = get_survey(member, survey)
    form = ChannelForm(request.POST if request.method == "POST" else None, found)
    if request.method == "POST" and form.is_valid() and (made := form.made()):
        messages.success(request, _("The channel is made."))
        return redirect("channel", member.organisation.slug, found.public_id, made.public_id)
    return _page(request, member, found, form=form)


@require_POST
@for_members(may="edit")
def channels_each(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """One channel for each option of a segment question."""
    found = get_survey(member, survey)
    form = EachForm(request.POST, found)
    made = form.made() if form.is_valid() else None
    if made is None:
        return _page(request, member, found, each_form=form)
    said = ngettext("%d channel is made.", "%d channels are made.", made) % made
    messages.success(request, said if made else _("Every option has its channel already."))
    return redirect("channels", member.organisation.slug, found.public_id)


@require_POST
@for_members(may="edit")
def frame_origins(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """Which pages may show the questionnaire in a frame."""
    found, form = get_survey(member, survey), OriginsForm(request.POST)
    if not form.is_valid():
        return _page(request, member, found, origins_form=form)
    found.frame_origins = form.cleaned_data["origins"]
    found.save(update_fields=["frame_origins"])
    messages.success(request, _("The list is stored."))
    return redirect("channels", member.organisation.slug, found.public_id)


def _page(request: HttpRequest, member: Member, survey: Survey, **forms: Any) -> HttpResponse:
    words = segment_words(survey)
    own = [(one, _known(one, words)) for one in keeping.with_counts(survey)]
    context = {
        "member": member,
        "survey": survey,
        "is_published": survey.current_version is not None,
        "has_segments": bool(words),
        "has_known": bool(words) or any(known for _one, known in own),
        "channels": own,
        "form": ChannelForm(None, survey),
        "each_form": EachForm(None, survey),
        "origins_form": OriginsForm(initial={"origins": "\n".join(survey.frame_origins)}),
        **forms,
    }
    return render(request, "surveys/channels/channels.html", context)


def _known(channel: Channel, words: dict[str, dict[str, str]]) -> list[str]:
    return [words.get(code, {}).get(option, option) for code, option in channel.segments.items()]


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(may="edit")
def channel(request: HttpRequest, member: Member, survey: str, channel: str) -> HttpResponse:
    """One channel: its address in every form, its name, and whether it is active."""
    own = _own(member, survey, channel)
    form = NameForm(request.POST if request.POST.get("do") == "name" else None, initial={"name": own.name})
    if request.method == "POST" and _changed(request, own, form):
        return redirect("channel", member.organisation.slug, own.survey.public_id, own.public_id)
    version, words = own.survey.current_version, segment_words(own.survey)
    languages = version.languages if version else []
    context = {
        "member": member,
        "survey": own.survey,
        "channel": own,
        "known": _known(own, words),
        "has_segments": bool(words),
        "form": form,
        "address": address_of(own),
        "snippet": embedding.snippet(own),
        "languages": [(code, translation.get_language_info(code)["name_local"]) for code in languages],
    }
    return render(request, "surveys/channels/channel.html", context)


def _changed(request: HttpRequest, own: Channel, form: NameForm) -> bool:
    do = request.POST.get("do")
    if do in {"close", "open"}:
        keeping.change(own, is_active=do == "open")
        return True
    if do != "name" or not form.is_valid():
        return False
    try:
        keeping.change(own, name=form.cleaned_data["name"])
    except keeping.ChannelRefused as refused:
        form.add_error("name", str(refused))
        return False
    return True


@require_GET
@for_members(may="edit")
def svg(request: HttpRequest, member: Member, survey: str, channel: str) -> HttpResponse:
    return _file(codes.svg(address_of(_own(member, survey, channel))), "image/svg+xml", "svg")


@require_GET
@for_members(may="edit")
def png(request: HttpRequest, member: Member, survey: str, channel: str) -> HttpResponse:
    return _file(codes.png(address_of(_own(member, survey, channel))), "image/png", "png")


def _file(content: bytes, content_type: str, ending: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="code.{ending}"'
    return answer


@require_GET
@for_members(may="edit")
def poster(request: HttpRequest, member: Member, survey: str, channel: str) -> HttpResponse:
    """A page to print, in one of the survey's languages or in all of them. The channel's name stands at its
    foot, so that whoever puts many up can tell them apart, unless it is asked to be left away."""
    own = _own(member, survey, channel)
    context = {"channel": own, "back": reverse("channel", args=[member.organisation.slug, survey, channel])}
    return _posters(request, member, own.survey, [own], context)


@require_GET
@for_members(may="edit")
def posters(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """A page to print for each active channel."""
    found = get_survey(member, survey)
    active = found.channels.filter(is_active=True).order_by("name", "pk").select_related("survey")
    context = {"back": reverse("channels", args=[member.organisation.slug, survey])}
    return _posters(request, member, found, list(active), context)


def _posters(
    request: HttpRequest, member: Member, survey: Survey, own: list[Channel], context: dict[str, Any]
) -> HttpResponse:
    version = survey.current_version
    spoken = list(version.languages) if version else [translation.get_language() or "en"]
    asked = request.GET.get("language", "")
    chosen = spoken if asked == ALL else [asked if asked in spoken else spoken[0]]
    is_named = request.GET.get("name") != "off"
    words = [_poster_words(survey, version, code) for code in chosen]
    context |= {
        "member": member,
        "survey": survey,
        "posters": [(one, address_of(one)) for one in own],
        "words": words,
        "companies": _companies(words),
        "is_named": is_named,
        "names": "" if is_named else "&name=off",
        "language": chosen[0],
        "chosen": ALL if len(chosen) > 1 else chosen[0],
        "all": ALL if len(spoken) > 1 else "",
        "languages": [(code, translation.get_language_info(code)["name_local"]) for code in spoken],
    }
    with translation.override(chosen[0]):
        answer = render(request, "surveys/channels/poster.html", context)
    answer.headers["Content-Language"] = chosen[0]
    return answer


def _companies(words: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """What the company is called, each name once, with the first language in which it is called so."""
    first: dict[str, str] = {}
    for one in words:
        first.setdefault(one["company"], one["language"])
    return [(company, language) for company, language in first.items() if company]


def _poster_words(survey: Survey, version: Version | None, language: str) -> dict[str, Any]:
    words = version.words(language) if version else {}
    context = {"survey": survey, "company": words.get("company", ""), "category": words.get("category", "")}
    with translation.override(language):
        return {
            "language": language,
            "is_rtl": translation.get_language_info(language)["bidi"],
            "company": context["company"],
            "invitation": render_to_string("surveys/channels/poster_invitation.html", context),
            "assurance": render_to_string("surveys/channels/poster_assurance.html", context),
        }


def _own(member: Member, survey: str, channel: str) -> Channel:
    own = keeping.with_counts(get_survey(member, survey)).select_related("survey")
    return get_object_or_404(own, public_id=channel)
