"""Whether runs measure the same, and what differs between them."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from indices.models.figures import FiguresBy
from indices.models.run import Run
from surveys.models import Period, Survey
from surveys.models.fields import only_choices
from surveys.models.survey import Estimator


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
