"""What became of a mailing's invitations, counted."""

from typing import NamedTuple

from django.db.models import Count, Q

from surveys.models import Mailing, Recipient, Survey

State = Recipient.State
SENT = Q(state__in=[State.SENT, State.BOUNCED])
REACHED = Q(state=State.SENT)  # as far as anybody knows


class Counts(NamedTuple):
    """`chosen` contacts = `waiting` + `sent` + `refused` + the seven kinds of those left out.

    `bounced`, `opted_out` and `reminded` are of those sent, `opened`, `started` and `finished` of the `base`:
    those sent whose mail did not come back. Should somebody use the link of one that did, it counts in
    neither: or the numbers would say of whom. A form that was shown may have been
    shown to a program that looks into mails; what was started was answered by somebody. `reminded`
    were sent a reminder at least.
    `is_hidden`: an anonymous survey sent so few that what was opened, started or finished would say of whom;
    then none of it is told, nor how many were reminded: the others have handed in.
    """

    chosen: int
    waiting: int
    sent: int
    refused: int
    bounced: int
    had_opted_out: int
    bounced_before: int
    quota_full: int
    invited_before: int
    too_soon: int
    closed: int
    cancelled: int
    opened: int
    started: int
    finished: int
    opted_out: int
    reminded: int
    is_hidden: bool = False

    @property
    def base(self) -> int:
        """Sent, and not come back."""
        return self.sent - self.bounced

    @property
    def response_rate(self) -> float | None:
        """Finished of the base, 0 to 1; None where there is none. All sent are counted, not a sample of them,
        so that it has no interval."""
        return self.finished / self.base if self.base else None

    @property
    def percent(self) -> str:
        rate = self.response_rate
        return "" if rate is None else f"{100 * rate:.1f}"


def counts_of(mailing: Mailing) -> Counts:
    return _counted(Q(mailing=mailing))._replace(is_hidden=_tells_of_few(mailing.survey, Q(mailing=mailing)))


def counts_of_survey(survey: Survey) -> Counts:
    """All mailings together: who got two invitations is counted twice. Hidden where one of them is: it could
    be told by subtraction."""
    which = Q(mailing__survey=survey)
    return _counted(which)._replace(is_hidden=_tells_of_few(survey, which))


def _tells_of_few(survey: Survey, which: Q) -> bool:
    """Whether one of the mailings of an anonymous survey reached so few, or so few whose contact is there
    still: who erases all others would read of one person."""
    if survey.privacy != Survey.Privacy.ANONYMOUS:
        return False
    named = Count("pk", filter=Q(contact__isnull=False))
    reached = Recipient.objects.filter(which & REACHED).order_by().values("mailing")
    each = reached.annotate(n=Count("pk"), named=named)
    few = range(1, survey.organisation.least_group)
    return any(n in few or named_n in few for n, named_n in each.values_list("n", "named"))


def _counted(which: Q) -> Counts:
    kinds = {
        "chosen": Q(pk__isnull=False),
        "waiting": Q(state=State.WAITING),
        "sent": SENT,
        "refused": Q(state=State.REFUSED),
        "bounced": Q(state=State.BOUNCED),
        "had_opted_out": Q(state=State.OPTED_OUT),
        "bounced_before": Q(state=State.BOUNCED_BEFORE),
        "quota_full": Q(state=State.QUOTA_FULL),
        "invited_before": Q(state=State.INVITED_BEFORE),
        "too_soon": Q(state=State.TOO_SOON),
        "closed": Q(state=State.CLOSED),
        "cancelled": Q(state=State.CANCELLED),
        "opened": REACHED & Q(invitation__is_opened=True),
        "started": REACHED & Q(invitation__is_started=True),
        "finished": REACHED & Q(invitation__is_finished=True),
        "opted_out": SENT & Q(has_opted_out=True),
        "reminded": SENT & Q(mails__gt=1),
    }
    counted = {kind: Count("pk", filter=condition) for kind, condition in kinds.items()}
    return Counts(**Recipient.objects.filter(which).aggregate(**counted))
