"""Which stored figures may be told, so that nobody learns what a few respondents said.

An organisation's `least_group`, k, is the fewest respondents whose figures are told: on the pages and by the
API, to every member, now and of what was computed before. It is decided when figures are read, from the bases
that runs stored: the responses read, and those that each estimator used.

- A run of 1 to k − 1 respondents is hidden, everybody's too.
- Of a segment question in one period and window, the smallest segment told is hidden as well while everybody
  minus the segments told is a group of 1 to k − 1: a smaller segment, or those who skipped the question.
- A window over several periods is told for everybody where windows and periods together tell no small group
  of periods (`suppression.windows_suppressed`), and of a segment where it is the sum of what its periods
  tell, so that it says nothing new.
- Segments of different questions are not weighed against each other: no table tells how they cross.

Figures are told of a period as it is computed again and again. Two revisions that differ by fewer than k
answers tell, by subtraction, roughly what those few said: at n = 100 one more answer moves an index by a
hundredth of its distance from it, which a decimal shows to within five points, and the API gives every
decimal. So an older revision of everybody's figures is hidden where its number of answers is not at least k
from those of the newer ones that are told (the same answers computed again are told), and those of segments
are hidden. They stay readable to members who may edit, who may read every single answer anyhow: for them
nothing follows that they may not see. What a reader noted down before a revision no rule can take back,
unless late answers were never counted; the newest is always told, because a released figure must not change
silently.

The sizes of groups are protected where they are small, not as such: that a hidden segment is the smaller of
two bounds its size, and says nothing of what anybody answered.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from indices import weighted
from indices.disclosing.bases import SERIES, SIZES, Base, Tables, newest_bases
from indices.disclosing.windows import Windows
from indices.models import Comparison, Run, SegmentComparability, SegmentDifference
from indices.segments import question_of
from scoring.classical.suppression import is_small, suppressed
from surveys.models import Survey


class Hidden(models.TextChoices):
    """Why a run's figures are not told."""

    FEW = "few"
    REST = "rest"
    SUPERSEDED = "superseded"


SENTENCES = {
    Hidden.FEW: gettext_lazy("Hidden: fewer than %d respondents."),
    Hidden.REST: gettext_lazy(
        "Hidden so that a group of fewer than %d respondents cannot be told from the rest."
    ),
    Hidden.SUPERSEDED: gettext_lazy(
        "Hidden: it differs from a newer revision by fewer than %d respondents. Members who may read "
        "single answers can read it."
    ),
}


def in_words(why: str, least: int) -> str:
    """The reason as a sentence; empty where nothing is hidden."""
    return str(SENTENCES[Hidden(why)]) % least if why else ""


class Disclosure:
    """What may be told of a survey's stored runs, read once, in two or three queries.

    `reads_answers`: the reader may read every single answer. For others older revisions, of which there may
    be many, are read once one of them is asked about.
    """

    def __init__(self, survey: Survey, reads_answers: bool = False) -> None:
        self.survey = survey
        self.least = survey.organisation.least_group
        self.reads_answers = reads_answers

    @cached_property
    def runs(self) -> QuerySet[Run]:
        return Run.objects.filter(survey=self.survey, status=Run.Status.DONE)

    def why(self, run: Run) -> str:
        """Why the run's figures are hidden; empty where they may be told, or there are none yet."""
        if run.pk in self._standing:
            return self._hidden.get(run.pk, "")
        return self._of_older(run) if run.status == Run.Status.DONE else ""

    def words(self, run: Run) -> str:
        return in_words(self.why(run), self.least)

    def hidden_segments(self, run: Run) -> dict[str, str]:
        """The segments that are hidden in the run's period and window, each with the reason in words."""
        bases = self.tables.get((run.measurement_key, run.window, run.period_id), {})
        found = {one: self._hidden.get(base.pk, "") for one, base in bases.items() if one}
        return {one: in_words(why, self.least) for one, why in found.items() if why}

    def tells(self, comparison: Comparison) -> bool:
        """Both figures that it compares may be told."""
        return not self.why(comparison.run) and not self.why(comparison.against)

    def tells_alike(self, one: SegmentComparability) -> bool:
        """No group is hidden that was tested: segments as their runs are, languages by their answers."""
        bases = self.tables.get((one.measurement_key, 1, one.period_id), {})
        if "" in bases and bases[""].pk in self._hidden:
            return False
        there = [bases[group["group"]] for group in one.groups if group["group"] in bases]
        is_small_one = any(is_small(group["n"], self.least) for group in one.groups)
        return not is_small_one and not any(base.pk in self._hidden for base in there)

    def is_newest(self, run: Run) -> bool:
        """The run stands for its period and segment."""
        return run.pk in self._standing

    def tells_differences(self, run: Run) -> bool:
        """No segment in the mean of the others is hidden, of those that this one was compared with."""
        return (run.measurement_key, run.period_id, question_of(run.segment)) not in self._mixed

    @cached_property
    def _mixed(self) -> set[tuple[str, int, str]]:
        """The questions, by key and period, whose stored differences hold a segment that is hidden."""
        if not self._hidden:
            return set()
        rows = SegmentDifference.objects.filter(run__in=list(self._hidden)).order_by()
        found = rows.values_list("run__measurement_key", "run__period", "run__segment").distinct()
        return {(key, period, question_of(segment)) for key, period, segment in found}

    def _of_older(self, run: Run) -> str:
        """A superseded revision is hidden as the newest is, if it is itself small, or too close to others."""
        series = run.measurement_key, run.period_id, run.segment, run.window
        if why := self._hidden.get(self._newest.get(series, 0), ""):
            return why
        if is_small(run.responses, self.least):
            return Hidden.FEW
        return "" if self.reads_answers or run.pk in self._told_revisions else Hidden.SUPERSEDED

    @cached_property
    def _newest(self) -> dict[tuple[str, int, str, int], int]:
        return {
            (key, period, segment, window): base.pk
            for (key, window, period), bases in self.tables.items()
            for segment, base in bases.items()
        }

    @cached_property
    def _standing(self) -> set[int]:
        return set(self._newest.values())

    @cached_property
    def tables(self) -> Tables:
        return newest_bases(self.runs)

    @cached_property
    def _hidden(self) -> dict[int, str]:
        """Why, of the newest runs that are hidden; of single periods first, as windows are weighed against
        them."""
        hidden: dict[int, str] = {}
        for (_key, window, _period), bases in self.tables.items():
            if window == 1:
                hidden |= self._of_table(bases, set())
        for key in {key for key, window, _period in self.tables if window > 1}:
            pooled = Windows(self.survey, self.tables, hidden, key)
            for table in pooled.there:
                hidden |= self._of_table(self.tables[table], pooled.away(table))
        return hidden

    def _of_table(self, bases: Mapping[str, Base], away: set[str]) -> dict[int, str]:
        """Why, of those hidden in one period and window; `away` are hidden already, by their segments."""
        few = {segment for segment, base in bases.items() if base.is_small(self.least)}
        hidden = few | away
        total = None if "" in hidden else bases.get("")
        questions: dict[str, dict[str, Base]] = defaultdict(dict)
        for segment, base in bases.items():
            if segment:
                questions[question_of(segment)][segment] = base
        for values in questions.values():
            hidden |= _of_question(values, total, self.least, hidden)
        return {bases[one].pk: Hidden.FEW if one in few else Hidden.REST for one in hidden}

    @cached_property
    def _told_revisions(self) -> set[int]:
        """Everybody's revisions that every reader may see: from the newest on, far enough from those told."""
        return told_revisions(self.runs.filter(segment=""), self.least)


def told_revisions(runs: QuerySet[Run], least: int) -> set[int]:
    """Of everybody's done runs those that differ by no small group from a newer one that is told."""
    told: dict[tuple[Any, ...], list[tuple[int, tuple[str, str]]]] = defaultdict(list)
    found = set()
    for pk, responses, fingerprint, settings, *series in runs.order_by("-revision").values_list(
        "pk", "responses", "fingerprint", "settings", *SERIES
    ):
        others = told[tuple(series)]
        # The same answers weighted otherwise are another figure, and two of them tell a hidden segment's.
        own = responses, (fingerprint, weighted.digest(settings))
        if own in others or all(abs(responses - other) >= least for other, _of in others):
            found.add(pk)
            others.append(own)
    return found


def _of_question(values: Mapping[str, Base], total: Base | None, least: int, hidden: set[str]) -> set[str]:
    """The segments of one question to hide, whichever sizes are subtracted: those read or those used."""
    away = hidden & values.keys()
    while True:
        grown = set(away)
        for size in range(SIZES):
            sizes = {segment: base.sizes[size] for segment, base in values.items()}
            grown |= suppressed(sizes, total.sizes[size] if total else None, least, grown)
        if total:
            grown |= _of_scores(values, total, least, grown)
        if grown == away:
            return away
        away = grown


def _of_scores(values: Mapping[str, Base], total: Base, least: int, hidden: set[str]) -> set[str]:
    """The segments to hide for the sake of single scores, each of which has a base of its own: what is left
    of everybody's once those told are subtracted is a small group where few of the others answered it."""
    found: set[str] = set()
    for code, everybody in total.scores.items():
        told = {
            segment: base.scores.get(code, 0)
            for segment, base in values.items()
            if segment not in hidden | found and base.scores.get(code, 0) >= least
        }
        if everybody >= least:
            found |= suppressed(told, everybody, least)
    return found
