"""What may be told of everybody's runs of single periods, decided for many surveys at once."""

from collections.abc import Collection, Mapping
from functools import cached_property

from indices.disclosing.bases import Tables
from indices.disclosing.disclosure import Disclosure, in_words, told_revisions
from indices.models import Comparison, Run
from surveys.models import Survey


class OfEverybody(Disclosure):
    """A survey's part of what was read for all: segments and windows play no part in it.

    Of superseded revisions nothing is told but of those `older` names; see `tell_older`.
    """

    def __init__(self, survey: Survey, reads_answers: bool, tables: Tables) -> None:
        super().__init__(survey, reads_answers)
        self._given = tables
        self.older: set[int] = set()

    @cached_property
    def tables(self) -> Tables:
        return self._given

    @property
    def _told_revisions(self) -> set[int]:
        return self.older

    def hides(self, run: int) -> bool:
        """The figures of a newest run, by its primary key, are hidden."""
        return run in self._hidden

    def why_newest(self, run: int) -> str:
        """Why the figures of a newest run, by its primary key, are hidden; empty where they are not."""
        return in_words(self._hidden.get(run, ""), self.least)

    def tells(self, comparison: Comparison) -> bool:
        """As for one survey; of a period that was not read nothing is known, so nothing is told."""
        against = comparison.against
        is_read = (against.measurement_key, 1, against.period_id) in self.tables
        return is_read and super().tells(comparison)


def tell_older(disclosures: Mapping[int, OfEverybody], compared: Collection[Run]) -> None:
    """Let each survey's disclosure know which of the revisions compared with every reader may be told of.

    In one query: all surveys are of one organisation, which has one least group.
    """
    superseded = [run for run in compared if not disclosures[run.survey_id].is_newest(run)]
    if not superseded or all(one.reads_answers for one in disclosures.values()):
        return
    done = Run.objects.filter(
        survey__in={run.survey_id for run in superseded},
        period__in={run.period_id for run in superseded},
        segment="",
        window=1,
        status=Run.Status.DONE,
    )
    told = told_revisions(done, disclosures[superseded[0].survey_id].least)
    for run in superseded:
        if run.pk in told:
            disclosures[run.survey_id].older.add(run.pk)
