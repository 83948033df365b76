"""Making the demo organisation with its three surveys."""

import secrets
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from deploy.demo.desk import service_desk
from deploy.demo.surveys import SLUG, real, simulated
from indices.models import Run
from indices.runs import queue
from indices.runs.schedule import request_answered
from indices.selectors import measurement_keys
from surveys.membership import found
from surveys.models import Organisation, Survey, User
from surveys.selectors import finished

EMAIL = "demo@barometer.example"


def load_demo() -> str:
    """Make the demo organisation once, and ask for its indices. Returns its password when just made."""
    if Organisation.objects.filter(slug=SLUG).exists():
        return ""
    password = secrets.token_urlsafe(9)
    with transaction.atomic():
        user = User.objects.create_user(EMAIL, password, name="Demo")
        member = found(Organisation(slug=SLUG, name="Demo"), user)
        today = timezone.now().date()
        _request([real(member), service_desk(member, today), simulated(member, today)])
    return password


def _request(surveys: Sequence[Survey]) -> None:
    """The newest period first, and everybody before any segment: what a visitor looks at first."""
    periods = [(survey, period) for survey in surveys for period in survey.periods.order_by("-first_day")]
    for survey, period in periods:
        for key in measurement_keys(survey):
            if finished(survey, key, period).exists():
                queue.request(survey, period, key, "", Run.Trigger.SCHEDULE)
    for survey, period in periods:
        request_answered(survey, period, Run.Trigger.SCHEDULE)
