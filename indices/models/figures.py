"""What a run stored: estimates, and the figures that series and tables are read from."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from indices.models.run import Run
from surveys.models.fields import only_choices
from surveys.models.survey import Estimator


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
