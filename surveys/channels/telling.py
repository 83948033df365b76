"""From which channel a single response came, as far as it may be told.

By a place where few answered, somebody may know who it was. So in an anonymous survey a channel is named only
where the organisation's `least_group` finished there; and what is left without a name, answers that came from
no channel among it, must be as many, or none: else the smallest of the others goes unnamed with it, since who
counts the nameless would know where those few were.
"""

from django.db.models import Count, Q

from surveys.models import Channel, Response, Survey


def told_channels(survey: Survey) -> dict[int, Channel]:
    """The channels that may be named beside an answer, by their keys in the database."""
    if survey.privacy != Survey.Privacy.ANONYMOUS:
        return {one.pk: one for one in survey.channels.all()}
    is_finished = Q(responses__state=Response.State.FINISHED)
    counted = survey.channels.annotate(finished=Count("responses", filter=is_finished))
    large_first = sorted(counted, key=lambda one: (-one.finished, one.pk))
    least = survey.organisation.least_group
    told = [one for one in large_first if one.finished >= least]
    finished = survey.responses.filter(state=Response.State.FINISHED).count() if told else 0
    while told and 0 < finished - sum(one.finished for one in told) < least:
        told.pop()
    return {one.pk: one for one in told}
