"""Who belongs to the organisation."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from surveys import membership
from surveys.forms.accounts import InviteForm, OrganisationForm, RoleForm
from surveys.models import Member
from surveys.outgoing.joining import mail_invitation
from surveys.views.access import for_members


@for_members()
def members(request: HttpRequest, member: Member) -> HttpResponse:
    return _page(request, member, InviteForm())


def _page(
    request: HttpRequest, member: Member, form: InviteForm, link: str = "", sent: str = ""
) -> HttpResponse:
    organisation = member.organisation
    context = {
        "member": member,
        "form": form,
        "link": link,
        "sent": sent,
        "mails_leave": settings.MAILS_LEAVE,
        "members": organisation.members.select_related("user").order_by("user__email"),
        "roles": Member.Role.choices,
        "invitations": organisation.invitations.filter(used_at=None, expires_at__gt=timezone.now()),
    }
    return render(request, "surveys/members.html", context)


@require_POST
@for_members(may="manage")
def invite(request: HttpRequest, member: Member) -> HttpResponse:
    """Mail the new link, and show it once; it is not stored."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, member, form)
    if member.organisation.members.filter(user__email=form.cleaned_data["email"].strip().lower()).exists():
        form.add_error("email", _("This person is a member already; the role is changed in the list above."))
        return _page(request, member, form)
    email, role = form.cleaned_data["email"], form.cleaned_data["role"]
    link = membership.invite(member, email, role)
    sent = str(mail_invitation(member, email, role, link).label) % email
    return _page(request, member, InviteForm(), link, sent)


@require_POST
@for_members(may="manage")
def withdraw(request: HttpRequest, member: Member, invitation: str) -> HttpResponse:
    get_object_or_404(member.organisation.invitations, public_id=invitation).delete()
    return redirect("members", member.organisation.slug)


@require_POST
@for_members(may="manage")
def change(request: HttpRequest, member: Member, changed: str) -> HttpResponse:
    """Give a member another role, or take the member out."""
    other = get_object_or_404(member.organisation.members.select_related("user"), public_id=changed)
    form = RoleForm(request.POST)
    try:
        if "remove" in request.POST:
            membership.remove(other)
        elif form.is_valid():
            membership.change_role(other, form.cleaned_data["role"])
        else:
            messages.error(request, str(form.errors["role"][0]))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    if not Member.objects.filter(pk=member.pk).exists():  # one has left
        return redirect("start")
    return redirect("members", member.organisation.slug)


@for_members(may="manage")
def organisation(request: HttpRequest, member: Member) -> HttpResponse:
    form = OrganisationForm(request.POST or None, instance=member.organisation)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        messages.success(request, _("Saved."))
        if "least_group" in form.changed_data:
            said = _("From now on the figures of fewer than %d respondents are hidden.")
            messages.success(request, said % saved.least_group)
        return redirect("organisation", member.organisation.slug)
    return render(request, "surveys/organisation.html", {"member": member, "form": form})
