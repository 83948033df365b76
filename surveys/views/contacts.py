"""The organisation's contacts: listed, searched, imported, erased."""

from collections.abc import Sequence

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from surveys.contacts import opting_out, storing
from surveys.contacts.checking import Checked, check
from surveys.contacts.choosing import chosen, suggested
from surveys.contacts.history import invitations_of
from surveys.contacts.mapping import MappingRefused
from surveys.forms.contacts import ContactFileForm, MappingForm, OneContactForm, RulesForm, SearchForm
from surveys.imports.refusals import ImportRefused
from surveys.mailings import bouncing
from surveys.models import Contact, ContactImport, MailRules, Member
from surveys.views.access import for_members

ON_A_PAGE = 50


@for_members(may="edit")
def contacts(request: HttpRequest, member: Member) -> HttpResponse:
    form = SearchForm(request.GET)
    found = chosen(member.organisation, form.choice())
    context = {
        "member": member,
        "form": form,
        "suggestions": suggested(member.organisation),
        "page": Paginator(found, ON_A_PAGE).get_page(request.GET.get("page")),
        "rules": MailRules.objects.filter(organisation=member.organisation).first() or MailRules(),
    }
    return render(request, "surveys/contacts/list.html", context)


@require_safe
@for_members(may="edit")
def contact(request: HttpRequest, member: Member, contact: str) -> HttpResponse:
    """One person: what is kept of them, and what they were invited to."""
    one = get_object_or_404(member.organisation.contacts, public_id=contact)
    context = {"member": member, "contact": one, "invitations": invitations_of(one)}
    return render(request, "surveys/contacts/contact.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(may="edit")
def contact_new(request: HttpRequest, member: Member, contact: str = "") -> HttpResponse:
    """One person by hand: a new contact, or one that is known and changed, whoever was looked at before."""
    known = get_object_or_404(member.organisation.contacts, public_id=contact) if contact else None
    form = OneContactForm(request.POST if request.method == "POST" else None, initial=_shown(known))
    if request.method == "POST" and form.is_valid() and (stored := form.stored(member.organisation)):
        one, is_new = stored
        said = _("The contact is added.") if is_new else _("The person was known: the contact is changed.")
        messages.success(request, said)
        return redirect("contact", member.organisation.slug, one.public_id)
    return render(request, "surveys/contacts/new.html", {"member": member, "form": form, "known": known})


def _shown(known: Contact | None) -> dict[str, str]:
    names = ("email", "name", "key", "language")
    return {name: getattr(known, name) for name in names} if known else {}


@require_POST
@for_members(may="edit")
def opt_out(request: HttpRequest, member: Member, contact: str) -> HttpResponse:
    """For who asked by telephone. Nobody here can undo it."""
    one = get_object_or_404(member.organisation.contacts, public_id=contact)
    opting_out.opt_out_for(one)
    messages.success(request, _("The person gets no invitations from your organisation any more."))
    return redirect("contact", member.organisation.slug, one.public_id)


@require_POST
@for_members(may="edit")
def erase(request: HttpRequest, member: Member, contact: str) -> HttpResponse:
    storing.erase(get_object_or_404(member.organisation.contacts, public_id=contact))
    messages.success(request, _("The contact is erased. What was sent to it is only counted."))
    return redirect("contacts", member.organisation.slug)


@require_POST
@for_members(may="edit")
def unbounce(request: HttpRequest, member: Member, contact: str) -> HttpResponse:
    bouncing.unmark(get_object_or_404(member.organisation.contacts, public_id=contact))
    messages.success(request, _("The contact may be invited again."))
    return redirect("contacts", member.organisation.slug)


@for_members(may="manage")
def rules(request: HttpRequest, member: Member) -> HttpResponse:
    own = MailRules.objects.filter(organisation=member.organisation).first()
    form = RulesForm(request.POST or None, instance=own or MailRules(organisation=member.organisation))
    if request.method == "POST" and form.is_valid():
        wanted = {name: form.cleaned_data[name] for name in form.fields}
        # Not the whole row: a worker may hold its lease at this moment.
        MailRules.objects.update_or_create(organisation=member.organisation, defaults=wanted)
        messages.success(request, _("Saved."))
        return redirect("contacts", member.organisation.slug)
    return render(request, "surveys/contacts/rules.html", {"member": member, "form": form})


# -- files


@for_members(may="edit")
def import_new(request: HttpRequest, member: Member) -> HttpResponse:
    form = ContactFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file, encoding = form.cleaned_data["file"], form.cleaned_data["encoding"]
        try:
            draft = storing.start_draft(member.organisation, file.read(), file.name, encoding, member.user)
        except ImportRefused as refused:
            form.add_error("file", str(refused))
        else:
            return redirect("contact-import-review", member.organisation.slug, draft.public_id)
    return render(request, "surveys/contacts/import.html", {"member": member, "form": form})


@for_members(may="edit")
def import_review(request: HttpRequest, member: Member, contact_import: str) -> HttpResponse:
    draft = get_object_or_404(member.organisation.contact_imports, public_id=contact_import)
    draft.organisation = member.organisation
    if draft.state == ContactImport.State.STORED:
        return redirect("contacts", member.organisation.slug)
    if request.method == "POST":
        return _decide(request, member, draft)
    return _review(request, member, draft)


def _decide(request: HttpRequest, member: Member, draft: ContactImport) -> HttpResponse:
    if request.POST.get("do") == "give-up":
        storing.give_up(draft)
        messages.success(request, _("The file was given up; nothing of it was stored."))
        return redirect("contact-import", member.organisation.slug)
    here = redirect("contact-import-review", member.organisation.slug, draft.public_id)
    table = storing.draft_table(draft)
    checked_by = storing.plan_of(draft, table)
    form = MappingForm(request.POST, table=table, plan=checked_by)
    if not form.is_valid():
        return _page(request, member, draft, form, None)
    plan = form.plan()
    storing.keep_plan(draft, plan)
    if request.POST.get("do") != "store":
        return here
    if plan.meanings != checked_by.meanings:
        messages.error(request, _("The columns were changed: look at the check first, then store."))
        return here
    try:
        checked = storing.confirm(draft, plan)
    except ImportRefused as refused:
        messages.error(request, str(refused))
        return here
    said = _("Stored: new contacts: %(new)d, known ones: %(known)d, rows left out: %(bad)d.") % {
        "new": len(checked.matched.new),
        "known": len(checked.matched.known),
        "bad": len(checked.bad_lines),
    }
    messages.success(request, said)
    return redirect("contacts", member.organisation.slug)


def _review(request: HttpRequest, member: Member, draft: ContactImport) -> HttpResponse:
    table = storing.draft_table(draft)
    plan = storing.plan_of(draft, table)
    form = MappingForm(None, table=table, plan=plan)
    try:
        checked = check(member.organisation, table, plan)
    except MappingRefused as refused:  # the guess lacks something
        return _page(request, member, draft, form, None, refused.mistakes)
    return _page(request, member, draft, form, checked)


def _page(
    request: HttpRequest,
    member: Member,
    draft: ContactImport,
    form: MappingForm,
    checked: Checked | None,
    lacking: Sequence[tuple[int | None, str]] = (),
) -> HttpResponse:
    leaves_out = bool(form["leave_out_bad_rows"].value())
    context = {
        "member": member,
        "draft": draft,
        "table": form.table,
        "delimiter": {",": _("comma"), ";": _("semicolon"), "\t": _("tab")}[form.table.delimiter],
        "checked": checked,
        "may_store": checked is not None and checked.good and (leaves_out or not checked.problems),
        "form": form,
        "lacking": [reason for _place, reason in lacking],
    }
    return render(request, "surveys/contacts/review.html", context)
