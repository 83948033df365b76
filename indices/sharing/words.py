"""What a link shows of open answers, where its maker chose so: no more than a viewer may read."""

from dataclasses import dataclass, field

from indices.models import ShareLink
from surveys.models import Period
from surveys.words.comments import ByLot, Filter, comment_page
from surveys.words.disclosure import told_to_viewers
from surveys.words.time_limit import TookTooLong, limited


@dataclass(frozen=True)
class SharedWords:
    """Comments on the period that is shown, as if by lot; or the reason why there are none.

    `base` is how many people wrote some, `texts` at most a page of them.
    """

    base: int | None
    reason: str
    texts: list[str] = field(default_factory=list)
    has_more: bool = False


def shared_words(link: ShareLink, period: Period) -> SharedWords:
    chosen = Filter(period=period, segment=link.segment)
    try:
        with limited():
            return _words(link, chosen)
    except TookTooLong as refused:
        return SharedWords(None, str(refused))


def _words(link: ShareLink, chosen: Filter) -> SharedWords:
    told = told_to_viewers(link.survey, chosen)
    if told.reason:
        return SharedWords(told.base, told.reason)
    page = comment_page(link.survey, chosen, ByLot())
    texts = [one.text for one in page.rows] if page else []
    return SharedWords(told.base, "", texts, bool(page and page.has_more))
