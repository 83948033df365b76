"""The home page of an organisation: what needs attention, then a card for every survey."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from indices.home.listing import MANY, Asked, Order, page_of
from indices.home.overview import grouped, overview
from surveys.models import Member
from surveys.views.access import for_members


@for_members()
def home(request: HttpRequest, member: Member) -> HttpResponse:
    whole = overview(member, member.may_edit, get_language() or "en")
    asked = Asked.in_address(request.GET)
    found = asked.found(whole.cards)
    context = {
        "member": member,
        "whole": whole,
        "attention": grouped(whole.items),
        "asked": asked,
        "orders": Order.choices,
        "is_long": len(whole.cards) > MANY,
        "page": page_of(found, request.GET.get("page")),
    }
    return render(request, "indices/home.html", context)
