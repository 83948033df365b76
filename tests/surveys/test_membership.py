"""Who belongs to an organisation: invited by link, given a role, taken out; and its first owner."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connections
from django.test import Client
from django.utils import timezone, translation

from surveys import membership
from surveys.models import Member, MemberInvitation, Organisation, User
from tests.cast import PASSWORD, joined, owner_of, signed_in

pytestmark = pytest.mark.django_db
NEW_ACCOUNT = {"name": "Carol", "language": "zh-hant", "password": "quite-a-new-secret"}
FIRST = {"email": "Olga@Example.org", "password": "quite-a-new-secret", "name": "Acme", "slug": "acme",
         "time_zone": "Asia/Taipei"}  # fmt: skip


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


def invite(owner: Member, email: str = "carol@example.org", role: str = "analyst") -> str:
    """The path of the link that the page shows."""
    page = signed_in(owner).post("/o/acme/members/invite/", {"email": email, "role": role})
    match = re.search(r"http://127.0.0.1:8000(/join/[\w-]+/)", page.content.decode())
    assert match, page.content.decode()
    return match[1]


def change(by: Member, whom: Member, **fields: str) -> Any:
    return signed_in(by).post(f"/o/acme/members/{whom.public_id}/", fields, follow=True)


def roles() -> dict[str, str]:
    return dict(Member.objects.values_list("user__email", "role"))


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Make the calls at the same moment, each on a connection of its own."""

    def alone(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except ValidationError as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(alone, calls))


def test_an_invited_person_makes_an_account_and_is_in(alice: Member) -> None:
    link, client = invite(alice), Client()
    assert b"Join Acme" in client.get(link).content
    assert client.post(link, NEW_ACCOUNT).url == "/o/acme/"
    assert client.get("/o/acme/").status_code == 200
    carol = User.objects.get(email="carol@example.org")
    assert (carol.name, carol.language, roles()[carol.email]) == ("Carol", "zh-hant", "analyst")
    assert carol.check_password(NEW_ACCOUNT["password"])


@pytest.mark.parametrize("language", ["en", "zh-hant"])
def test_an_invitation_is_mailed_in_the_inviters_language(
    alice: Member, settings: Any, mailoutbox: list[Any], language: str
) -> None:
    settings.MAILS_LEAVE = True
    User.objects.update(language=language)
    Organisation.objects.update(name="Acme\r\nBcc: all@example.org")
    alice.refresh_from_db()
    link = invite(alice)
    (mail,) = mailoutbox
    assert mail.to == ["carol@example.org"] and not mail.alternatives and "\n" not in mail.subject
    assert f"http://127.0.0.1:8000{link}" in mail.body and "Acme" in mail.body
    with translation.override(language):
        assert str(Member.Role.ANALYST.label) in mail.body


@pytest.mark.parametrize(
    ("leaves", "backend", "says"),
    [
        (True, "locmem", "The invitation was sent to carol@example.org."),
        (True, "smtp", "The mail to carol@example.org could not be sent"),
        (False, "locmem", "No mail was sent to carol@example.org"),
    ],
)
def test_the_page_says_what_became_of_the_mail(
    alice: Member, settings: Any, mailoutbox: list[Any], leaves: bool, backend: str, says: str
) -> None:
    settings.MAILS_LEAVE, settings.EMAIL_HOST, settings.EMAIL_PORT = leaves, "127.0.0.1", 1
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"
    page = (
        signed_in(alice)
        .post("/o/acme/members/invite/", {"email": "carol@example.org", "role": "viewer"})
        .content.decode()
    )
    assert says in page and "http://127.0.0.1:8000/join/" in page
    assert len(mailoutbox) == (leaves and backend == "locmem")


def test_an_invited_person_with_an_account_signs_in_and_confirms(alice: Member) -> None:
    dave = owner_of("globex", "dave@example.org")
    link = invite(alice, " DAVE@Example.org ", "viewer")
    assert b"has an account already" in Client().get(link).content
    client = signed_in(dave)
    client.get(link)
    assert not alice.organisation.members.filter(user=dave.user).exists()
    assert client.post(link).url == "/o/acme/"
    assert alice.organisation.members.get(user=dave.user).role == "viewer"


def test_an_invitation_works_once(alice: Member) -> None:
    link = invite(alice)
    assert Client().post(link, NEW_ACCOUNT).status_code == 302
    again = Client().post(link, NEW_ACCOUNT)
    assert again.status_code == 410 and Client().get(link).status_code == 410
    assert User.objects.count() == 2


def test_an_invitation_is_only_for_the_invited_address(alice: Member) -> None:
    dave, mallory = owner_of("globex", "dave@example.org"), owner_of("evil", "mallory@example.org")
    link = invite(alice, "dave@example.org", "owner")
    page = signed_in(mallory).post(link, NEW_ACCOUNT | {"email": "mallory@example.org"})
    assert page.status_code == 200 and alice.organisation.members.count() == 1
    with pytest.raises(membership.LinkRefused):
        membership.accept(link.split("/")[-2], mallory.user)
    assert signed_in(dave).post(link).status_code == 302


def test_the_account_that_a_link_makes_has_the_invited_address_and_role(alice: Member) -> None:
    extra = {"email": "mallory@example.org", "role": "owner", "is_active": "", "organisation": "1"}
    Client().post(invite(alice, role="viewer"), NEW_ACCOUNT | extra)
    assert roles() == {"alice@example.org": "owner", "carol@example.org": "viewer"}


def test_a_link_cannot_set_the_password_of_an_account_that_exists(alice: Member) -> None:
    owner_of("globex", "dave@example.org")
    Client().post(invite(alice, "dave@example.org"), NEW_ACCOUNT)
    assert User.objects.get(email="dave@example.org").check_password(PASSWORD)
    assert "dave@example.org" not in {row.user.email for row in alice.organisation.members.all()}


def test_an_expired_invitation_is_refused(alice: Member) -> None:
    link = invite(alice)
    MemberInvitation.objects.update(expires_at=timezone.now())
    assert Client().post(link, NEW_ACCOUNT).status_code == 410
    assert b"carol@example.org" not in signed_in(alice).get("/o/acme/members/").content


def test_a_withdrawn_invitation_is_refused(alice: Member) -> None:
    link = invite(alice)
    invitation = MemberInvitation.objects.get()
    signed_in(alice).post(f"/o/acme/members/invitations/{invitation.public_id}/")
    assert Client().post(link, NEW_ACCOUNT).status_code == 410


def test_used_expired_withdrawn_and_invented_links_look_the_same(alice: Member) -> None:
    used, expired = invite(alice), invite(alice, "erin@example.org")
    Client().post(used, NEW_ACCOUNT)
    MemberInvitation.objects.filter(email="erin@example.org").update(expires_at=timezone.now())
    pages = {Client().get(link).content for link in (used, expired, "/join/invented/")}
    assert len(pages) == 1


def test_the_link_is_shown_once_and_stored_only_as_a_digest(alice: Member) -> None:
    token = invite(alice).split("/")[-2]
    assert len(token) >= 32
    assert token not in signed_in(alice).get("/o/acme/members/").content.decode()
    assert token not in str(list(MemberInvitation.objects.values()))


def test_a_new_link_for_the_same_person_replaces_the_one_before(alice: Member) -> None:
    first, second = invite(alice, role="owner"), invite(alice, "CAROL@example.org", "viewer")
    assert Client().post(first, NEW_ACCOUNT).status_code == 410
    assert Client().post(second, NEW_ACCOUNT).status_code == 302
    assert roles()["carol@example.org"] == "viewer"


def test_an_invitation_does_not_change_the_role_of_a_member(alice: Member) -> None:
    link = invite(alice, "bob@example.org", "owner")
    bob = joined(alice, "bob@example.org", "viewer")
    signed_in(bob).post(link)
    assert roles()["bob@example.org"] == "viewer"


def test_inviting_a_member_is_refused_by_its_field(alice: Member) -> None:
    fields = {"email": "Alice@example.org", "role": "viewer"}
    page = signed_in(alice).post("/o/acme/members/invite/", fields).content.decode()
    assert "is a member already" in page and "/join/" not in page


@pytest.mark.parametrize("password", ["short", "carol@example.org", "x" * 129, "password123", ""])
def test_joining_with_a_weak_password_is_refused_by_its_field(alice: Member, password: str) -> None:
    page = Client().post(invite(alice), NEW_ACCOUNT | {"password": password})
    assert page.status_code == 200 and b'id="id_password_error"' in page.content
    assert not User.objects.filter(email="carol@example.org").exists()


@pytest.mark.parametrize("role", ["admin", "", "OWNER"])
def test_a_role_that_does_not_exist_is_refused(alice: Member, role: str) -> None:
    bob = joined(alice, "bob@example.org", "viewer")
    page = signed_in(alice).post("/o/acme/members/invite/", {"email": "x@example.org", "role": role})
    assert b'id="id_role_error"' in page.content and not MemberInvitation.objects.exists()
    assert b"notice error" in change(alice, bob, role=role).content
    assert roles()["bob@example.org"] == "viewer"


def test_an_owner_changes_roles(alice: Member) -> None:
    change(alice, joined(alice, "bob@example.org", "viewer"), role="owner")
    assert roles()["bob@example.org"] == "owner"


@pytest.mark.parametrize("fields", [{"remove": "1"}, {"role": "analyst"}, {"role": "viewer"}])
def test_the_last_owner_stays(alice: Member, fields: dict[str, str]) -> None:
    joined(alice, "bob@example.org", "analyst")
    assert b"needs at least one owner" in change(alice, alice, **fields).content
    assert roles()["alice@example.org"] == "owner"


def test_an_owner_may_leave_where_another_stays(alice: Member) -> None:
    joined(alice, "bob@example.org", "owner")
    page = change(alice, alice, remove="1")
    assert page.status_code == 200 and b"You belong to no organisation yet" in page.content
    assert roles() == {"bob@example.org": "owner"}


def test_links_made_by_or_for_one_who_is_taken_out_are_dead(alice: Member) -> None:
    for_bob = invite(alice, "bob@example.org", "owner")
    bob = joined(alice, "bob@example.org", "owner")
    links = [invite(bob, "bobs-friend@example.org", "owner"), for_bob]
    kept = invite(alice)
    change(alice, bob, remove="1")
    assert [Client().get(link).status_code for link in (*links, kept)] == [410, 410, 200]


def test_links_made_by_one_who_is_no_longer_owner_are_dead(alice: Member) -> None:
    bob = joined(alice, "bob@example.org", "owner")
    link, kept = invite(bob, "bobs-friend@example.org", "owner"), invite(alice)
    change(alice, bob, role="viewer")
    assert [Client().get(one).status_code for one in (link, kept)] == [410, 200]


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_demote_each_other_at_the_same_moment_leave_one() -> None:
    for number in range(5):
        alice = owner_of(f"org{number}", f"alice{number}@example.org")
        bob = joined(alice, f"bob{number}@example.org", "owner")
        at_once(
            lambda bob=bob: membership.change_role(bob, "viewer"),  # type: ignore[misc]
            lambda alice=alice: membership.remove(alice),  # type: ignore[misc]
        )
        assert alice.organisation.members.filter(role="owner").count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_link_opened_twice_at_the_same_moment_makes_one_member() -> None:
    link = invite(owner_of("acme", "alice@example.org"))
    answers = at_once(*[lambda: Client().post(link, NEW_ACCOUNT).status_code] * 4)
    assert answers.count(302) == 1 and set(answers) <= {302, 410, 200}  # 200: "sign in, you have an account"
    assert Member.objects.count() == User.objects.count() == 2


def first_path() -> str:
    return membership.first_link().removeprefix("http://127.0.0.1:8000")


def test_the_first_link_makes_an_organisation_and_its_owner_and_then_dies() -> None:
    link, other, client = first_path(), first_path(), Client()
    assert client.get(link).status_code == 200
    assert client.post(link, FIRST).url == "/o/acme/"
    assert client.get("/o/acme/settings/").status_code == 200
    assert roles() == {"olga@example.org": "owner"}
    assert Organisation.objects.get().time_zone == "Asia/Taipei"
    for dead in (link, other):
        again = Client().post(dead, FIRST | {"slug": "mine", "email": "mallory@example.org"})
        assert again.status_code == 410
    assert User.objects.count() == 1


def test_the_first_link_expires_and_cannot_be_invented(settings: Any) -> None:
    link = first_path()
    assert Client().post(link[:-3] + "xx/", FIRST).status_code == 410
    settings.MEMBER_INVITATION_DAYS = -1
    assert Client().post(link, FIRST).status_code == 410
    assert not Organisation.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("slug", "a/b"), ("slug", ""), ("time_zone", "Mars/Base"), ("email", "olga"), ("password", "short"),
     ("password", "olga@example.org")],
)  # fmt: skip
def test_a_first_organisation_with_a_mistake_is_refused_by_its_field(field: str, value: str) -> None:
    page = Client().post(first_path(), FIRST | {field: value})
    assert page.status_code == 200 and f'id="id_{field}_error"'.encode() in page.content
    assert not Organisation.objects.exists() and not User.objects.exists()


def test_the_first_link_does_not_take_over_an_account_that_exists() -> None:
    User.objects.create_user("olga@example.org", PASSWORD)
    page = Client().post(first_path(), FIRST)
    assert b'id="id_email_error"' in page.content and not Organisation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_first_link_opened_twice_at_the_same_moment_makes_one_organisation() -> None:
    link = first_path()
    bodies = [FIRST | {"slug": f"org{number}", "email": f"o{number}@example.org"} for number in range(4)]
    answers = at_once(*[lambda body=body: Client().post(link, body).status_code for body in bodies])  # type: ignore[misc]
    assert sorted(answers) == [302, 410, 410, 410]
    assert Organisation.objects.count() == User.objects.count() == Member.objects.count() == 1


def test_an_owner_renames_the_organisation_and_nothing_else(alice: Member) -> None:
    fields = {
        "name": "Acme & Sons",
        "time_zone": "Asia/Taipei",
        "slug": "globex",
        "id": "99",
        "least_group": "10",
    }
    assert signed_in(alice).post("/o/acme/settings/", fields).url == "/o/acme/settings/"
    stored = Organisation.objects.get()
    assert (stored.name, stored.time_zone, stored.slug) == ("Acme & Sons", "Asia/Taipei", "acme")
    page = signed_in(alice).post("/o/acme/settings/", {"name": "x", "time_zone": "Nowhere/None"})
    assert b'id="id_time_zone_error"' in page.content
