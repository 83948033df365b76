"""Some contacts of an organisation: by what they are called, by a segment, or by what they want."""

from typing import NamedTuple

from django.db.models import Q, QuerySet, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from surveys.models import Contact, Organisation

LOOKED_AT, MOST_SUGGESTED = 1_000, 100


class Choice(NamedTuple):
    """`query` is part of an address, key or name; `has_opted_out` None: whoever."""

    query: str = ""
    segment: str = ""
    option: str = ""
    has_opted_out: bool | None = None


def chosen(organisation: Organisation, choice: Choice) -> QuerySet[Contact]:
    found = Contact.objects.filter(organisation=organisation).order_by("email")
    if query := choice.query:
        found = found.filter(Q(email__icontains=query) | Q(key__icontains=query) | Q(name__icontains=query))
    if choice.segment:
        found = with_option(found, choice.segment, choice.option)
    if choice.has_opted_out is not None:
        found = found.filter(opted_out_at__isnull=not choice.has_opted_out)
    return found


def with_option(contacts: QuerySet[Contact], segment: str, option: str) -> QuerySet[Contact]:
    """The segment's code is a key of JSON, never part of a lookup's name."""
    held = Cast(KeyTextTransform(segment, "segments"), TextField())
    return contacts.annotate(option=held).filter(option=option)


def suggested(organisation: Organisation) -> dict[str, list[str]]:
    """Segments and their values, to choose from: as the newest contacts have them."""
    found: dict[str, set[str]] = {}
    newest = Contact.objects.filter(organisation=organisation).order_by("-pk")
    for segments in newest.values_list("segments", flat=True)[:LOOKED_AT]:
        for code, option in segments.items():
            found.setdefault(code, set()).add(option)
    return {code: sorted(found[code])[:MOST_SUGGESTED] for code in sorted(found)}
