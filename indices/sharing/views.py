"""Where editors make links to a report, see what became of them, and take them back."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from indices.models import ShareLink
from indices.sharing.forms import ShareForm
from indices.sharing.links import live_links, make_link, revoke
from indices.sharing.offered import Offered
from indices.sharing.told import shown_now
from surveys.models import Member, Survey
from surveys.views.access import for_members, get_survey

ENDED_SHOWN = 20  # revoked or expired ones
ASKED = ("measure", "period", "segment", "window")  # as in a report's address


@for_members(may="edit")
def share_links(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """A new link is shown once, in answer to the form that asked for it."""
    found = get_survey(member, survey)
    offered, address = Offered(found), ""
    form = _form(request, offered)
    if form and request.method == "POST" and form.is_valid():
        try:
            _link, address = make_link(found, member.user, **form.wanted)
        except ValidationError as refused:
            form.add_error(None, refused)
    links = found.share_links.select_related("created_by", "period").order_by("-pk")
    context = {
        "member": member,
        "survey": found,
        "form": ShareForm(offered, initial=_asked(request.POST)) if address else form,
        "would_show": _would_show(form.chosen) if form and form.chosen else "",
        "address": address,
        "live": _named(offered, list(links.filter(pk__in=live_links()))),
        "ended": _named(offered, list(links.exclude(pk__in=live_links())[:ENDED_SHOWN])),
    }
    return render(request, "indices/sharing/links.html", context)


def _form(request: HttpRequest, offered: Offered) -> ShareForm | None:
    """None where there is nothing to share."""
    if not offered.keys:
        return None
    if request.method == "POST":
        return ShareForm(offered, request.POST)
    return ShareForm(offered, initial=_asked(request.GET))


def _asked(given: QueryDict) -> dict[str, str]:
    return {name: str(given[name]) for name in ASKED if name in given}


def _would_show(link: ShareLink) -> str:
    """The name of the period, or why it would be nothing."""
    if period := shown_now(link):
        return period.name
    if link.released_only:
        return _("nothing yet: no such figures have been released")
    return _("nothing yet: no such figures have been computed")


def _named(offered: Offered, links: list[ShareLink]) -> list[tuple[ShareLink, str]]:
    """Each with what it shows, in words."""
    measures, segments, windows = dict(offered.measures), dict(offered.segments), dict(offered.windows)
    return [
        (
            one,
            " · ".join(
                [
                    *([measures.get(one.measure, one.measure)] if len(measures) > 1 else []),
                    one.period.name if one.period else _("always the newest"),
                    segments.get(one.segment, one.segment),
                    *([windows.get(one.window, str(one.window))] if one.window > 1 else []),
                ]
            ),
        )
        for one in links
    ]


@require_POST
@for_members(may="edit")
def share_link_revoke(request: HttpRequest, member: Member, survey: str, share_link: str) -> HttpResponse:
    """Doing it twice revokes it once."""
    found = get_survey(member, survey)
    link = share_link_of(found, share_link)
    revoke(link)
    messages.success(request, _("The link “%s” opens nothing any more.") % link.name)
    return redirect("share-links", member.organisation.slug, found.public_id)


def share_link_of(survey: Survey, public_id: str) -> ShareLink:
    """Another survey's link is not there."""
    return get_object_or_404(survey.share_links, public_id=public_id)
