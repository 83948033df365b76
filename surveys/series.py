"""Which versions' answers may be pooled, instrument by instrument, and why others never are."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scoring.instrument import Instrument
from surveys import publishing
from surveys.drafts.outline import name_of
from surveys.models import Survey, Use
from surveys.questionnaire.content import Content


@dataclass(frozen=True)
class Continuation:
    """What becomes of an instrument's earlier answers when the draft is published.

    `new`: there are none. `pooled`: they count together. `reworded`: its author must say. `apart`: they
    measure something else, and `why` says so. `versions` are those with the earlier answers.
    """

    kind: Literal["new", "pooled", "reworded", "apart"]
    instrument: Instrument
    versions: tuple[int, ...] = ()
    why: str = ""

    @property
    def name(self) -> str:
        return name_of(self.instrument)

    @property
    def earlier(self) -> str:
        return versions_text(self.versions)


def continuations(survey: Survey, content: Content) -> list[Continuation]:
    """For each instrument of a draft, in order, what publishing it means."""
    reworded = publishing.reworded(survey)
    return [
        _continuation(survey, instrument, name in reworded)
        for name, instrument in content.instruments.items()
    ]


def _continuation(survey: Survey, instrument: Instrument, is_reworded: bool) -> Continuation:
    uses = list(_uses(survey).filter(instrument_id=instrument.id))
    if not uses:
        return Continuation("new", instrument)
    same = publishing.last_use(survey, instrument)
    if same is None:
        versions = tuple(use.version.number for use in uses)
        return Continuation("apart", instrument, versions, difference(uses[-1].instrument, instrument))
    pooled = tuple(use.version.number for use in uses if use.measurement_key == same.measurement_key)
    return Continuation("reworded" if is_reworded else "pooled", instrument, pooled)


def histories(survey: Survey) -> dict[int, list[str]]:
    """For each version's number, in plain sentences, what its answers can be compared with."""
    uses = list(_uses(survey))
    return {
        number: _history(list(mine), [use for use in uses if use.version.number < number])
        for number, mine in groupby(uses, key=lambda use: use.version.number)
    }


def _uses(survey: Survey) -> QuerySet[Use]:
    return (
        Use.objects.filter(version__survey=survey)
        .select_related("version")
        .order_by("version__number", "position")
    )


def _history(uses: list[Use], before: list[Use]) -> list[str]:
    if not before:
        return [_("The first version.")]
    pooled = {
        use: _numbers(one for one in before if one.measurement_key == use.measurement_key) for use in uses
    }
    if len(set(pooled.values())) == 1 and all(pooled.values()):
        together = versions_text(next(iter(pooled.values())))
        return [_("Answers are pooled with those of %s.") % together]
    return [_sentence(use, versions, before) for use, versions in pooled.items()]


def _sentence(use: Use, pooled: tuple[int, ...], before: list[Use]) -> str:
    name = name_of(use.instrument)
    if pooled:
        return _("%(name)s: answers are pooled with those of %(versions)s.") % {
            "name": name,
            "versions": versions_text(pooled),
        }
    earlier = [one for one in before if one.instrument_id == use.instrument_id]
    if not earlier:
        return _("%s: measured here for the first time.") % name
    said = _("%(name)s: a new series, because %(why)s; it is never mixed with %(versions)s.")
    why = difference(earlier[-1].instrument, use.instrument)
    return said % {"name": name, "why": why, "versions": versions_text(_numbers(earlier))}


def _numbers(uses: Iterable[Use]) -> tuple[int, ...]:
    return tuple(sorted({use.version.number for use in uses}))


def difference(before: Instrument, now: Instrument) -> str:
    """Why two adaptations of an instrument do not measure the same."""
    asked_before, asked_now = ({item.code for item in one.items} for one in (before, now))
    if asked_before > asked_now:
        return _("questions were left out")
    if asked_before < asked_now:
        return _("questions were added")
    if asked_before != asked_now:
        return _("other questions are asked")
    if before.scales() != now.scales():
        return _("a scale was changed")
    if before.measurement_key() == now.measurement_key():
        return _("its new wording was said to measure something else")
    return _("the model was changed")


def versions_text(numbers: Iterable[int]) -> str:
    """`version 4`, `versions 1–3, 5`."""
    numbers = sorted(numbers)
    runs = [
        [number for _place, number in run]
        for _gap, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])
    ]
    listed = ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
    return ngettext("version %s", "versions %s", len(numbers)) % listed
