"""Making and changing the rules by which alerts are opened."""

from django.db import transaction
from django.utils import timezone

from surveys.models import AlertRule, Survey

MOST_PER_SURVEY = 20
DECIDING = ("item", "lowest", "highest", "is_active")  # what decides which answers match


class TooManyRules(Exception):
    """The survey has as many rules as it may."""


def keep(rule: AlertRule, survey: Survey, before: tuple[object, ...] | None) -> AlertRule:
    """Store a rule, new or changed. One that matches other answers than before is about those that come from
    now on. Raises TooManyRules."""
    with transaction.atomic():
        if rule.pk is None:
            Survey.objects.select_for_update(no_key=True).get(pk=survey.pk)
            if survey.alert_rules.count() >= MOST_PER_SURVEY:
                raise TooManyRules
            rule.survey = survey
        if before != deciding(rule):
            rule.since = rule.looked_until = timezone.now()
        rule.save()
    return rule


def deciding(rule: AlertRule) -> tuple[object, ...]:
    return tuple(getattr(rule, name) for name in DECIDING)
