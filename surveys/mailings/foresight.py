"""What a mailing would do if it went out now: shown before it is planned."""

from collections import Counter
from typing import NamedTuple

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from surveys.mailings.carrying import Carrier, Said, may_carry
from surveys.mailings.message import language_of
from surveys.mailings.planning import PlanRefused
from surveys.mailings.preparing import (
    AT_ONCE,
    chosen,
    has_rested,
    invited_before,
    may_be_invited,
    may_be_written_to,
)
from surveys.models import Contact, Mailing

MOST_STRANGE = 10


class Known(NamedTuple):
    """Of how many who may be invited a segment question is known from `column`; of how many it is `carried`,
    None where only the draw of the sample will tell. `strange` are some values that are no option."""

    code: str
    column: str
    number: int
    carried: int | None
    strange: list[str]
    more_strange: bool


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
        languages[language_of(mailing, code)] += count
    in_order = {code: languages[code] for code in mailing.texts if languages[code]}
    return Foreseen(**said, invited=invited, languages=in_order)


def known_of(mailing: Mailing) -> list[Known]:
    """What the links would carry, for each segment question of the survey."""
    carrier = Carrier(mailing.survey, mailing.columns)
    if not carrier.questions:
        return []
    everybody: Counter[Said] = Counter()
    strange: dict[str, set[str]] = {one.code: set() for one in carrier.questions}
    said = chosen(mailing).filter(may_be_invited(mailing)).values_list("language", "segments")
    for language, segments in said.iterator(AT_ONCE):
        everybody[language_of(mailing, language), carrier.values(segments)] += 1
        for code, value in carrier.strange(segments):
            if len(strange[code]) <= MOST_STRANGE:
                strange[code].add(value)
    total, number = everybody.total(), _by_question(everybody)
    carried: Counter[str] | None = None
    if not mailing.sample_size or mailing.sample_size >= total:
        allowed = may_carry(mailing, everybody.elements())
        kept: Counter[Said] = Counter()
        for one, times in everybody.items():
            kept[one[0], allowed[one]] += times
        carried = _by_question(kept)
    return [
        Known(
            one.code,
            mailing.columns.get(one.code, ""),
            number[one.code],
            None if carried is None else carried[one.code],
            sorted(strange[one.code])[:MOST_STRANGE],
            len(strange[one.code]) > MOST_STRANGE,
        )
        for one in carrier.questions
    ]


def _by_question(everybody: Counter[Said]) -> Counter[str]:
    found: Counter[str] = Counter()
    for (_language, values), times in everybody.items():
        for code, _option in values:
            found[code] += times
    return found


def _nobody(mailing: Mailing) -> tuple[str, str]:
    if not mailing.segment:
        return "segment", _("There are no contacts yet: import some first.")
    everybody = Contact.objects.filter(organisation=mailing.survey.organisation_id)
    if not everybody.filter(segments__has_key=mailing.segment).exists():
        return "segment", _("No contact has a column of this name.")
    return "option", _("No contact has this value there.")
