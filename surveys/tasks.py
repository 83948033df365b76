"""What the queue does for accounts, periods, answers and exports."""

import logging

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.core.management import call_command
from django.db.models import Exists, OuterRef
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from surveys import periods
from surveys.models import AnswerSums, Export, Survey, User
from surveys.outgoing.deliveries import HARD_LIMIT, SOFT_LIMIT
from surveys.turns import turn_of

log = logging.getLogger(__name__)


# A mail server that is away for a while loses nobody their mail.
@shared_task(name="surveys.send_password_reset", autoretry_for=(OSError,), retry_backoff=30, max_retries=5)
def send_password_reset(email: str) -> None:
    """Mail a reset link to an active user with this address; to nobody else."""
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        return
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    path = reverse("reset-confirm", args=[uid, default_token_generator.make_token(user)])
    with translation.override(user.language):
        body = render_to_string(
            "surveys/accounts/reset_mail.txt",
            {"link": settings.PUBLIC_URL + path, "hours": settings.PASSWORD_RESET_TIMEOUT // 3600},
        )
        send_mail(_("Your new Barometer password"), body, None, [user.email])


@shared_task(name="surveys.clear_sessions")
def clear_sessions() -> None:
    """Forget the sessions that have expired."""
    call_command("clearsessions")


@shared_task(name="surveys.close_periods")
def close_periods() -> None:
    """Close the periods that have waited long enough for late answers."""
    periods.close_due(timezone.now())


@shared_task(name="surveys.fold_answers")
def fold_answers() -> None:
    """Put new answers into blocks and sums, so that no run has much to do. Doing it twice does nothing, and
    one survey that fails stops no other."""
    from surveys.blocks.folding import fold, surveys_to_fold

    for survey in surveys_to_fold():
        try:
            fold(survey)
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            log.exception("survey %s: its answers could not be folded", survey.pk)


@shared_task(name="surveys.audit_answers")
def audit_answers() -> None:
    """Compare a sample of each survey's blocks and sums with its answers; one that fails stops no other."""
    from surveys.blocks.verifying import audit

    for survey in Survey.objects.filter(Exists(AnswerSums.objects.filter(survey=OuterRef("pk")))):
        try:
            found = audit(survey, settings.AUDIT_DAYS)
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            log.exception("survey %s: its sums could not be audited", survey.pk)
            continue
        for difference in found.differences:
            log.error("survey %s: %s", survey.public_id, difference)


@shared_task(name="surveys.raise_alerts")
def raise_alerts() -> None:
    """Open alerts of new answers. Doing it twice, or in two places at once, opens none twice."""
    from surveys.follow_up import alerts

    with turn_of("alerts") as is_ours:
        if is_ours:
            alerts.raise_alerts()


@shared_task(name="surveys.send_alert_mails", soft_time_limit=SOFT_LIMIT, time_limit=HARD_LIMIT)
def send_alert_mails() -> None:
    """Send the mails that wait and are due."""
    from surveys.follow_up import mails

    with turn_of("mails") as is_ours:
        if is_ours:
            mails.send_waiting()


@shared_task(name="surveys.send_webhooks", soft_time_limit=SOFT_LIMIT, time_limit=HARD_LIMIT)
def send_webhooks() -> None:
    """Post the messages that wait and are due; each morning also how many responses there were."""
    from surveys.outgoing import events, webhooks

    with turn_of("webhooks") as is_ours:
        if is_ours:
            events.count_finished(timezone.now())
            webhooks.send_waiting()


@shared_task(name="surveys.forget_finished")
def forget_finished() -> None:
    """Delete the mails and messages that are long over."""
    from surveys.outgoing import retention

    retention.forget_finished(timezone.now())


@shared_task(name="surveys.drop_contact_drafts")
def drop_contact_drafts() -> None:
    """Forget files of contacts that were uploaded and neither stored nor given up."""
    from surveys.contacts import storing

    storing.drop_old_drafts()


@shared_task(name="surveys.prepare_invitations")
def prepare_invitations() -> None:
    """List the recipients of mailings that are due. A worker that died is made up for by the next."""
    from surveys.mailings import preparing

    preparing.prepare_due()


@shared_task(name="surveys.send_invitations", soft_time_limit=SOFT_LIMIT, time_limit=HARD_LIMIT)
def send_invitations() -> None:
    """Send for some seconds what is due; what is left, or was another's who died, is the next one's."""
    from surveys.mailings import sending

    sending.send_due()


# Longer than a run may take; the lease is renewed while it is written.
@shared_task(
    name="surveys.write_export",
    soft_time_limit=settings.EXPORT_TIME_LIMIT_SECONDS,
    time_limit=settings.EXPORT_TIME_LIMIT_SECONDS + 30,
)
def write_export(export_id: int) -> None:
    """Write one export if it is free; a message that comes twice, or late, finds nothing to claim."""
    from surveys.exports import jobs, writing, xlsx_file

    export = jobs.claim(export_id)
    if export is None:
        return
    try:
        writing.write(export)
    except jobs.ClaimLost:
        log.warning("export %s: nothing kept, it was cancelled or begins again", export.pk)
    except xlsx_file.TooWide:
        _give_up(export, "too_wide")
    except SoftTimeLimitExceeded:
        _give_up(export, "too_long")
    except Exception:
        log.exception("export %s failed", export.pk)
        _give_up(export, "internal")
    jobs.wake_next()


def _give_up(export: Export, error: str) -> None:
    from surveys.exports import jobs

    try:
        jobs.fail(export, error)
    except jobs.ClaimLost:
        log.warning("export %s: it was cancelled or taken over before it failed", export.pk)


@shared_task(name="surveys.sweep_exports")
def sweep_exports() -> None:
    """Wake workers for exports that wait, and remove the files of those that are over."""
    from surveys.exports import files, jobs

    jobs.sweep()
    files.remove_unneeded()
