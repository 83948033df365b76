"""Following up: assigned, noted, closed and opened again; all remembered, nothing twice."""

import html
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from surveys.follow_up import changes
from surveys.follow_up.changes import ChangeRefused, followed
from surveys.models import FollowUp, Member, Response, Survey
from tests.cast import joined, owner_of, signed_in
from tests.surveys.words_cast import HOSTILE, recommending, wrote

pytestmark = pytest.mark.django_db
KEY = "a-key-of-one-note"


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org", "Asia/Taipei")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return recommending(alice, privacy="confidential")


@pytest.fixture
def own(survey: Survey) -> FollowUp:
    return followed(wrote(survey, HOSTILE, 3))


def told(follow_up: FollowUp) -> list[tuple[str, str]]:
    return [(str(one.kind), one.text or one.about) for one in follow_up.notes.all()]


def where(own: FollowUp) -> str:
    return f"/o/acme/surveys/{own.response.survey.public_id}/follow-up/{own.public_id}/"


def sent(member: Member, own: FollowUp, **fields: Any) -> int:
    return int(signed_in(member).post(where(own), fields).status_code)


def test_each_change_is_remembered_and_the_same_again_changes_nothing(own: FollowUp, alice: Member) -> None:
    bob, user = joined(alice, "bob@example.org", "analyst"), alice.user
    assert own.state == "new"
    assert changes.assign(own, bob, user) and not changes.assign(own, bob, user)
    assert changes.note(own, "Called", user, KEY) and not changes.note(own, "Called", user, KEY)
    assert changes.close(own, "All is well", user) and not changes.close(own, "Another reason", user)
    assert changes.reopen(own, user) and not changes.reopen(own, user)
    assert changes.assign(own, None, user)
    own.refresh_from_db()
    assert own.state == "new" and own.closed_at is None
    assert told(own) == [
        ("assigned", "bob@example.org"),
        ("note", "Called"),
        ("closed", "All is well"),
        ("reopened", ""),
        ("released", ""),
    ]


def test_only_who_may_read_responses_of_the_organisation_may_look_after_one(
    own: FollowUp, alice: Member
) -> None:
    viewer, stranger = joined(alice, "vera@example.org", "viewer"), owner_of("globex", "gus@example.org")
    for member in (viewer, stranger):
        with pytest.raises(ChangeRefused):
            changes.assign(own, member, alice.user)
        assert sent(alice, own, do="assign", owner=member.public_id) == 200
    assert FollowUp.objects.get().owner is None and not own.notes.exists()


def test_a_closed_one_is_opened_before_it_is_assigned(own: FollowUp, alice: Member) -> None:
    changes.close(own, "done", alice.user)
    with pytest.raises(ChangeRefused):
        changes.assign(own, alice, alice.user)


def test_who_leaves_leaves_it_new_and_the_history_keeps_the_name(own: FollowUp, alice: Member) -> None:
    bob = joined(alice, "bob@example.org", "analyst")
    changes.assign(own, bob, alice.user)
    bob.delete()
    assert FollowUp.objects.get().state == "new" and told(own) == [("assigned", "bob@example.org")]


def test_a_withdrawn_response_can_be_followed_no_more(own: FollowUp, alice: Member) -> None:
    response = own.response
    Response.objects.all().delete()
    with pytest.raises(FollowUp.DoesNotExist):
        changes.note(own, "Too late", alice.user)
    with pytest.raises(Response.DoesNotExist):
        followed(response)


@pytest.mark.django_db(transaction=True)
def test_what_several_do_at_once_is_done_once(own: FollowUp, alice: Member) -> None:
    def close(number: int) -> list[bool]:
        try:
            mine = FollowUp.objects.get()
            return [
                changes.note(mine, "Called", alice.user, KEY),
                changes.close(mine, f"reason {number}", alice.user),
            ]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(close, range(6)))
    assert [sum(one) for one in zip(*done, strict=True)] == [1, 1]
    assert sorted(kind for kind, _text in told(own)) == ["closed", "note"]


def test_a_comment_gets_one_follow_up_however_often_it_is_asked_for(survey: Survey, alice: Member) -> None:
    text = wrote(survey, "Too slow").texts.get()
    address = f"/o/acme/surveys/{survey.public_id}/words/{text.public_id}/"
    client = signed_in(alice)
    assert client.get(address).status_code == 405 and not FollowUp.objects.exists()
    first, second = client.post(address), client.post(address)
    assert first.status_code == 302 and first.url == second.url == where(FollowUp.objects.get())


@pytest.mark.words
class TestPage:
    def test_what_was_written_is_inert_text(self, own: FollowUp, alice: Member) -> None:
        changes.note(own, HOSTILE, alice.user)
        changes.close(own, HOSTILE, alice.user)
        content = signed_in(alice).get(where(own)).content.decode()
        assert "<img src=x" not in content and "<svg/onload" not in content
        assert html.unescape(content).count(HOSTILE) == 3

    def test_it_takes_each_change(self, own: FollowUp, alice: Member) -> None:
        assert sent(alice, own, do="take") == 302 and FollowUp.objects.get().owner == alice
        for _again in range(2):
            assert sent(alice, own, do="note", text="Called", key=KEY) == 302
        assert sent(alice, own, do="close", text="") == 200 and FollowUp.objects.get().closed_at is None
        assert sent(alice, own, do="close", text="Well") == 302
        assert sent(alice, own, do="reopen") == 302
        assert [kind for kind, _text in told(own)] == ["assigned", "note", "closed", "reopened"]
        assert sent(alice, own, do="anything") == 404

    def test_of_an_anonymous_response_neither_time_nor_other_answers_stand_beside_its_words(
        self, own: FollowUp, alice: Member
    ) -> None:
        content = signed_in(alice).get(where(own)).content.decode()
        assert "2026-03-31 20:34" in content and "/responses/" in content.partition("facts")[2]
        Survey.objects.update(privacy="anonymous")
        content = signed_in(alice).get(where(own)).content.decode()
        assert "2026-03-31" not in content and "/responses/" not in content.partition("facts")[2]
