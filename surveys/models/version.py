"""A published questionnaire, frozen, and the instruments it uses."""

from collections import OrderedDict
from collections.abc import Iterable
from functools import cached_property
from threading import Lock
from typing import ClassVar, Final

from django.db import models
from django.utils import timezone

from scoring.instrument import Instrument
from surveys.models.accounts import User
from surveys.models.survey import Survey
from surveys.questionnaire.content import Content

MOST_KEPT: Final = 512  # contents that a process keeps: they never change


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


_kept: OrderedDict[tuple[int, str], Content] = OrderedDict()
_keeping = Lock()


def _content(version_pk: int, digest: str) -> Content:
    with _keeping:
        if found := _kept.get((version_pk, digest)):
            _kept.move_to_end((version_pk, digest))
            return found
    return _keep(version_pk, digest, Version.objects.values_list("snapshot", flat=True).get(pk=version_pk))


def _keep(version_pk: int, digest: str, snapshot: dict[str, object]) -> Content:
    content = Content(snapshot, digest)
    with _keeping:
        _kept[version_pk, digest] = content
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return content


def read_contents(versions: Iterable[Version]) -> None:
    """Give many versions their contents, in one query for those that this process has not read yet."""
    without = [version for version in versions if "content" not in version.__dict__]
    missing = {one.pk: one.digest for one in without if (one.pk, one.digest) not in _kept}
    new = {
        pk: _keep(pk, missing[pk], snapshot)
        for pk, snapshot in Version.objects.filter(pk__in=missing).values_list("pk", "snapshot")
    }
    for version in without:
        version.content = new.get(version.pk) or _content(version.pk, version.digest)


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
