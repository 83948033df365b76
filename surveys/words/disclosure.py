"""What viewers may read of comments.

Those who may edit a survey read every response anyway. To viewers a comment is told only as one of many: a
text may name its writer, so that the group must be larger than for numbers, and beside it stands nothing of
who wrote it. One filter at a time may narrow the comments: of two, the comments that both show would be those
of a group that nobody counted. A group that would follow from the others by subtraction is withheld with it.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext as _

from scoring.classical.suppression import suppressed
from surveys.models import Survey
from surveys.words.comments import Filter, respondents

AT_LEAST = 20  # respondents
TIMES = 2  # as many as for a figure


@dataclass(frozen=True)
class Told:
    """`base`: how many people wrote the comments that the filter, without a word searched for, leaves; None
    where that is not told. `reason` says why they may not be read; empty where they may."""

    base: int | None
    reason: str = ""


def least_commenting(survey: Survey) -> int:
    """How many people's comments there must be for viewers to read them."""
    return max(TIMES * survey.organisation.least_group, AT_LEAST)


def told_to_all(survey: Survey, chosen: Filter) -> Told:
    """To those who may edit."""
    return Told(respondents(chosen.without_search.of(survey)))


def told_to_viewers(survey: Survey, chosen: Filter) -> Told:
    """To everybody else."""
    if len(chosen.dimensions) > 1:
        return Told(None, _("Choose one filter at a time: two together could tell who wrote something."))
    least = least_commenting(survey)
    whole = respondents(Filter().of(survey))
    if whole < least:
        return Told(None, _too_few(least))
    if not chosen.dimensions:
        return Told(whole)
    (dimension,) = chosen.dimensions
    bases = _bases(survey, chosen, dimension)
    value = _value(chosen, dimension)
    if value not in bases or value in suppressed(bases, whole, least):
        return Told(None, _too_few(least))
    return Told(bases[value])


def _too_few(least: int) -> str:
    said = _(
        "Comments are shown here only where at least %d people wrote some, and where none of a smaller group "
        "could be told from them by subtraction."
    )
    return said % least


def _value(chosen: Filter, dimension: str) -> str:
    """What of the dimension is chosen, as a key of `_bases`."""
    if dimension == "period":
        return str(chosen.period.pk) if chosen.period else ""
    if dimension == "segment":
        return chosen.segment.partition(":")[2]
    return str(getattr(chosen, dimension))


def _bases(survey: Survey, chosen: Filter, dimension: str) -> dict[str, int]:
    """How many people wrote in each group of what the filter chooses by."""
    rows = Filter().of(survey)
    if dimension == "question":  # no partition: who answered this one, against all others
        return {chosen.question: respondents(chosen.without_search.of(survey))}
    if dimension == "group":
        groups = chosen.rating.groups if chosen.rating else {}
        one_by_one = (Filter(rating=chosen.rating, group=group) for group in groups)
        return {one.group: respondents(one.of(survey)) for one in one_by_one}
    expression: Any = {
        "period": F("response__period"),
        "language": F("response__language"),
        "segment": KeyTextTransform(chosen.segment.partition(":")[0], "response__segments"),
    }[dimension]
    counted = rows.order_by().annotate(value=expression).values("value")
    found = counted.annotate(n=Count("response", distinct=True)).values_list("value", "n")
    return {str(value): n for value, n in found if value is not None}
