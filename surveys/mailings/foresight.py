"""What a mailing would do if it went out now: shown before it is planned."""

from collections import Counter
from typing import NamedTuple

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from surveys.mailings.message import language_for
from surveys.mailings.planning import PlanRefused
from surveys.mailings.preparing import chosen, has_rested, invited_before, may_be_written_to
from surveys.models import Contact, Mailing


class Foreseen(NamedTuple):
    """Of the contacts `found` in the list or segment each `may_be_invited` or is left out for one reason, the
    first of those that follow. `invited` are all of them, or as many as the sample takes. `languages` are
    those of the mails to who may be invited, by code."""

    found: int
    may_be_invited: int
    invited: int
    opted_out: int
    bounced: int
    invited_before: int
    too_soon: int
    languages: dict[str, int]

    @property
    def left_out(self) -> int:
        return self.found - self.may_be_invited


def foreseen(mailing: Mailing) -> Foreseen:
    """Raises PlanRefused where the list or the segment has nobody."""
    told = _counted(mailing)
    if not told.found:
        raise PlanRefused([_nobody(mailing)])
    return told


def _counted(mailing: Mailing) -> Foreseen:
    before, rested = invited_before(mailing), has_rested(mailing.survey.organisation)
    reasons = {
        "opted_out": ~Q(opted_out_at=None),
        "bounced": Q(opted_out_at=None) & ~Q(bounced_at=None),
        "invited_before": may_be_written_to() & before,
        "too_soon": may_be_written_to() & ~before & ~rested,
    }
    counts = {reason: Count("pk", filter=condition) for reason, condition in reasons.items()}
    free = Count("pk", filter=may_be_written_to() & ~before & rested)
    said = chosen(mailing).aggregate(found=Count("pk"), may_be_invited=free, **counts)
    number = said["may_be_invited"]
    invited = min(mailing.sample_size, number) if mailing.sample_size else number
    free_now = chosen(mailing).filter(may_be_written_to() & ~before & rested)
    by_language = free_now.order_by().values_list("language").annotate(number=Count("pk"))
    languages: Counter[str] = Counter()
    for code, count in by_language:
        languages[language_for(mailing, Contact(language=code))] += count
    in_order = {code: languages[code] for code in mailing.texts if languages[code]}
    return Foreseen(**said, invited=invited, languages=in_order)


def _nobody(mailing: Mailing) -> tuple[str, str]:
    if not mailing.segment:
        return "segment", _("There are no contacts yet: import some first.")
    everybody = Contact.objects.filter(organisation=mailing.survey.organisation_id)
    if not everybody.filter(segments__has_key=mailing.segment).exists():
        return "segment", _("No contact has a column of this name.")
    return "option", _("No contact has this value there.")
