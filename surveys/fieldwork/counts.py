"""How fieldwork goes: who started and finished, where others broke off, how long it took, what was left out.

Counts only, no single answers: every member may see them. Those of segments are told as figures are: a group
smaller than the organisation's least is not counted out, nor the group from which it would follow. Counts of
everybody are told from the first answer on, or nobody would see that fieldwork goes well.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import quantiles
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from scoring.classical.suppression import is_small, suppressed
from surveys.fieldwork import durations
from surveys.fieldwork.tally import SLOT, Tally, tally
from surveys.models import Response, Survey, TextAnswer, Version
from surveys.questionnaire.conditions import DONT_KNOW, HIDDEN, NOT_APPLICABLE
from surveys.questionnaire.pages import Page, pages
from surveys.questionnaire.parts import OWN
from surveys.questionnaire.questions import Question

DAYS_SHOWN = 92
NOBODY = ""  # the code of no option


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    count: int
    base: int

    @property
    def percent(self) -> str:
        """Whole percents; what is not nothing, or not all, does not look so. Of nothing there is no share."""
        if not self.base:
            return "–"
        value = int(100 * self.count / self.base + 0.5)
        if value == 0 and self.count:
            return "< 1 %"
        return "> 99 %" if value == 100 and self.count < self.base else f"{value} %"

    @property
    def width(self) -> str:
        """Of a bar that is 100 wide when all are meant."""
        return f"{100 * self.count / self.base:.1f}" if self.base else "0"


@dataclass(frozen=True)
class Progress:
    """`started` counts questionnaires of which a page was saved; imported answers stand apart."""

    started: int
    finished: Share
    may_go_on: Share
    imported: int
    excluded: Share
    withdrawn: int


@dataclass(frozen=True)
class Stop:
    """Those who got no further than a page. `number` is None for a page of earlier versions only."""

    number: int | None
    title: str
    share: Share


@dataclass(frozen=True)
class Times:
    """Half of those who finished took as long as `median` or less; a quarter, `lower`; three, `upper`."""

    lower: str
    median: str
    upper: str
    base: int


@dataclass(frozen=True)
class ItemResponse:
    """What became of a question. Text questions have only `answered`: nothing is kept of one left empty."""

    code: str
    text: str
    is_past: bool
    is_text: bool
    answered: Share
    skipped: Share
    dont_know: Share
    not_applicable: Share
    hidden: Share
    not_asked: Share

    @property
    def left(self) -> tuple[Share, ...]:
        """Why there is no answer of those who were asked, reason by reason."""
        return self.skipped, self.dont_know, self.not_applicable, self.hidden


@dataclass(frozen=True)
class Day:
    day: date
    count: int


@dataclass(frozen=True)
class Group:
    """Somebody, but too few to be counted out: `is_small`; `is_hidden`: that, or where it would follow."""

    label: str
    share: Share
    is_small: bool
    is_hidden: bool


@dataclass(frozen=True)
class Fieldwork:
    progress: Progress
    stops: list[Stop]
    times: Times | None
    items: list[ItemResponse]
    days: list[Day]
    undated: int
    segments: list[tuple[str, list[Group]]]

    @property
    def finished(self) -> int:
        """Imported ones too."""
        return self.progress.excluded.base

    @property
    def most_a_day(self) -> int:
        return max((day.count for day in self.days), default=0)


def fieldwork(survey: Survey, language: str) -> Fieldwork:
    versions = list(survey.versions.order_by("-number"))
    counted = tally(survey)
    progress = _progress(survey)
    finished = progress.finished.count + progress.imported
    days = _days(counted, ZoneInfo(survey.organisation.time_zone))
    return Fieldwork(
        progress=progress,
        stops=list(_stops(survey, versions, language, progress)),
        times=_times(counted.seconds),
        items=list(_items(survey, versions, language, counted, finished)),
        days=days,
        undated=max(finished - sum(counted.slots.values()), 0),
        segments=list(_segments(versions, language, counted, finished, survey.organisation.least_group)),
    )


# -- started and finished


def _progress(survey: Survey) -> Progress:
    web, finished = Q(origin=Response.Origin.WEB), Q(state=Response.State.FINISHED)
    since = timezone.now() - timedelta(days=settings.ANSWER_KEY_DAYS)
    counts = survey.responses.aggregate(
        started=Count("pk", filter=web),
        finished=Count("pk", filter=web & finished),
        may_go_on=Count("pk", filter=web & ~finished & Q(started_at__gt=since)),
        all_finished=Count("pk", filter=finished),
        excluded=Count("pk", filter=finished & Q(is_excluded=True)),
    )
    return Progress(
        started=counts["started"],
        finished=Share(counts["finished"], counts["started"]),
        may_go_on=Share(counts["may_go_on"], counts["started"] - counts["finished"]),
        imported=counts["all_finished"] - counts["finished"],
        excluded=Share(counts["excluded"], counts["all_finished"]),
        withdrawn=survey.withdrawals.count(),
    )


# -- where others broke off


def _stops(survey: Survey, versions: Sequence[Version], language: str, progress: Progress) -> Iterator[Stop]:
    """In the order of the newest version's pages, then those that only earlier versions had."""
    counts = _furthest(survey, versions, language)
    known: dict[str, Page] = {}
    for version in versions:
        known = {page.code: page for page in _pages(version, language)} | known
    now = {page.code: n for n, page in enumerate(_pages(versions[0], language), 1)} if versions else {}
    for code in [*now, *(code for code in known if code not in now and counts[code])]:
        yield Stop(now.get(code), known[code].title, Share(counts[code], progress.started))


def _furthest(survey: Survey, versions: Sequence[Version], language: str) -> Counter[str]:
    """How many of those who did not finish saw this page last; who never left the first has none stored."""
    first = {version.pk: _pages(version, language)[0].code for version in versions}
    rows = survey.responses.filter(state=Response.State.STARTED).order_by().values("version", "page")
    counts: Counter[str] = Counter()
    for row in rows.annotate(n=Count("pk")):
        counts[row["page"] or first[row["version"]]] += row["n"]
    return counts


def _pages(version: Version, language: str) -> tuple[Page, ...]:
    languages = version.languages
    return pages(version.content, language if language in languages else languages[0])


# -- how long it took


def _times(seconds: Counter[int]) -> Times | None:
    taken = sorted(seconds.elements())
    if not taken:
        return None
    cuts = quantiles(taken, method="inclusive") if len(taken) > 1 else [float(taken[0])] * 3
    lower, median, upper = (durations.in_words(cut) for cut in cuts)
    return Times(lower, median, upper, len(taken))


# -- what was left out


def _items(
    survey: Survey, versions: Sequence[Version], language: str, counted: Tally, finished: int
) -> Iterator[ItemResponse]:
    """Every question of the newest version, then those that only earlier ones asked. What was imported alone,
    as a segment, was left unanswered by nobody here."""
    imported = {f"{OWN}.{code}" for code, _option in counted.segments}
    written = dict(
        TextAnswer.objects.filter(response__survey=survey, response__state=Response.State.FINISHED)
        .values_list("code")
        .annotate(n=Count("pk"))
    )
    seen: set[str] = set()
    for version in versions:
        for question in (q for page in _pages(version, language) for q in page.questions):
            if question.code in seen:
                continue
            seen.add(question.code)
            asked = counted.asked[question.code]
            if question.is_text:
                asked = sum(counted.versions[one.pk] for one in versions if _asks(one, question.code))
            if asked or (version is versions[0] and question.code not in imported):
                yield _item(question, version is not versions[0], counted, asked, written, finished)


def _asks(version: Version, code: str) -> bool:
    return any(
        q.code == code for page in pages(version.content, version.languages[0]) for q in page.questions
    )


def _item(
    question: Question, is_past: bool, counted: Tally, asked: int, written: dict[str, int], finished: int
) -> ItemResponse:
    left = {why: counted.left_open[question.code, why] for why in (None, DONT_KNOW, NOT_APPLICABLE, HIDDEN)}
    shown = asked - left[HIDDEN]
    answered = shown - left[None] - left[DONT_KNOW] - left[NOT_APPLICABLE]
    return ItemResponse(
        code=question.code,
        text=question.text,
        is_past=is_past,
        is_text=question.is_text,
        answered=Share(written.get(question.code, 0) if question.is_text else answered, shown),
        skipped=Share(left[None], shown),
        dont_know=Share(left[DONT_KNOW], shown),
        not_applicable=Share(left[NOT_APPLICABLE], shown),
        hidden=Share(left[HIDDEN], asked),
        not_asked=Share(finished - asked, finished),
    )


# -- by day and by segment


def _days(counted: Tally, zone: ZoneInfo) -> list[Day]:
    """Each of the organisation's last days up to the last with an answer, those without any too."""
    by_day: Counter[date] = Counter()
    for slot, count in counted.slots.items():
        by_day[datetime.fromtimestamp(slot * SLOT, UTC).astimezone(zone).date()] += count
    if not by_day:
        return []
    last = max(by_day)
    first = max(min(by_day), last - timedelta(days=DAYS_SHOWN - 1))
    return [
        Day(day, by_day[day])
        for day in (first + timedelta(days=number) for number in range((last - first).days + 1))
    ]


def _segments(
    versions: Sequence[Version], language: str, counted: Tally, finished: int, least: int
) -> Iterator[tuple[str, list[Group]]]:
    """The newest version's segment questions; options of earlier versions by their codes."""
    for question in versions[0].content.segments if versions else ():
        counts = {option: n for (code, option), n in counted.segments.items() if code == question.code}
        labels = {
            one.code: one.text.get(language) or next(iter(one.text.values())) for one in question.options
        }
        bases = {code: counts.get(code, 0) for code in labels | counts}
        bases[NOBODY] = finished - sum(counts.values())
        away = suppressed(bases, finished, least)
        groups = [
            Group(
                _("No answer") if code == NOBODY else labels.get(code, code),
                Share(base, finished),
                is_small=is_small(base, least),
                is_hidden=code in away,
            )
            for code, base in bases.items()
        ]
        yield question.text.get(language) or next(iter(question.text.values())), groups
