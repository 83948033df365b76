"""Runs and what they stored. A run is the queue's memory; the message that wakes a worker may be lost."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from indices.digests.models import Digest as Digest  # a part of this app of its own
from indices.sharing.models import ShareLink as ShareLink  # likewise
from surveys.models import Period, Survey, User
from surveys.models.fields import only_choices, public_id
from surveys.models.survey import Estimator


class RunStatus(models.TextChoices):
    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("under way")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class Trigger(models.TextChoices):
    MANAGER = "manager", _("asked for by a manager")
    SCHEDULE = "schedule", _("on schedule")
    ANSWERS = "answers", _("because of new answers")
    WEIGHTING = "weighting", _("because the weighting changed")


class Stage(models.TextChoices):
    WAITING = "waiting", _("waiting for a worker")
    READING = "reading", _("reading the answers")
    ML = "ml", _("fitting the structural model")
    PLS = "pls", _("fitting the partial least squares model and its resamples")
    STORING = "storing", _("storing the results")


class Run(models.Model):
    """One computation of one period's indices, for everybody (`segment` empty) or one `question:option`.

    `window` is of how many periods the answers are pooled, `period` being the last; 1 for the period alone.
    What a done run stored is never changed again: other answers give another revision. `released_at` is set
    on the runs of a released period; `changes` counts by what the answers differ from those of the released
    revision before (see `indices.releases`).
    Worked by claim: a worker sets `claim` and `lease_until` by an UPDATE that must change exactly one row,
    renews the lease while it computes, and stores only if the claim is still its own: who cancels the run
    takes the claim away (`ended_at` is when, `cancelled_by` who). What is needed to compute it again is kept:
    model, fingerprint of the data, seed, settings and library versions.
    """

    Status, Trigger, Stage = RunStatus, Trigger, Stage

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="runs")
    period = models.ForeignKey(Period, models.CASCADE, related_name="runs")
    measurement_key = models.CharField(max_length=32)
    segment = models.CharField(max_length=90, blank=True, default="")
    window = models.PositiveSmallIntegerField(default=1)
    revision = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=RunStatus.choices, default=RunStatus.QUEUED)
    trigger = models.CharField(max_length=10, choices=Trigger.choices)
    requested_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    attempts = models.PositiveIntegerField(default=0)
    claim = models.CharField(max_length=22, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.WAITING)
    progress = models.FloatField(default=0)  # share of the whole run that is done, 0..1
    error = models.TextField(blank=True, default="")
    queued_at = models.DateTimeField(default=timezone.now)
    woken_at = models.DateTimeField(default=timezone.now)  # when a worker was last told of it
    as_of = models.DateTimeField(null=True)  # answers that came later do not count; null: all that are read
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    responses = models.PositiveIntegerField(default=0)  # finished responses that were read
    excluded = models.PositiveIntegerField(default=0)  # finished responses that an analyst had taken out
    missing = models.JSONField(default=dict)  # item: {reason: count}
    model = models.TextField(blank=True, default="")  # lavaan syntax
    fingerprint = models.CharField(max_length=64, blank=True, default="")
    seed = models.BigIntegerField(null=True)
    settings = models.JSONField(default=dict)
    versions = models.JSONField(default=dict)
    released_at = models.DateTimeField(null=True)
    changes = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            only_choices("status", RunStatus, "run_status"),
            only_choices("trigger", Trigger, "run_trigger"),
            only_choices("stage", Stage, "run_stage"),
            models.UniqueConstraint(
                fields=["survey", "period", "measurement_key", "segment", "window", "revision"],
                name="run_revision_once",
            ),
            models.UniqueConstraint(
                fields=["survey", "period", "measurement_key", "segment", "window"],
                condition=models.Q(status="queued"),
                name="run_queued_once",
            ),
            models.CheckConstraint(condition=models.Q(window__gte=1), name="run_window"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["status", "lease_until"], name="run_to_sweep"),
            models.Index(fields=["survey", "segment", "status"], name="run_of_survey"),
        ]

    def __str__(self) -> str:
        return f"{self.survey} {self.period} {self.segment} r{self.revision} {self.status}"

    @property
    def read_up_to(self) -> datetime | None:
        """Until when answers came that the run counts; None before it was taken up."""
        return self.as_of or self.started_at

    @property
    def is_under_way(self) -> bool:
        """It waits, or a worker has it."""
        return self.status in {RunStatus.QUEUED, RunStatus.RUNNING}


class FiguresBy(models.TextChoices):
    """Where figures come from: an estimator of a structural model, or the answers of another instrument."""

    ML = Estimator.ML.value, Estimator.ML.label
    PLS = Estimator.PLS.value, Estimator.PLS.label
    SCORE = "score", _("the answers themselves")


class Estimate(models.Model):
    """What one estimator said: the whole result, in the form `python -m scoring fit --json` prints.

    Of an instrument without a structural model there is one, by `score`, in the form that
    `python -m scoring nps`, `servqual` or `kano` prints, with more beside it.
    """

    Estimator = FiguresBy

    run = models.ForeignKey(Run, models.CASCADE, related_name="estimates")
    estimator = models.CharField(max_length=5, choices=FiguresBy.choices)
    status = models.CharField(max_length=20)
    n = models.PositiveIntegerField()
    n_used = models.PositiveIntegerField()
    result = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            only_choices("estimator", FiguresBy, "estimate_estimator"),
            models.UniqueConstraint(fields=["run", "estimator"], name="estimate_once"),
        ]

    def __str__(self) -> str:
        return f"{self.run} {self.estimator} {self.status}"


class StoredMoments(models.Model):
    """The means and the covariance that a run's fit began from: {"n", "items", "means", "covariance"}.

    In a table of its own: of many items it is large, and nothing but a run that is taken away reads it.
    """

    run = models.OneToOneField(Run, models.CASCADE, related_name="moments")
    content = models.JSONField()

    def __str__(self) -> str:
        return f"{self.run} moments"


class Index(models.Model):
    """A construct's index, 0..100, with its 95 % interval: the rows that series and tables are read from."""

    estimate = models.ForeignKey(Estimate, models.CASCADE, related_name="indices")
    construct = models.CharField(max_length=40)
    value = models.FloatField()
    se = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["estimate", "construct"], name="index_once"),
            models.CheckConstraint(condition=models.Q(value__gte=0, value__lte=100), name="index_range"),
        ]

    def __str__(self) -> str:
        return f"{self.construct} {self.value:.1f}"


class ScoreKind(models.TextChoices):
    NPS = "nps", _("net score")
    PERCENT = "percent", _("share in percent")
    BETTER = "better", _("share of those it pleases")
    WORSE = "worse", _("share of those who miss it, below zero")
    MEAN = "mean", _("mean")


class Score(models.Model):
    """One figure of an instrument without a structural model, with its 95 % interval and its own base.

    `code` is that of the construct of a single question, or `weighted`, `gap.reliability`, `better.delivery`.
    `counts` is what a net score or a share was counted from: promoters, passives and detractors, or those
    who count. Where the answers are weighted, `n_effective` of equal weight tell as much as the n, and
    `counts` are those at the effective base of the interval (see `scoring.classical.score`).
    """

    Kind = ScoreKind

    estimate = models.ForeignKey(Estimate, models.CASCADE, related_name="scores")
    code = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, choices=ScoreKind.choices)
    value = models.FloatField()
    se = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    n = models.PositiveIntegerField()
    counts = models.JSONField(default=list)
    n_effective = models.FloatField(null=True)

    class Meta:
        constraints: ClassVar = [
            only_choices("kind", ScoreKind, "score_kind"),
            models.UniqueConstraint(fields=["estimate", "code"], name="score_once"),
            models.CheckConstraint(condition=models.Q(n__gte=1), name="score_base"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.value:.2f}"

    @property
    def deff(self) -> float | None:
        """The design effect of the weights (Kish); None where every answer counts alike."""
        return self.n / self.n_effective if self.n_effective else None


class Against(models.TextChoices):
    PREVIOUS = "previous", _("the period before")
    YEAR = "year", _("the same period a year ago")


class Verdict(models.TextChoices):
    FULL = "full", _("comparable")
    PARTIAL = "partial", _("comparable but for some questions")
    EFFECTS = "effects", _("effects comparable, levels not")
    NONE = "none", _("not comparable")
    UNTESTED = "untested", _("not tested")
    OTHER_MEASURE = "other_measure", _("something else was measured")


class Comparison(models.Model):
    """Whether a run measures the same as an earlier period's, and on its `changes` what changed since.

    There is one for the period before and one for a year ago, each against the run that stood for that period
    when this was stored; it is replaced whenever either is computed again. `moved` names the items that are
    answered otherwise at the same level of their construct, with their loading (level "metric") or
    intercept ("scalar") then and now: [{"level", "construct", "item", "earlier", "later"}, ...]; `lost` the
    constructs that cannot be compared while others can: [{"level", "construct"}, ...]; `apart` those whose
    items make up another composite by partial least squares. `latent` holds the differences of constructs'
    means without the moved items, in points of the index. `issues` are what the tests had to say, `tests` all
    their figures.
    """

    Against, Verdict = Against, Verdict

    run = models.ForeignKey(Run, models.CASCADE, related_name="comparisons")
    against = models.ForeignKey(Run, models.CASCADE, related_name="compared_with")
    kind = models.CharField(max_length=10, choices=Against.choices)
    verdict = models.CharField(max_length=15, choices=Verdict.choices)
    moved = models.JSONField(default=list)
    lost = models.JSONField(default=list)
    apart = models.JSONField(default=list)
    latent = models.JSONField(default=list)
    issues = models.JSONField(default=list)
    tests = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            only_choices("kind", Against, "comparison_kind"),
            only_choices("verdict", Verdict, "comparison_verdict"),
            models.UniqueConstraint(fields=["run", "kind"], name="comparison_once"),
        ]

    def __str__(self) -> str:
        return f"{self.run} against {self.against}: {self.verdict}"

    @property
    def is_broken(self) -> bool:
        """No index of the two periods may be compared."""
        return self.verdict in {Verdict.NONE, Verdict.EFFECTS, Verdict.OTHER_MEASURE}

    def may_compare(self, estimator: str, construct: str, source: str = "") -> bool:
        """Whether an index, or the effect of `source`, is of the same thing in the two periods."""
        named = {construct, source}
        if self.is_broken and not (source and self.verdict == Verdict.EFFECTS):
            return False
        if estimator == Estimator.PLS and named & set(self.apart):
            return False
        lost = {one["construct"] for one in self.lost if not source or one["level"] == "metric"}
        return not named & lost


class ChangeTest(models.TextChoices):
    Z = "z", _("z test")
    ADJUSTED_WALD = "adjusted_wald", _("adjusted Wald")
    NEWCOMBE = "newcombe", _("Newcombe’s hybrid score")
    WELCH = "welch", _("Welch’s t test")


class Change(models.Model):
    """By how much one figure differs from that of the compared period, and how sure that is.

    `source` is empty for the index of `construct`; otherwise it is the total effect of `source` on it. By
    `score`, `construct` is a score's code. `test` names what `low`, `high`, `z` and `p` come from; shares,
    by Newcombe's hybrid score, have no standard error.
    """

    Estimator = FiguresBy

    comparison = models.ForeignKey(Comparison, models.CASCADE, related_name="changes")
    estimator = models.CharField(max_length=5, choices=FiguresBy.choices)
    construct = models.CharField(max_length=40)
    source = models.CharField(max_length=40, blank=True, default="")
    earlier = models.FloatField()
    later = models.FloatField()
    difference = models.FloatField()
    se = models.FloatField(null=True)
    low = models.FloatField()
    high = models.FloatField()
    z = models.FloatField(null=True)
    p = models.FloatField(null=True)
    test = models.CharField(max_length=15, choices=ChangeTest.choices, default=ChangeTest.Z)

    class Meta:
        constraints: ClassVar = [
            only_choices("estimator", FiguresBy, "change_estimator"),
            only_choices("test", ChangeTest, "change_test"),
            models.UniqueConstraint(
                fields=["comparison", "estimator", "construct", "source"], name="change_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source}{self.construct} {self.difference:+.1f}"


class SegmentDifference(models.Model):
    """An index of one segment against the mean of the other segments of the same question and period.

    `adjusted_p` is for all such differences of the period by this estimator (Benjamini-Hochberg).
    """

    Estimator = FiguresBy

    run = models.ForeignKey(Run, models.CASCADE, related_name="differences")
    estimator = models.CharField(max_length=5, choices=FiguresBy.choices)
    construct = models.CharField(max_length=40)
    n = models.PositiveIntegerField()
    others_n = models.PositiveIntegerField()
    value = models.FloatField()
    others = models.FloatField()
    difference = models.FloatField()
    se = models.FloatField(null=True)
    low = models.FloatField()
    high = models.FloatField()
    z = models.FloatField(null=True)
    p = models.FloatField(null=True)
    adjusted_p = models.FloatField(null=True)

    class Meta:
        constraints: ClassVar = [
            only_choices("estimator", FiguresBy, "segment_difference_estimator"),
            models.UniqueConstraint(fields=["run", "estimator", "construct"], name="segment_difference_once"),
        ]

    def __str__(self) -> str:
        return f"{self.run} {self.construct} {self.difference:+.1f}"


class SegmentComparability(models.Model):
    """Whether the segments of a question measure the same in a period, as was last tested.

    `question` is empty for the languages in which the questionnaire was answered. `groups` were tested, with
    their complete answers: [{"group", "n"}, ...]. `moved` names the items that are answered otherwise at the
    same level of their construct, with their loading or intercept in each group, and in which group it lies
    how far from the others': [{"level", "construct", "item", "values", "group", "by"}, ...]. `lost`, `issues`
    and `tests` are as in Comparison.
    """

    Verdict = Verdict

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="segment_comparabilities")
    period = models.ForeignKey(Period, models.CASCADE, related_name="segment_comparabilities")
    measurement_key = models.CharField(max_length=32)
    question = models.CharField(max_length=90, blank=True, default="")
    verdict = models.CharField(max_length=15, choices=Verdict.choices)
    groups = models.JSONField(default=list)
    moved = models.JSONField(default=list)
    lost = models.JSONField(default=list)
    issues = models.JSONField(default=list)
    tests = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            only_choices("verdict", Verdict, "segment_comparability_verdict"),
            models.UniqueConstraint(
                fields=["survey", "period", "measurement_key", "question"], name="segment_comparability_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.question or 'languages'}: {self.verdict}"

    def may_compare(self, segment: str, construct: str) -> bool:
        """Whether a segment's index is of the same thing as the others'."""
        is_broken = self.verdict in {Verdict.NONE, Verdict.EFFECTS}
        is_lost = construct in {one["construct"] for one in self.lost}
        own = {one["construct"] for one in self.moved if one["group"] == segment}
        return not (is_broken or is_lost or construct in own)

    def is_touched(self, construct: str) -> bool:
        """An item of the construct moved in some segment, which is in the mean of the others."""
        return any(one["construct"] == construct for one in self.moved)


class ControlChart(models.Model):
    """The limits of a long series of one construct's index, and the periods that are out of the ordinary.

    `periods` are the public ids of those the limits were drawn from, in the order of time; `signals` says
    which of them broke which rules: [{"period", "rules": ["beyond", "run", "near"]}, ...].
    """

    Estimator = FiguresBy

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="control_charts")
    measurement_key = models.CharField(max_length=32)
    segment = models.CharField(max_length=90, blank=True, default="")
    estimator = models.CharField(max_length=5, choices=FiguresBy.choices)
    construct = models.CharField(max_length=40)
    centre = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    periods = models.JSONField(default=list)
    signals = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [
            only_choices("estimator", FiguresBy, "control_chart_estimator"),
            models.UniqueConstraint(
                fields=["survey", "measurement_key", "segment", "estimator", "construct"],
                name="control_chart_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.construct} {self.low:.1f} to {self.high:.1f}"


class SurveyNote(models.Model):
    """What happened in a period that a reader of the series should know."""

    public_id = models.CharField(max_length=22, unique=True, default=public_id, editable=False)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="notes")
    period = models.ForeignKey(Period, models.CASCADE, related_name="notes")
    text = models.CharField(max_length=200)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["period", "text"], name="survey_note_once"),
        ]

    def __str__(self) -> str:
        return self.text


class SurveyTarget(models.Model):
    """The index that a construct is meant to reach."""

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="targets")
    instrument_id = models.CharField(max_length=40)
    construct = models.CharField(max_length=40)
    value = models.FloatField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["survey", "instrument_id", "construct"], name="target_once"),
            models.CheckConstraint(condition=models.Q(value__gte=0, value__lte=100), name="target_range"),
        ]

    def __str__(self) -> str:
        return f"{self.construct} {self.value:.1f}"


class MapLevel(models.TextChoices):
    DRIVERS = "drivers", _("Drivers")
    ITEMS = "items", _("Single questions")


class DriverLines(models.Model):
    """Where the two lines of a driver map cross, for all periods and segments alike.

    Lines through the means of what is shown would move with every period, and with them which driver lies on
    which side, so they are fixed: at the means of the first released period, `run` being the one they were
    read from, or at those of the run at which an editor set them anew, with the reason in `note`.
    `importance` is a standardised total effect on `outcome`, of single questions their share of it;
    `performance` is 0..100.
    """

    Level = MapLevel

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="driver_lines")
    measurement_key = models.CharField(max_length=32)
    outcome = models.CharField(max_length=40)
    level = models.CharField(max_length=10, choices=MapLevel.choices)
    importance = models.FloatField()
    performance = models.FloatField()
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="+")
    note = models.CharField(max_length=200, blank=True, default="")
    set_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            only_choices("level", MapLevel, "driver_lines_level"),
            models.UniqueConstraint(
                fields=["survey", "measurement_key", "outcome", "level"], name="driver_lines_once"
            ),
            models.CheckConstraint(
                condition=models.Q(performance__gte=0, performance__lte=100), name="driver_lines_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.level}: {self.importance:.2f}, {self.performance:.1f}"

    @property
    def name(self) -> tuple[str, str, str]:
        """What of the survey the lines are for."""
        return self.measurement_key, self.outcome, self.level
