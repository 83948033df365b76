"""Each address, walked: what another organisation has is not there, and a role that is too low is refused."""

import re
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from surveys.models import Member
from tests.cast import draft, joined, signed_in
from tests.surveys.endpoints import (
    ABSENT,
    DECISIONS,
    ROLES,
    UNKNOWN_ID,
    Tenant,
    call,
    decided,
    endpoints,
    everything,
    parameters,
)

pytestmark = [pytest.mark.django_db, pytest.mark.words]
OF_ORGANISATIONS = decided(of_organisations=True)


def content_of(answer: Any) -> bytes:
    """The page without the token that differs on every page."""
    return re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", answer.content)


def test_every_address_has_a_decision() -> None:
    assert set(endpoints()) == set(DECISIONS)


def test_a_decision_of_organisations_is_about_an_address_that_names_one() -> None:
    for name, methods in DECISIONS.items():
        assert all((who in ROLES) == ("organisation" in parameters(name)) for who in methods.values()), name


@pytest.mark.parametrize(("name", "method", "who"), OF_ORGANISATIONS)
def test_the_lowest_role_that_may_can(acme: Tenant, name: str, method: str, who: str) -> None:
    answer = call(signed_in(acme.member(who)), method, acme.address(name), acme.body(name))
    assert answer.status_code in {200, 201, 202, 204, 302}


@pytest.mark.parametrize(("name", "method", "who"), [one for one in OF_ORGANISATIONS if one[2] != ROLES[0]])
def test_a_lower_role_is_refused_and_changes_nothing(acme: Tenant, name: str, method: str, who: str) -> None:
    before = everything()
    for role in ROLES[: ROLES.index(who)]:
        answer = call(signed_in(acme.member(role)), method, acme.address(name), acme.body(name))
        assert answer.status_code == 403
    assert everything() == before


@pytest.mark.parametrize(("name", "method", "_who"), OF_ORGANISATIONS)
def test_a_stranger_signs_in_first(acme: Tenant, name: str, method: str, _who: str) -> None:
    before = everything()
    answer = call(Client(), method, acme.address(name), acme.body(name))
    assert answer.status_code == (403 if name.startswith("api-") else 302)
    assert b"acme survey" not in answer.content and everything() == before
    if answer.status_code == 302:
        assert answer.url.startswith("/sign-in/?next=/o/acme/")


@pytest.mark.parametrize(("name", "method", "_who"), OF_ORGANISATIONS)
def test_neither_a_foreign_parent_nor_a_foreign_child_is_found(
    acme: Tenant, globex: Tenant, name: str, method: str, _who: str
) -> None:
    named = parameters(name)
    client, before = signed_in(acme.owner), everything()
    for owners in product((acme, globex), repeat=len(named)):
        if globex not in owners:
            continue
        values = {one: owner.value(one) for one, owner in zip(named, owners, strict=True)}
        answer = call(client, method, acme.address(name, **values), acme.body(name))
        assert answer.status_code == 404, values
        assert b"globex" not in answer.content.lower()
    assert everything() == before


@pytest.mark.parametrize(("name", "method", "_who"), OF_ORGANISATIONS)
def test_what_is_foreign_and_what_does_not_exist_look_the_same(
    acme: Tenant, globex: Tenant, name: str, method: str, _who: str
) -> None:
    client = signed_in(acme.owner)
    for one in parameters(name):
        foreign = call(client, method, acme.address(name, **{one: globex.value(one)}), acme.body(name))
        absent = call(client, method, acme.address(name, **{one: ABSENT[one]}), acme.body(name))
        assert foreign.status_code == absent.status_code == 404
        assert content_of(foreign) == content_of(absent)


def test_a_child_of_another_survey_of_the_same_organisation_is_not_found(acme: Tenant) -> None:
    sibling = draft(acme.owner)
    client = signed_in(acme.owner)
    for name in endpoints():
        named = parameters(name)
        if "survey" in named and named[-1] != "survey":
            address = acme.address(name, survey=sibling.public_id)
            assert {call(client, method, address).status_code for method in DECISIONS[name]} == {404}


@pytest.mark.parametrize("name", ["run-request", "period-close", "period-release", "note-add", "api-runs"])
def test_a_foreign_period_in_the_body_is_refused_like_one_that_does_not_exist(
    acme: Tenant, globex: Tenant, name: str
) -> None:
    client, before = signed_in(acme.owner), everything()
    foreign = call(client, "POST", acme.address(name), {"period": globex.period.public_id})
    absent = call(client, "POST", acme.address(name), {"period": UNKNOWN_ID})
    assert foreign.status_code == absent.status_code == (400 if name == "api-runs" else 404)
    assert content_of(foreign) == content_of(absent) and everything() == before


def test_a_report_shows_no_foreign_period(acme: Tenant, globex: Tenant) -> None:
    answer = signed_in(acme.owner).get(acme.address("report"), {"period": globex.period.public_id})
    assert answer.status_code == 404 and b"globex" not in answer.content


@pytest.mark.parametrize("name", ["home", "members", "organisation", "api-surveys"])
def test_a_list_holds_only_what_the_organisation_has(acme: Tenant, globex: Tenant, name: str) -> None:
    assert b"globex" not in signed_in(acme.owner).get(acme.address(name)).content.lower()
    assert b"globex" in signed_in(globex.owner).get(globex.address(name)).content.lower()


def test_a_member_of_two_organisations_has_in_each_the_role_given_there(acme: Tenant, globex: Tenant) -> None:
    both = joined(acme.owner, "both@example.org", "owner")
    Member.objects.create(organisation=globex.owner.organisation, user=both.user, role="viewer")
    client = signed_in(both)
    assert client.post(acme.address("survey-state"), {"state": "closed"}).status_code == 302
    assert client.get(globex.address("survey")).status_code == 200
    assert client.post(globex.address("survey-state"), {"state": "closed"}).status_code == 403
    assert client.get(acme.address("survey", survey=globex.survey.public_id)).status_code == 404


def test_one_who_was_taken_out_sees_nothing_from_then_on(acme: Tenant) -> None:
    analyst = acme.member("analyst")
    client = signed_in(analyst)
    assert client.get(acme.address("survey")).status_code == 200
    signed_in(acme.owner).post(acme.address("member-change", changed=analyst.public_id), {"remove": "1"})
    assert client.get(acme.address("survey")).status_code == 404


def test_the_time_zone_of_one_organisation_does_not_stay_for_the_next_request(acme: Tenant) -> None:
    acme.owner.organisation.time_zone = "Asia/Taipei"
    acme.owner.organisation.save()
    signed_in(acme.owner).get(acme.address("home"))
    assert timezone.get_current_timezone_name() == "UTC"
