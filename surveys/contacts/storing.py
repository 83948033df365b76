"""Drafts of files of contacts, and storing contacts: all that were asked for, or none."""

import zlib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import chain
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from surveys.contacts.addresses import digest
from surveys.contacts.checking import Checked, check
from surveys.contacts.mapping import MappingRefused, Plan, mistakes, plan_from_json, refuse_if_too_wide
from surveys.contacts.matching import match
from surveys.contacts.rows import Row
from surveys.exports import jobs
from surveys.exports.files import remove_unneeded
from surveys.imports.reading import Table, read_table
from surveys.imports.refusals import ImportRefused, shown
from surveys.models import Contact, ContactImport, Invitation, OptOut, Organisation, Response, Survey, User

AT_ONCE = 1_000
DRAFT_DAYS = 7
UNNAMED = "contacts.csv"
FIELDS = ("email", "address_digest", "key", "name", "language", "segments")


class Stored(NamedTuple):
    new: int
    changed: int


def start_draft(
    organisation: Organisation, content: bytes, filename: str, encoding: str, by: User
) -> ContactImport:
    """Keep a readable file until it is stored, given up or too old. Raises ImportRefused."""
    refuse_if_too_wide(read_table(content, encoding))
    return ContactImport.objects.create(
        organisation=organisation,
        filename=shown(filename.replace("\\", "/").rpartition("/")[2])[:255] or UNNAMED,
        encoding=encoding,
        content=zlib.compress(content, level=1),
        created_by=by,
    )


def drop_old_drafts() -> None:
    """Addresses that nobody decided about do not stay."""
    too_old = timezone.now() - timedelta(days=DRAFT_DAYS)
    ContactImport.objects.filter(state=ContactImport.State.DRAFT, created_at__lt=too_old).delete()


def draft_table(draft: ContactImport) -> Table:
    if draft.content is None:
        raise ImportRefused(_("This file was stored or given up before."))
    return read_table(zlib.decompress(draft.content), draft.encoding)


def plan_of(draft: ContactImport, table: Table) -> Plan:
    return plan_from_json(draft.mapping, table)


def keep_plan(draft: ContactImport, plan: Plan) -> None:
    """For the next look at the draft; a mapping with mistakes is not kept. Raises MappingRefused."""
    if found := mistakes(plan, draft_table(draft).header):
        raise MappingRefused(found)
    draft.mapping = plan.as_json()
    ContactImport.objects.filter(pk=draft.pk, state=ContactImport.State.DRAFT).update(mapping=draft.mapping)


def give_up(draft: ContactImport) -> None:
    ContactImport.objects.filter(pk=draft.pk, state=ContactImport.State.DRAFT).delete()


def confirm(draft: ContactImport, plan: Plan | None = None) -> Checked:
    """Check a draft again and store it, once, by the plan, else by the one that was kept or guessed. Raises
    ImportRefused; then nothing is stored."""
    table = draft_table(draft)
    plan = plan or plan_of(draft, table)
    checked = check(draft.organisation, table, plan)
    if not checked.good or (checked.problem_count and not plan.leave_out_bad_rows):
        raise ImportRefused(
            _("Nothing was stored: rows with problems: %(bad)d, good rows: %(good)d.")
            % {"bad": len(checked.bad_lines), "good": checked.good}
        )
    rows = [*checked.matched.new, *checked.matched.known.values()]
    with transaction.atomic():
        stored = store(draft.organisation, rows)
        same = ContactImport.objects.filter(pk=draft.pk, state=ContactImport.State.DRAFT)
        taken = same.update(
            state=ContactImport.State.STORED,
            content=None,
            new=stored.new,
            changed=stored.changed,
            left_out=len(checked.bad_lines),
        )
        if taken != 1:
            raise ImportRefused(_("This file was stored or given up before."))
    return checked


def store(organisation: Organisation, rows: Sequence[Row]) -> Stored:
    """Make or change the contacts of these rows. Raises ImportRefused if some cannot be; then none is."""
    try:
        with transaction.atomic():
            return _store(organisation, rows)
    except IntegrityError:
        raise ImportRefused(_("The contacts were changed meanwhile. Check the file again.")) from None


def store_one(organisation: Organisation, row: Row) -> tuple[Contact, bool]:
    """The contact of this row, and whether it is a new one. Raises ImportRefused."""
    stored = store(organisation, [row])
    return Contact.objects.get(organisation=organisation, email=row.email), stored.new == 1


def _store(organisation: Organisation, rows: Sequence[Row]) -> Stored:
    matched = match(organisation, rows)
    if matched.problems:
        raise ImportRefused(_("The contacts were changed meanwhile. Check the file again."))
    new = [_written(Contact(organisation=organisation), row) for row in matched.new]
    # In one order, so that two who store the same persons do not wait for each other in a circle.
    held = Contact.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
    known = {one.pk: one for one in held.filter(pk__in=list(matched.known))} if matched.known else {}
    digests = {pk: one.address_digest for pk, one in known.items()}
    changed = [_written(one, matched.known[pk]) for pk, one in known.items()]
    Contact.objects.bulk_create(new, batch_size=AT_ONCE)
    moved = [one.pk for one in changed if one.address_digest != digests[one.pk]]
    Contact.objects.bulk_update(changed, FIELDS, batch_size=100)
    for place in range(0, len(moved), AT_ONCE):  # what came back from the old address says nothing of the new
        Contact.objects.filter(pk__in=moved[place : place + AT_ONCE]).update(bounced_at=None)
    _mark_opted_out(organisation)
    return Stored(len(new), len(changed))


def _written(contact: Contact, row: Row) -> Contact:
    contact.email = row.email
    contact.address_digest = digest(contact.organisation_id, row.email)
    contact.key = row.key or contact.key
    contact.name = contact.name if row.name is None else row.name
    contact.language = row.language or contact.language
    contact.segments = {**contact.segments, **row.segments}
    return contact


def _mark_opted_out(organisation: Organisation) -> None:
    """Who opted out once stays so, erased and imported again or not; asked for last, and never written from
    what was read before. Whoever opts out at this very moment is found when a mail is to be sent."""
    said = OptOut.objects.filter(organisation=organisation)
    own = said.filter(address_digest=OuterRef("address_digest"))
    wanted = Contact.objects.filter(organisation=organisation, opted_out_at=None)
    wanted.filter(address_digest__in=said.values("address_digest")).update(
        opted_out_at=Subquery(own.values("at")[:1])
    )


def erase(contact: Contact) -> None:
    """Nothing of the person stays: mails that wait are not sent, those sent are only counted, and files of
    contacts that name the person and wait to be stored are given up, as are files of answers that do."""
    files = ContactImport.objects.filter(organisation=contact.organisation_id)
    about = [one.pk for one in _drafts(files) if _names(draft_table(one), contact)]
    with transaction.atomic():
        recipients = contact.recipients.all()
        for survey in _answered_by_name(contact):
            jobs.forget(survey)
        recipients.filter(state="waiting").update(state="cancelled")
        Invitation.objects.filter(recipient__contact=contact).update(segments={})
        recipients.update(due_at=None, problem="", nonce="", segments={}, sent_to="")
        files.filter(pk__in=about, state=ContactImport.State.DRAFT).delete()
        files.filter(filename__icontains=contact.email).update(filename=UNNAMED)
        contact.delete()
        transaction.on_commit(remove_unneeded, robust=True)


def _answered_by_name(contact: Contact) -> QuerySet[Survey]:
    """Confidential surveys whose answers name the contact."""
    answered = Response.objects.filter(invitation__recipient__contact=contact, state="finished")
    return Survey.objects.filter(pk__in=answered.values("survey"))


def _drafts(files: QuerySet[ContactImport]) -> Iterator[ContactImport]:
    """One at a time: each may be large."""
    return files.filter(state=ContactImport.State.DRAFT, content__isnull=False).iterator(chunk_size=1)


def _names(table: Table, contact: Contact) -> bool:
    """Whether the address stands in a cell, a domain of another script in either way to write it, or the
    company's own key is one."""
    local, _at, domain = contact.email.rpartition("@")
    written = {contact.email, f"{local}@{_shown_domain(domain)}"}
    cells = (cell.strip().lower() for row in table.rows() for cell in row.cells)
    in_titles = (title.lower() for title in table.header)
    key = contact.key.lower()
    return any(
        (key and cell == key) or any(one in cell for one in written) for cell in chain(in_titles, cells)
    )


def _shown_domain(domain: str) -> str:
    try:
        return domain.encode().decode("idna")
    except UnicodeError:
        return domain
