"""Why no row tells by when it was written which link an anonymous answer came by.

PostgreSQL keeps with every row the transaction that wrote it last, and a dump lists rows about as they were
written: an answer and its link, written together, would lead to each other. So a link is never written alone:
others in the same state are written again with it. SQLite keeps neither.
"""

import random

from django.db import connection
from django.db.models import Max, Min

from surveys.models import Invitation, Recipient

OTHERS = 20  # of how many beside it a link cannot be told


def with_others(invitation: Invitation, **state: bool) -> list[int]:
    """The key of a link of an anonymous survey, and those of some others in this state, any of them.

    They are held until the transaction ends, the own one first: whoever waits for it holds no other yet, and
    those of another worker are passed over, so that two never wait for each other.
    """
    if connection.vendor != "postgresql":
        return [invitation.pk]
    Invitation.objects.select_for_update(no_key=True).filter(pk=invitation.pk).first()
    alike = Invitation.objects.filter(survey=invitation.survey_id, **state).exclude(pk=invitation.pk)
    ends = alike.aggregate(low=Min("pk"), high=Max("pk"))
    if ends["low"] is None:
        return [invitation.pk]
    start = random.randint(ends["low"], ends["high"])  # noqa: S311  chooses who is written beside, no secret
    free = alike.select_for_update(skip_locked=True, no_key=True).order_by("pk").values_list("pk", flat=True)
    others = list(free.filter(pk__gte=start)[:OTHERS])
    others += list(free.filter(pk__lt=start)[: OTHERS - len(others)])
    return [invitation.pk, *others]


def recipients_of(invitations: list[int]) -> list[int]:
    """Those of the first link, and of the others where no worker has them at this moment."""
    own, *others = invitations
    free = Recipient.objects.filter(invitation__in=others).select_for_update(skip_locked=True, no_key=True)
    return [*Recipient.objects.filter(invitation=own).values_list("pk", flat=True),
            *free.values_list("pk", flat=True)]  # fmt: skip
