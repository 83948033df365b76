"""What a link's reader may be told: what any viewer may, and no more than the link is for."""

from dataclasses import replace

from django.utils.translation import gettext as _

from indices import selectors
from indices.disclosing.disclosure import Disclosure
from indices.models import Run, ShareLink
from indices.report.choice import Choice, outcome
from indices.report.views import report_context, shown_period
from indices.selectors import Stored
from indices.sharing.words import shared_words
from surveys.models import Period
from surveys.periods import in_order
from surveys.selectors import latest_use
from surveys.words.scores import asks_openly

UNRELEASED = "unreleased"


class SharedDisclosure(Disclosure):
    """A viewer's; and of an unreleased run nothing, nor any comparison with it, where `released_only`."""

    def __init__(self, link: ShareLink) -> None:
        super().__init__(link.survey)
        self.released_only = link.released_only

    def why(self, run: Run) -> str:
        return UNRELEASED if self.released_only and run.released_at is None else super().why(run)

    def words(self, run: Run) -> str:
        return _("It has not been released.") if self.why(run) == UNRELEASED else super().words(run)


def choice_of(link: ShareLink) -> Choice | None:
    """What the link shows, whatever its address asks for; None where the survey measures it no more."""
    key = _key(link)
    if key is None:
        return None
    use = latest_use(link.survey, key)
    found = Choice(link.survey, use, key, _periods(link), link.period, link.segment, link.window)
    return replace(found, outcome=outcome("", use))


def context_of(choice: Choice, link: ShareLink) -> dict[str, object]:
    """What the report shows, without a word of periods that are not shown."""
    context = report_context(choice, _stored(choice, link))
    if link.show_words and "report" in context and asks_openly(link.survey):
        context["shared_words"] = shared_words(link, context["period"])
    return context


def shown_now(link: ShareLink) -> Period | None:
    """The period whose figures the link would show if it were opened now; None where there are none."""
    choice = choice_of(link)
    stored = _stored(choice, link) if choice else []
    period = shown_period(choice, stored) if choice else None
    return period if any(one.run.period == period for one in stored) else None


def _stored(choice: Choice, link: ShareLink) -> list[Stored]:
    disclosure = SharedDisclosure(link)
    series = selectors.series(choice.survey, choice.key, choice.segment, choice.window, disclosure)
    places = {one.pk for one in choice.periods}
    return [one for one in series if one.run.period_id in places and _is_listed(one, disclosure)]


def _is_listed(one: Stored, disclosure: SharedDisclosure) -> bool:
    return disclosure.why(one.run) != UNRELEASED


def _periods(link: ShareLink) -> list[Period]:
    """Of a link to one period that period and those before; otherwise all. Only released ones if so asked."""
    periods = in_order(link.survey.periods.all())
    if link.period:
        periods = periods[: periods.index(link.period) + 1]
    return [one for one in periods if one.released_at or not link.released_only]


def _key(link: ShareLink) -> str | None:
    """The newest under which there is anything to show."""
    keys = selectors.measurement_keys(link.survey, link.measure)
    runs = Run.objects.filter(survey=link.survey, status=Run.Status.DONE, measurement_key__in=keys)
    runs = runs.filter(period=link.period) if link.period else runs
    runs = runs.filter(released_at__isnull=False) if link.released_only else runs
    found = set(runs.order_by().values_list("measurement_key", flat=True))
    return next((key for key in keys if key in found), keys[0] if keys else None)
