"""Taking answers back: a response is erased whole, and only that it was is kept."""

from django.db import transaction

from surveys.models import Response, Withdrawal
from surveys.responses.answering import withdrawal_digest


@transaction.atomic
def withdraw(code: str) -> bool:
    """Erase the answers that were given this code. False where there are none, or none any more."""
    found = Response.objects.select_for_update().filter(withdrawal_digest=withdrawal_digest(code))
    response = found.first()
    if response is None:
        return False
    Withdrawal.objects.create(survey_id=response.survey_id, period_id=response.period_id)
    response.delete()  # its texts and exclusions go with it
    return True
