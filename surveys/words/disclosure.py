"""What may be read of comments, and by whom.

To viewers a comment is told only as one of many: a text may name its writer, so that the group must be larger
than for numbers, and beside it stands nothing of who wrote it. They may narrow comments by period alone.
Texts need no ids to be found again: whoever may choose by segment, and then by score, knows of each text in
both answers who of few wrote it. A period that would follow from the others by subtraction is withheld with
it.

Those who may edit a survey read its responses anyway; but those of an anonymous survey without their words.
So that the words are not joined to them there, what stands beside a comment is its period and in which third
one rating is, the same whoever asks; and by segment or language they are not chosen: whoever asks once for
each would know both of every text.
"""

from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext as _

from scoring.classical.suppression import suppressed
from surveys.models import Period, Survey
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
    return Told(
        None,
        _(
            "The survey is anonymous: comments cannot be chosen by segment or language, since both could be "
            "laid beside the answers of single responses."
        ),
    )


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
    return _told_of_many(survey, chosen.period)


def base_for_editors(survey: Survey, chosen: Filter) -> int | None:
    """How many people wrote. In an anonymous survey None for few: one who wrote two texts would show that
    both are of the same person."""
    base = respondents(chosen.without_search.of(survey))
    return None if is_anonymous(survey) and base < least_commenting(survey) else base


def is_anonymous(survey: Survey) -> bool:
    return survey.privacy == Survey.Privacy.ANONYMOUS


def _told_of_many(survey: Survey, period: Period | None) -> Told:
    """Of a period, or of all."""
    least, counted = least_commenting(survey), _by_period(survey)
    whole = sum(counted.values())
    if whole < least:
        return Told(None, _too_few(least))
    if period is None:
        return Told(whole)
    bases = {str(key): n for key, n in counted.items() if key is not None}
    value = str(period.pk)
    if value not in bases or value in suppressed(bases, whole, least):
        return Told(None, _too_few(least))
    return Told(bases[value])


def _too_few(least: int) -> str:
    said = _(
        "Comments are shown here only where at least %d people wrote some, and where none of a smaller group "
        "could be told from them by subtraction."
    )
    return said % least


def _by_period(survey: Survey) -> dict[int | None, int]:
    """How many people wrote in each period; None: in none."""
    counted = Filter().of(survey).order_by().values_list("response__period")
    return dict(counted.annotate(n=Count("response", distinct=True)))
