"""Which cards the home page's address asks for: found by name, in an order, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from indices.home.attention import URGENCY
from indices.home.cards import Card

MANY: Final = 12  # surveys, from which on they can be searched and put in order
A_PAGE: Final = 48
LONGEST: Final = 120  # of what is searched for, as of a survey's name


class Order(models.TextChoices):
    URGENCY = "", _("What needs attention first")
    NAME = "name", _("By name")
    NEWEST = "newest", _("Newest first")
    LOWEST = "lowest", _("Lowest figure first")
    ANSWERS = "answers", _("Most answers first")


@dataclass(frozen=True)
class Asked:
    """What an address asks for; what it cannot mean is left out of it."""

    name: str = ""
    order: Order = Order.URGENCY

    @classmethod
    def in_address(cls, query: QueryDict) -> "Asked":
        order = query.get("sort", "")
        name = " ".join(query.get("q", "").replace("\0", "").split())[:LONGEST]
        return cls(name, Order(order) if order in Order.values else Order.URGENCY)

    @property
    def address(self) -> str:
        """To which a page's number may be added."""
        return urlencode({key: value for key, value in (("q", self.name), ("sort", self.order)) if value})

    def found(self, cards: Sequence[Card]) -> list[Card]:
        """Those whose name holds every word, whatever its case, in the order asked for."""
        words = self.name.casefold().split()
        named = [card for card in cards if all(one in card.survey.name.casefold() for one in words)]
        return _in_order(named, self.order)


def _in_order(cards: list[Card], order: Order) -> list[Card]:
    """Real surveys first where nothing else is asked for; of equal ones the newest."""
    newest = sorted(cards, key=lambda card: (card.survey.created_at, card.survey.pk), reverse=True)
    match order:
        case Order.NAME:
            return sorted(newest, key=lambda card: card.survey.name.casefold())
        case Order.LOWEST:
            return sorted(newest, key=_figure)
        case Order.ANSWERS:
            return sorted(newest, key=lambda card: -card.answers.last)
        case Order.URGENCY:
            return sorted(newest, key=lambda card: (_urgency(card), card.survey.is_simulated))
    return newest


def _urgency(card: Card) -> int:
    return min((URGENCY[item.kind] for item in card.items), default=len(URGENCY))


def _figure(card: Card) -> tuple[int, float]:
    """Indices first, as scores are on other scales; then what has no figure."""
    shown = card.lines[0].row.shown if card.lines else None
    if shown is None or card.headline.use is None:
        return 2, 0.0
    return int(card.headline.use.kind != "structural"), shown.value


def page_of(cards: Sequence[Card], number: str | None) -> "Page[Card]":
    """The page asked for, or the nearest there is."""
    return Paginator(cards, A_PAGE).get_page(number)
