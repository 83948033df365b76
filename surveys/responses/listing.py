"""The finished responses of a survey, newest first, as analysts look through them."""

from dataclasses import dataclass, replace

from django.db.models import F, Q, QuerySet

from surveys.models import Channel, Period, Response, Survey
from surveys.responses.carelessness import FLAGS
from surveys.responses.ids import finished_response

ROWS_A_PAGE = 50
FLAGGED = "flagged"
COUNTED, LEFT_OUT = "counted", "left-out"


@dataclass(frozen=True)
class Choice:
    """Which responses are listed; empty or None: all of them. `segment` is `question:option`."""

    flag: str = ""
    period: Period | None = None
    segment: str = ""
    channel: Channel | None = None
    status: str = ""

    @property
    def counted(self) -> "Choice":
        return replace(self, status=COUNTED)

    def of(self, survey: Survey) -> QuerySet[Response]:
        rows = survey.responses.filter(state=Response.State.FINISHED)
        if self.flag == FLAGGED:
            rows = rows.exclude(flags={})
        elif self.flag in FLAGS:
            rows = rows.filter(flags__has_key=self.flag)
        if self.period:
            rows = rows.filter(period=self.period)
        if self.segment:
            question, _, option = self.segment.partition(":")
            rows = rows.filter(**{f"segments__{question}": option})
        if self.channel:
            rows = rows.filter(channel=self.channel)
        if self.status:
            rows = rows.filter(is_excluded=self.status == LEFT_OUT)
        return rows


@dataclass(frozen=True)
class ListPage:
    rows: list[Response]
    has_more: bool


def list_page(survey: Survey, choice: Choice, after: str = "") -> ListPage | None:
    """The responses that follow the one with the id `after`; None if that one is not there (any more).

    Time and key together are the place in the list: many responses may have the same time, and imported ones
    have late keys with early times, or no time at all; those come last.
    """
    rows = choice.of(survey)
    if after:
        last = finished_response(survey, after)
        if last is None:
            return None
        rows = rows.filter(_following(last))
    newest_first = rows.order_by(F("finished_at").desc(nulls_last=True), "-pk")
    found = list(newest_first.select_related("version", "period")[: ROWS_A_PAGE + 1])
    return ListPage(found[:ROWS_A_PAGE], len(found) > ROWS_A_PAGE)


def _following(last: Response) -> Q:
    if last.finished_at is None:
        return Q(finished_at=None, pk__lt=last.pk)
    same_time = Q(finished_at=last.finished_at, pk__lt=last.pk)
    return Q(finished_at__lt=last.finished_at) | same_time | Q(finished_at=None)
