"""What became of a mailing's invitations, counted."""

from typing import NamedTuple

from django.db.models import Count, Q

from surveys.models import Mailing, Recipient, Survey

State = Recipient.State


class Counts(NamedTuple):
    """`chosen` contacts = `waiting` + `sent` + `refused` + the four kinds of those left out.

    `opened`, `started`, `finished` and `opted_out` are of those sent. A form that was shown may have been
    shown to a program that looks into mails; what was started was answered by somebody. `reminded`
    were sent a reminder at least.
    `is_hidden`: an anonymous survey sent so few that what was opened, started or finished would say of whom;
    then none of it is told, nor how many were reminded: the others have handed in.
    """

    chosen: int
    waiting: int
    sent: int
    refused: int
    had_opted_out: int
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
    def response_rate(self) -> float | None:
        """Finished of sent, 0 to 1; None where nothing was sent. All sent are counted, not a sample of them,
        so that it has no interval."""
        return self.finished / self.sent if self.sent else None

    @property
    def percent(self) -> str:
        rate = self.response_rate
        return "" if rate is None else f"{100 * rate:.1f}"


def counts_of(mailing: Mailing) -> Counts:
    counts = _counted(Q(mailing=mailing))
    return counts._replace(is_hidden=_is_small(mailing.survey, counts.sent))


def counts_of_survey(survey: Survey) -> Counts:
    """All mailings together: who got two invitations is counted twice. Hidden where one of them is: it could
    be told by subtraction."""
    sent = Recipient.objects.filter(mailing__survey=survey, state=State.SENT)
    of_each = sent.order_by().values_list("mailing").annotate(number=Count("pk"))
    is_hidden = any(_is_small(survey, number) for _mailing, number in of_each)
    return _counted(Q(mailing__survey=survey))._replace(is_hidden=is_hidden)


def _is_small(survey: Survey, sent: int) -> bool:
    return survey.privacy == Survey.Privacy.ANONYMOUS and 0 < sent < survey.organisation.least_group


def _counted(which: Q) -> Counts:
    sent = Q(state=State.SENT)
    kinds = {
        "chosen": Q(pk__isnull=False),
        "waiting": Q(state=State.WAITING),
        "sent": sent,
        "refused": Q(state=State.REFUSED),
        "had_opted_out": Q(state=State.OPTED_OUT),
        "too_soon": Q(state=State.TOO_SOON),
        "closed": Q(state=State.CLOSED),
        "cancelled": Q(state=State.CANCELLED),
        "opened": sent & Q(invitation__is_opened=True),
        "started": sent & Q(invitation__is_started=True),
        "finished": sent & Q(invitation__is_finished=True),
        "opted_out": sent & Q(has_opted_out=True),
        "reminded": sent & Q(mails__gt=1),
    }
    counted = {kind: Count("pk", filter=condition) for kind, condition in kinds.items()}
    return Counts(**Recipient.objects.filter(which).aggregate(**counted))
