"""Who of some rows is known already: one person is one contact, however often and however written.

A person is found by the company's own key, else by the address; capital and small letters are the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from surveys.contacts.rows import Row
from surveys.models import Contact, Organisation


@dataclass
class Matched:
    """`new` rows, rows of `known` contacts (by the contact's key in the database), and what cannot be."""

    new: list[Row] = field(default_factory=list)
    known: dict[int, Row] = field(default_factory=dict)
    problems: list[tuple[Row, str, str]] = field(default_factory=list)  # row, column, reason


def match(organisation: Organisation, rows: Sequence[Row]) -> Matched:
    """Rows of the same person are one, the later one's words counting."""
    matched = Matched()
    single = _single(rows, matched)
    by_key, by_email = _known(organisation)
    for row in single:
        key = row.key.lower()
        of_key, of_email = by_key.get(key) if key else None, by_email.get(row.email)
        if of_email and (of_key or of_email[1]) and key and of_key != of_email[0]:
            said = _("the address is that of another contact, with another key")
            matched.problems.append((row, "email", said))
        elif found := of_key or (of_email and of_email[0]):
            if found in matched.known:
                said = _("another row is about the same contact, by its key")
                matched.problems.append((row, "email", said))
            else:
                matched.known[found] = row
        else:
            matched.new.append(row)
    return matched


def _known(organisation: Organisation) -> tuple[dict[str, int], dict[str, tuple[int, str]]]:
    by_key: dict[str, int] = {}
    by_email: dict[str, tuple[int, str]] = {}
    contacts = Contact.objects.filter(organisation=organisation).values_list("pk", "key", "email")
    for pk, key, email in contacts.iterator():
        by_email[email] = (pk, key.lower())
        if key:
            by_key[key.lower()] = pk
    return by_key, by_email


def _single(rows: Sequence[Row], matched: Matched) -> list[Row]:
    """The rows with one for each person; those that contradict one before are problems."""
    by_email: dict[str, Row] = {}
    by_key: dict[str, str] = {}
    for row in rows:
        before, key = by_email.get(row.email), row.key.lower()
        if key and by_key.get(key, row.email) != row.email:
            said = _("the key stands in an earlier row with another address")
            matched.problems.append((row, "key", said))
        elif before and key and before.key and before.key.lower() != key:
            said = _("the address stands in an earlier row with another key")
            matched.problems.append((row, "email", said))
        else:
            by_email[row.email] = _merged(before, row) if before else row
            if key:
                by_key[key] = row.email
    return list(by_email.values())


def _merged(before: Row, row: Row) -> Row:
    return Row(
        row.line,
        row.email,
        row.key or before.key,
        before.name if row.name is None else row.name,
        before.language if row.language is None else row.language,
        {**before.segments, **row.segments},
    )
