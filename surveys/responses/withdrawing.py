"""Taking answers back: a response is erased whole, and only that it was is kept."""

from django.db import transaction

from surveys.blocks.folding import erase
from surveys.exports import files, jobs
from surveys.models import Response, Withdrawal
from surveys.responses.keys import withdrawal_digest


@transaction.atomic
def withdraw(code: str) -> bool:
    """Erase the answers that were given this code. False where there are none, or none any more."""
    own = Response.objects.filter(withdrawal_digest=withdrawal_digest(code))
    found = own.select_related("survey").first()
    if found is None:
        return False
    erase(found)  # from blocks and sums, before the response itself is held: folding holds them in this order
    response = own.select_for_update().first()
    if response is None:  # taken back twice at once
        return False
    Withdrawal.objects.create(survey_id=response.survey_id, period_id=response.period_id)
    response.delete()  # its texts and exclusions go with it
    jobs.forget(found.survey)  # the files that hold it
    transaction.on_commit(files.remove_unneeded, robust=True)
    return True
