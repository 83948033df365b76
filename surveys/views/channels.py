"""Channels of a survey: made, named, closed, and what is put up for each."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from surveys.channels import codes, embedding, keeping
from surveys.channels.addresses import address_of
from surveys.forms.channels import ChannelForm, NameForm, OriginsForm, segment_words
from surveys.models import Channel, Member, Survey
from surveys.views.access import for_members, get_survey


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
    context = {
        "member": member,
        "survey": survey,
        "is_published": survey.current_version is not None,
        "channels": [(one, _known(one, words)) for one in keeping.with_counts(survey)],
        "form": ChannelForm(None, survey),
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
    version = own.survey.current_version
    languages = version.languages if version else []
    context = {
        "member": member,
        "survey": own.survey,
        "channel": own,
        "known": _known(own, segment_words(own.survey)),
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
    """A page to print, in one of the survey's languages."""
    own = _own(member, survey, channel)
    version = own.survey.current_version
    languages = version.languages if version else [translation.get_language() or "en"]
    asked = request.GET.get("language", "")
    language = asked if asked in languages else languages[0]
    words = version.words(language) if version else {}
    with translation.override(language):
        info = translation.get_language_info(language)
        context = {
            "member": member,
            "survey": own.survey,
            "channel": own,
            "company": words.get("company", ""),
            "category": words.get("category", ""),
            "address": address_of(own),
            "language": language,
            "is_rtl": info["bidi"],
            "languages": [(code, translation.get_language_info(code)["name_local"]) for code in languages],
        }
        answer = render(request, "surveys/channels/poster.html", context)
    answer.headers["Content-Language"] = language
    return answer


def _own(member: Member, survey: str, channel: str) -> Channel:
    own = keeping.with_counts(get_survey(member, survey)).select_related("survey")
    return get_object_or_404(own, public_id=channel)
