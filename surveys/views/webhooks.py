"""The addresses of other programs that are told of a survey: what of, and whether they take it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from surveys.forms.webhooks import EventsForm, WebhookForm
from surveys.models import Member, Survey, Webhook
from surveys.outgoing import webhooks as hooks
from surveys.outgoing.addresses import AddressRefused
from surveys.views.access import for_members, get_survey


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(may="edit")
def webhooks(request: HttpRequest, member: Member, survey: str) -> HttpResponse:
    """What there is, and a form for one more. Its secret is shown once, not stored."""
    found = get_survey(member, survey)
    if request.method != "POST":
        return _page(request, member, found)
    form = WebhookForm(request.POST, found)
    if form.is_valid():
        try:
            made, secret = hooks.add(found, form.cleaned_data["url"], form.cleaned_data["events"])
            return _page(request, member, found, secret=secret, secret_of=made.url)
        except AddressRefused as refused:
            form.add_error("url", str(refused))
    return _page(request, member, found, form=form)


def _page(request: HttpRequest, member: Member, survey: Survey, **more: Any) -> HttpResponse:
    tests = hooks.tests_of(survey)
    context = {
        "member": member,
        "survey": survey,
        "rows": [
            {"webhook": one, "test": tests.get(one.pk), "form": _events_form(survey, one)}
            for one in hooks.with_states(survey)
        ],
        "is_anonymous": survey.privacy == Survey.Privacy.ANONYMOUS,
        "form": WebhookForm(None, survey),
        **more,
    }
    return render(request, "surveys/webhooks.html", context)


def _events_form(survey: Survey, webhook: Webhook) -> EventsForm:
    ids = f"{webhook.public_id}_%s"
    return EventsForm(None, survey, initial={"events": webhook.events}, auto_id=ids)


@require_POST
@for_members(may="edit")
def webhook(request: HttpRequest, member: Member, survey: str, webhook: str) -> HttpResponse:
    """Change one, as the button says that was pressed."""
    found = get_survey(member, survey)
    own = get_object_or_404(found.webhooks, public_id=webhook)
    do = request.POST.get("do")
    if do == "rotate":
        return _page(request, member, found, secret=hooks.rotate(own), secret_of=own.url)
    if do == "events":
        form = EventsForm(request.POST, found)
        if not form.is_valid():  # no page of ours sends that
            raise Http404
        hooks.change_events(own, form.cleaned_data["events"])
        messages.success(request, _("The choice is stored."))
    elif do == "test":
        hooks.send_test(own)
        messages.success(request, _("The test message is on its way. What came of it is said below."))
    elif do == "again":
        n = hooks.try_again(own)
        said = ngettext("%(n)d message is tried again.", "%(n)d messages are tried again.", n)
        messages.success(request, said % {"n": n})
    elif do == "remove":
        hooks.remove(own)
        messages.success(request, _("The address is removed."))
    else:
        raise Http404
    return redirect("webhooks", member.organisation.slug, found.public_id)
