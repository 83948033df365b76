"""Raw answers taken along by page and by program: who may, what is said, and what is given out."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from surveys.api.tokens import make_token
from surveys.exports import jobs
from surveys.exports.wanted import Wanted
from surveys.models import Export, Member, Survey
from tests.cast import draft, joined, owner_of, signed_in
from tests.surveys.export_cast import made, path
from tests.surveys.respond_cast import every_kind

pytestmark = [pytest.mark.django_db, pytest.mark.words]


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return every_kind(alice, privacy="confidential")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.EXPORT_DIR = tmp_path / "exports"
    return tmp_path / "exports"


def page_of(survey: Survey, more: str = "") -> str:
    return f"/o/acme/surveys/{survey.public_id}/exports/{more}"


def api_of(survey: Survey, more: str = "") -> str:
    return f"/api/v1/organisations/acme/surveys/{survey.public_id}/exports/{more}"


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


# -- by page


def test_a_file_is_asked_for_written_and_fetched(survey: Survey, alice: Member) -> None:
    client = signed_in(alice)
    assert "exports/" in client.get(f"/o/acme/surveys/{survey.public_id}/responses/").content.decode()
    asked = client.post(
        page_of(survey), {"kind": "csv", "language": "zh-hant", "with_labels": "on"}, follow=True
    )
    assert "waiting for a worker" in asked.content.decode() and "refresh.js" in asked.content.decode()
    export = made(survey, alice, "csv", with_labels=True, language="zh-hant")
    assert Export.objects.get() == export
    page = client.get(page_of(survey)).content.decode()
    assert page_of(survey, f"{export.public_id}/") in page and "refresh.js" not in page
    given = client.get(page_of(survey, f"{export.public_id}/"))
    assert body(given) == path(export).read_bytes()
    assert given["Content-Type"].startswith("text/csv") and "no-store" in given["Cache-Control"]
    assert f"customers-answers-{timezone.now():%Y-%m-%d}.csv" in given["Content-Disposition"]
    assert given["X-Content-Type-Options"] == "nosniff"


def test_asked_again_it_says_that_it_is_there(survey: Survey, alice: Member) -> None:
    client, wanted = signed_in(alice), {"kind": "sav", "language": "en"}
    client.post(page_of(survey), wanted)
    page = client.post(page_of(survey), wanted | {"with_labels": "on"}, follow=True)
    assert "Nothing has come in since" in page.content.decode() and Export.objects.count() == 1


@pytest.mark.parametrize("wrong", [{"kind": "exe"}, {"language": "fr"}, {"kind": ""}])
def test_what_cannot_be_made_is_refused_beside_the_field(
    survey: Survey, alice: Member, wrong: dict[str, str]
) -> None:
    page = signed_in(alice).post(page_of(survey), {"kind": "csv", "language": "en", **wrong})
    assert page.status_code == 200 and 'class="error"' in page.content.decode()
    assert not Export.objects.exists()


def test_one_that_waits_can_be_cancelled_and_one_that_has_ended_cannot(survey: Survey, alice: Member) -> None:
    client = signed_in(alice)
    export = jobs.request(survey, alice.user, Wanted("csv", "en"))[0]
    for said in ("The export was cancelled.", "It had ended already"):
        page = client.post(page_of(survey, f"{export.public_id}/cancel/"), follow=True)
        assert said in page.content.decode()
    assert Export.objects.get().status == "cancelled"


def test_a_failed_one_says_why(survey: Survey, alice: Member) -> None:
    export = jobs.request(survey, alice.user, Wanted("xlsx", "en"))[0]
    Export.objects.filter(pk=export.pk).update(status="failed", error="too_wide")
    page = signed_in(alice).get(page_of(survey)).content.decode()
    assert "no room for so many columns" in page and "failed" in page


def test_an_anonymous_survey_says_what_is_left_out(alice: Member) -> None:
    page = signed_in(alice).get(page_of(every_kind(alice))).content.decode()
    assert "what was written is left out" in page


def test_a_draft_has_nothing_to_take_along(alice: Member) -> None:
    survey, client = draft(alice), signed_in(alice)
    assert "Publish the survey first" in client.get(page_of(survey)).content.decode()
    client.post(page_of(survey), {"kind": "csv", "language": "en"})
    answer = client.post(api_of(survey), {"kind": "csv"}, content_type="application/json")
    assert answer.status_code == 409 and not Export.objects.exists()


def test_a_download_that_broke_off_goes_on_where_it_was(survey: Survey, alice: Member) -> None:
    export, client = made(survey, alice, "csv"), signed_in(alice)
    whole = path(export).read_bytes()
    for address in (page_of(survey, f"{export.public_id}/"), api_of(survey, f"{export.public_id}/file/")):
        tag = client.get(address)["ETag"]
        rest = client.get(address, headers={"Range": "bytes=9-", "If-Range": tag})
        assert rest.status_code == 206 and body(rest) == whole[9:]
        assert rest["Content-Range"] == f"bytes 9-{len(whole) - 1}/{len(whole)}"
        assert rest["Content-Length"] == str(len(whole) - 9)


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=9-", "If-Range": '"another"'},
        {"Range": "bytes=-9"},
        {"Range": "bytes=0-1,4-5"},
        {"Range": "bytes=999999999-"},
        {"Range": "bytes=" + "9" * 5_000 + "-"},
        {"Range": "bytes=٣-"},
    ],
)
def test_any_other_range_gets_the_whole_file(survey: Survey, alice: Member, headers: dict[str, str]) -> None:
    export = made(survey, alice, "csv")
    answer = signed_in(alice).get(page_of(survey, f"{export.public_id}/"), headers=headers)
    assert answer.status_code == 200 and body(answer) == path(export).read_bytes()


# -- who may fetch it


def ways(survey: Survey, export: Export) -> list[str]:
    one = export.public_id
    return [page_of(survey, f"{one}/"), api_of(survey, f"{one}/"), api_of(survey, f"{one}/file/")]


@pytest.mark.parametrize("role", ["owner", "analyst"])
def test_another_persons_file_is_not_there_whatever_their_role(
    survey: Survey, alice: Member, role: str
) -> None:
    export, client = made(survey, alice, "csv"), signed_in(joined(alice, "bob@example.org", role))
    for address in ways(survey, export):
        foreign, absent = client.get(address), client.get(address.replace(export.public_id, "A" * 22))
        assert foreign.status_code == absent.status_code == 404
    assert client.post(page_of(survey, f"{export.public_id}/cancel/")).status_code == 404
    assert export.public_id not in client.get(page_of(survey)).content.decode()
    assert client.get(api_of(survey)).json()["results"] == []


def test_a_file_of_another_survey_is_not_there(survey: Survey, alice: Member) -> None:
    export, other = made(survey, alice, "csv"), every_kind(alice)
    assert {signed_in(alice).get(one).status_code for one in ways(other, export)} == {404}


def test_who_became_a_viewer_or_left_fetches_nothing_any_more(survey: Survey, alice: Member) -> None:
    bob = joined(alice, "bob@example.org", "analyst")
    export, client = made(survey, bob, "csv"), signed_in(bob)
    addresses = ways(survey, export)
    assert {client.get(one).status_code for one in addresses} == {200}
    Member.objects.filter(pk=bob.pk).update(role="viewer")
    assert {client.get(one).status_code for one in addresses} == {403}
    bob.delete()
    assert {client.get(one).status_code for one in addresses} == {404}


def test_a_token_that_only_reads_takes_nothing_along(survey: Survey, alice: Member, client: Any) -> None:
    export = made(survey, alice, "csv")
    for may, status in (("read", 403), ("edit", 200)):
        secret = make_token(alice, may, may, 30)
        answer = client.get(ways(survey, export)[2], headers={"Authorization": f"Bearer {secret}"})
        assert answer.status_code == status


@pytest.mark.parametrize("what", ["expired", "withdrawn", "swept", "lost"])
def test_what_is_over_is_given_to_nobody(survey: Survey, alice: Member, what: str) -> None:
    export, client = made(survey, alice, "csv"), signed_in(alice)
    if what == "expired":
        Export.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif what == "withdrawn":
        survey.withdrawals.create()
    elif what == "swept":
        Export.objects.update(status="expired")
    else:
        path(export).unlink()
    page, _told, program = ways(survey, export)
    assert client.get(page).status_code == client.get(program).status_code == 404
    if what != "lost":
        told = client.get(api_of(survey, f"{export.public_id}/")).json()
        assert told["status"] == "expired" and told["file"] is None
        assert "expired" in client.get(page_of(survey)).content.decode()


# -- by program


def test_a_program_asks_watches_and_fetches(survey: Survey, alice: Member) -> None:
    client = signed_in(alice)
    asked = client.post(api_of(survey), json.dumps({"kind": "xlsx"}), content_type="application/json")
    assert asked.status_code == 202
    told = asked.json()
    assert (told["status"], told["file"], told["language"], told["with_labels"]) == (
        "queued",
        None,
        "en",
        False,
    )
    again = client.post(api_of(survey), json.dumps({"kind": "xlsx"}), content_type="application/json")
    assert again.status_code == 200 and again.json()["id"] == told["id"]
    export = made(survey, alice, "xlsx")
    [listed] = client.get(api_of(survey)).json()["results"]
    assert listed == client.get(api_of(survey, f"{told['id']}/")).json()
    assert listed["status"] == "done" and listed["size"] == path(export).stat().st_size
    for accepted in ("*/*", "application/json", "application/octet-stream"):
        given = client.get(listed["file"], headers={"Accept": accepted})
        assert body(given).startswith(b"PK") and "no-store" in given["Cache-Control"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "pdf"}, "kind"),
        ({}, "kind"),
        ({"kind": "csv", "language": "fr"}, "language"),
        ({"kind": "csv", "with_labels": "perhaps"}, "with_labels"),
        ({"kind": "csv", "requested_by": 1}, "requested_by"),
        ({"kind": "csv", "status": "done"}, "status"),
    ],
)
def test_a_wrong_wish_is_refused_by_its_field(
    survey: Survey, alice: Member, wrong: dict[str, Any], field: str
) -> None:
    answer = signed_in(alice).post(api_of(survey), json.dumps(wrong), content_type="application/json")
    assert answer.status_code == 400 and answer.json()["problems"][0]["field"] == field
    assert not Export.objects.exists()


def test_a_program_cancels_once_or_twice_but_nothing_that_is_done(survey: Survey, alice: Member) -> None:
    client = signed_in(alice)
    export = jobs.request(survey, alice.user, Wanted("csv", "en"))[0]
    address = api_of(survey, f"{export.public_id}/cancel/")
    assert {client.post(address).json()["status"] for _twice in range(2)} == {"cancelled"}
    done = made(survey, alice, "csv")
    assert client.post(api_of(survey, f"{done.public_id}/cancel/")).status_code == 409
    assert jobs.is_there(Export.objects.get(pk=done.pk))
