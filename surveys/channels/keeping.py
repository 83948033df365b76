"""Making and renaming channels, and how many answers came from each."""

from collections.abc import Iterator, Mapping
from itertools import chain, count
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from surveys.models import Channel, Response, Survey
from surveys.weighting import problems_of_segments, segment_questions

MOST_PER_SURVEY = 500


class ChannelRefused(ValueError):
    """What cannot be a channel; `problems` says why, by field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = dict(problems)


def make(survey: Survey, name: str, segments: Mapping[str, Any]) -> Channel:
    """A new channel; `segments` are options of the published segment questions. Raises ChannelRefused."""
    if problems := dict(_problems(survey, segments)):
        raise ChannelRefused(problems)
    with transaction.atomic():
        _hold_names(survey, name)
        if survey.channels.count() >= MOST_PER_SURVEY:
            raise ChannelRefused({"name": _("There are as many channels as a survey may have.")})
        return survey.channels.create(name=name, segments=dict(segments))


def make_each(survey: Survey, question: str) -> int:
    """A channel for each option of a segment question that no channel knows alone yet, called by its text;
    returns how many. Doing it twice makes none twice. Raises ChannelRefused; then none is made."""
    options = {one.code: one.options for one in segment_questions(survey)}.get(question, ())
    if not options:
        raise ChannelRefused({"question": _("is no segment question of the published survey")})
    with transaction.atomic():
        Survey.objects.select_for_update(no_key=True).get(pk=survey.pk)
        known = {tuple(one.items()) for one in survey.channels.values_list("segments", flat=True)}
        missing = [one for one in options if ((question, one.code),) not in known]
        if survey.channels.count() + len(missing) > MOST_PER_SURVEY:
            said = _("There would be more channels than the %d that a survey may have.")
            raise ChannelRefused({"question": said % MOST_PER_SURVEY})
        taken = set(survey.channels.values_list("name", flat=True))
        for option in missing:
            name = _free(option.text.get(survey.languages[0]) or option.code, taken)
            survey.channels.create(name=name, segments={question: option.code})
        return len(missing)


def _free(wanted: str, taken: set[str]) -> str:
    """The name, with a number where it is taken; it is taken from now on."""
    numbered = (f"{wanted[:110]} ({number})" for number in count(2))
    name = next(one for one in chain([wanted[:120]], numbered) if one not in taken)
    taken.add(name)
    return name


def change(channel: Channel, name: str | None = None, is_active: bool | None = None) -> None:
    """Raises ChannelRefused where another channel has the name."""
    with transaction.atomic():
        if name is not None:
            _hold_names(channel.survey, name, channel)
            channel.name = name
        if is_active is not None:
            channel.is_active = is_active
        channel.save(update_fields=["name", "is_active"])


def with_counts(survey: Survey) -> QuerySet[Channel]:
    """The channels in order of their names, with how many `started` and `finished`."""
    is_finished = Q(responses__state=Response.State.FINISHED)
    counts = {"started": Count("responses"), "finished": Count("responses", filter=is_finished)}
    return survey.channels.annotate(**counts).order_by("name", "pk")


def _hold_names(survey: Survey, name: str, own: Channel | None = None) -> None:
    """One at a time names a channel of the survey."""
    Survey.objects.select_for_update(no_key=True).get(pk=survey.pk)
    same = survey.channels.filter(name=name)
    if (same.exclude(pk=own.pk) if own else same).exists():
        raise ChannelRefused({"name": _("Another channel has this name.")})


def _problems(survey: Survey, segments: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if survey.current_version is None:
        yield "name", _("Publish the survey first; until then a link would open nothing.")
        return
    yield from problems_of_segments(survey, segments)
