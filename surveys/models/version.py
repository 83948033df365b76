"""A published questionnaire, frozen, and the instruments it uses."""

from functools import cached_property, lru_cache
from typing import ClassVar

from django.db import models
from django.utils import timezone

from scoring.instrument import Instrument
from surveys.models.accounts import User
from surveys.models.survey import Survey
from surveys.questionnaire.content import Content


class Version(models.Model):
    """Never edited, only followed by the next one. `digest` is the SHA-256 of `snapshot`."""

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    snapshot = models.JSONField()
    digest = models.CharField(max_length=64)
    published_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    published_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["survey", "number"], name="version_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.survey} v{self.number}"

    @cached_property
    def content(self) -> Content:
        if "snapshot" in self.get_deferred_fields():
            return _content(self.pk, self.digest)
        return Content(self.snapshot, self.digest)

    @property
    def languages(self) -> list[str]:
        return self.content.languages

    def words(self, language: str) -> dict[str, str]:
        return self.content.words(language)


@lru_cache(maxsize=256)
def _content(version_pk: int, digest: str) -> Content:
    return Content(Version.objects.values_list("snapshot", flat=True).get(pk=version_pk), digest)


class Use(models.Model):
    """An instrument in a version. Answers with equal `measurement_key` may be pooled, others never.

    `series` counts how often the author said that changed wording measures something else. `wording` holds a
    digest of the questions' texts for each language, by which a change is noticed.
    """

    version = models.ForeignKey(Version, models.CASCADE, related_name="uses")
    position = models.PositiveIntegerField()
    instrument_id = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)  # of the instrument: "structural", "nps", ...
    measurement_key = models.CharField(max_length=32, db_index=True)
    series = models.PositiveIntegerField(default=0)
    wording = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "instrument_id"], name="use_once"),
        ]
        ordering: ClassVar = ["position"]

    def __str__(self) -> str:
        return f"{self.version} {self.instrument_id}"

    @property
    def instrument(self) -> Instrument:
        return self.version.content.instruments[self.instrument_id]
