"""What is told of a response besides its answers.

In an anonymous survey that is what its analysts see anyway, and less: of the time the day, no id, and the
rows in an order drawn at random. By the minute, or by who came after whom, somebody could tell whose answers
they are. For the same reason a channel is named only where many answered (see `surveys.channels.telling`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from surveys.channels.telling import told_channels
from surveys.exports.missing import NOT_ASKED
from surveys.models import Recipient, Survey, Version
from surveys.questionnaire.parts import OWN
from surveys.responses.carelessness import FLAGS
from surveys.responses.ids import response_id

SEGMENT = "segment."  # begins the names of segments' columns
FIELDS = (
    "pk", "version_id", "period_id", "language", "origin", "answers", "segments", "flags",
    "started_at", "finished_at", "channel_id", "invitation_id",
)  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """A column about the response itself; its values are found under `@name`. `zone` of times and days."""

    name: str
    text: Any
    family: Literal["number", "single", "text"] = "text"
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    zone: str = ""

    @property
    def key(self) -> str:
        return f"@{self.name}"


def facts_of(survey: Survey, versions: Sequence[Version]) -> list[Fact]:
    """`versions` are all of the survey's, the newest first."""
    return [
        *_identity(survey),
        Fact("version", _("version of the questionnaire"), "number"),
        Fact("period", _("period")),
        Fact("language", _("language answered in")),
        Fact("origin", _("answered on the web, or imported")),
        Fact("channel", _("channel from which it came, where it is known and may be told")),
        *_times(survey),
        Fact("excluded", _("left out of the indices (1) or not (0)"), "number"),
        Fact("exclusion_reason", _("why it was left out")),
        *(Fact(f"flag_{name}", label, "number") for name, label in FLAGS.items()),
        *_segments(versions),
        *_measurement_keys(versions),
    ]


def _is_anonymous(survey: Survey) -> bool:
    return survey.privacy == Survey.Privacy.ANONYMOUS


def _identity(survey: Survey) -> list[Fact]:
    if _is_anonymous(survey):
        return []
    return [
        Fact("response", _("id of the response")),
        Fact("contact", _("id of the contact whose link it came by, until the contact is erased")),
        Fact("contact_key", _("your own key of that contact")),
    ]


def _times(survey: Survey) -> list[Fact]:
    zone = survey.organisation.time_zone
    if _is_anonymous(survey):
        return [Fact("finished_on", _("day on which it was finished"), zone=zone)]
    return [
        Fact("started_at", _("when it was started"), zone=zone),
        Fact("finished_at", _("when it was finished"), zone=zone),
    ]


def _segments(versions: Sequence[Version]) -> list[Fact]:
    """In the newest version's words; options in the order in which they first came."""
    found: dict[str, tuple[Mapping[str, str], dict[str, Mapping[str, str]]]] = {}
    for version in reversed(versions):
        for question in version.content.segments:
            labels = found[question.code][1] if question.code in found else {}
            labels |= {option.code: option.text for option in question.options}
            found[question.code] = (question.text, labels)
    return [
        Fact(SEGMENT + code, next(iter(text.values()), code), "single", labels)
        for code, (text, labels) in found.items()
    ]


def _measurement_keys(versions: Sequence[Version]) -> list[Fact]:
    instruments = dict.fromkeys(use.instrument_id for version in versions for use in version.uses.all())
    text = _("what its answers are pooled with: those with the same measurement key")
    return [Fact(f"measurement_key.{one}", text) for one in instruments]


@dataclass(frozen=True)
class FactReader:
    """Reads the facts of stored rows: tuples of FIELDS."""

    survey: Survey
    periods: Mapping[int, str]
    segments: tuple[str, ...]
    zone: ZoneInfo
    channels: Mapping[int, str]
    contacts: Mapping[int, tuple[str, str]]  # id and own key, by invitation

    @classmethod
    def of(cls, survey: Survey, segments: Sequence[str]) -> "FactReader":
        periods = dict(survey.periods.values_list("pk", "name"))
        channels = {pk: one.name for pk, one in told_channels(survey).items()}
        zone = ZoneInfo(survey.organisation.time_zone)
        return cls(survey, periods, tuple(segments), zone, channels, contacts_of(survey))

    def read(self, row: Sequence[Any], reason: str | None) -> dict[str, Any]:
        """`reason` is why it was left out, None where it was not."""
        pk, _version, period, language, origin, answers, segments, flags, started, finished, *ways = row
        channel, invitation = ways
        facts = {
            "@period": self.periods.get(period, ""),
            "@language": language,
            "@origin": origin,
            "@channel": self.channels.get(channel, ""),
            "@excluded": int(reason is not None),
            "@exclusion_reason": reason or "",
        }
        facts |= {f"@flag_{name}": int(name in flags) for name in FLAGS}
        for code in self.segments:  # a segment question that was skipped or hidden has its reason
            facts[f"@{SEGMENT}{code}"] = segments.get(code) or answers.get(f"{OWN}.{code}", NOT_ASKED)
        return facts | self._when_and_who(pk, started, finished, invitation)

    def _when_and_who(
        self, pk: int, started: datetime | None, finished: datetime | None, invitation: int | None
    ) -> dict[str, str]:
        if _is_anonymous(self.survey):
            return {"@finished_on": self._local(finished)[:10]}
        contact, key = self.contacts.get(invitation or 0, ("", ""))
        return {
            "@response": response_id(self.survey, pk),
            "@contact": contact,
            "@contact_key": key,
            "@started_at": self._local(started),
            "@finished_at": self._local(finished),
        }

    def _local(self, at: datetime | None) -> str:
        """ISO 8601 with the offset, to the second."""
        return at.astimezone(self.zone).isoformat(timespec="seconds") if at else ""


def contacts_of(survey: Survey) -> dict[int, tuple[str, str]]:
    """By invitation the contact's id and own key; of an anonymous survey none."""
    if _is_anonymous(survey):
        return {}
    invited = Recipient.objects.filter(
        mailing__survey=survey, contact__isnull=False, invitation__isnull=False
    )
    known = invited.values_list("invitation", "contact__public_id", "contact__key")
    return {invitation or 0: (contact or "", key or "") for invitation, contact, key in known.iterator()}
