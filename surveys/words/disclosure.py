"""What may be read of comments, and by whom.

To viewers a comment is told only as one of many: a text may name its writer, so that the group must be larger
than for numbers, and beside it stands nothing of who wrote it. They may narrow comments by period alone.
Texts need no ids to be found again: whoever may choose by segment, and then by score, knows of each text in
both answers who of few wrote it. A period that would follow from the others by subtraction is withheld with
it.

Those who may edit a survey read its responses anyway; but those of an anonymous survey without their words.
So that the words are not joined to them there, what stands beside a comment is its period and in which third
one rating is, the same whoever asks; and by segment or language comments are chosen only as viewers choose by
period: alone, and of enough people.
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
    where that is not told or was not counted. `reason` says why they may not be read; empty where they may.
    """

    base: int | None
    reason: str = ""


def least_commenting(survey: Survey) -> int:
    """How many people's comments there must be for viewers to read them."""
    return max(TIMES * survey.organisation.least_group, AT_LEAST)


def told(survey: Survey, chosen: Filter, may_edit: bool) -> Told:
    return told_to_editors(survey, chosen) if may_edit else told_to_viewers(survey, chosen)


def told_to_editors(survey: Survey, chosen: Filter) -> Told:
    """To those who may edit; the base is not counted where nothing depends on it."""
    if not is_anonymous(survey) or not {"segment", "language"} & set(chosen.dimensions):
        return Told(None)
    if len(chosen.dimensions) > 1:
        return Told(
            None,
            _(
                "The survey is anonymous: choose a segment or a language without another filter. Two "
                "together could tell who wrote something."
            ),
        )
    return _told_of_many(survey, chosen)


def told_to_viewers(survey: Survey, chosen: Filter) -> Told:
    """To everybody else."""
    if set(chosen.dimensions) - {"period"}:
        return Told(
            None,
            _(
                "Only owners and analysts of the organisation may choose comments by anything but the "
                "period: other filters could tell who wrote something."
            ),
        )
    return _told_of_many(survey, chosen)


def base_for_editors(survey: Survey, chosen: Filter) -> int | None:
    """How many people wrote. In an anonymous survey None for few: one who wrote two texts would show that
    both are of the same person."""
    base = respondents(chosen.without_search.of(survey))
    return None if is_anonymous(survey) and base < least_commenting(survey) else base


def is_anonymous(survey: Survey) -> bool:
    return survey.privacy == Survey.Privacy.ANONYMOUS


def _told_of_many(survey: Survey, chosen: Filter) -> Told:
    """Of at most one dimension."""
    least = least_commenting(survey)
    dimension = next(iter(chosen.dimensions), "")
    counted = _bases(survey, chosen, dimension or "period")
    whole = sum(counted.values())
    if whole < least:
        return Told(None, _too_few(least))
    if not dimension:
        return Told(whole)
    bases = {str(value): n for value, n in counted.items() if value is not None}
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
    """What of the dimension is chosen, as a key of `_bases` in letters."""
    if dimension == "period":
        return str(chosen.period.pk) if chosen.period else ""
    return chosen.segment.partition(":")[2] if dimension == "segment" else chosen.language


def _bases(survey: Survey, chosen: Filter, dimension: str) -> dict[Any, int]:
    """How many people wrote in each group of what the filter chooses by; None: in no group. Every response is
    in one, so that all together are everybody."""
    expression: Any = {
        "period": F("response__period"),
        "language": F("response__language"),
        "segment": KeyTextTransform(chosen.segment.partition(":")[0], "response__segments"),
    }[dimension]
    counted = Filter().of(survey).order_by().annotate(value=expression).values("value")
    return dict(counted.annotate(n=Count("response", distinct=True)).values_list("value", "n"))
