"""The manager's pages of an import, without JavaScript."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from surveys.models import ImportBatch, Member, Response, Survey
from tests.surveys.import_cast import csv_of, draft_survey, make_member, make_survey

pytestmark = [pytest.mark.django_db, pytest.mark.words]
CONTENT = csv_of("1,2,north", "3,dk,", header="image1,answer two,region")
CHOSEN = {"item-ecsi.image1": "0", "item-ecsi.image2": "1", "segment-region": "2", "wave": "2025"}


@pytest.fixture
def survey() -> Survey:
    return make_survey()


@pytest.fixture
def analyst(survey: Survey) -> Member:
    return member_of(survey, "analyst")


@pytest.fixture
def page(client: Client, analyst: Member) -> Client:
    client.force_login(analyst.user)
    return client


def member_of(survey: Survey, role: str) -> Member:
    made = make_member(role)
    made.organisation = survey.organisation
    made.save()
    return made


def new_url(survey: Survey) -> str:
    return reverse("import-new", args=[survey.organisation.slug, survey.public_id])


def url_of(batch: ImportBatch, survey: Survey | None = None) -> str:
    survey = survey or batch.survey
    return reverse("import-review", args=[survey.organisation.slug, survey.public_id, batch.public_id])


def upload(
    page: Client, survey: Survey, content: bytes = CONTENT, name: str = "answers.csv", encoding: str = "utf-8"
) -> Any:
    file = SimpleUploadedFile(name, content, "text/csv")
    return page.post(new_url(survey), {"file": file, "encoding": encoding})


def uploaded(page: Client, survey: Survey, content: bytes = CONTENT, **more: str) -> ImportBatch:
    assert upload(page, survey, content, **more).status_code == 302
    return ImportBatch.objects.get(state="draft")


def send(page: Client, batch: ImportBatch, do: str, **fields: str) -> Any:
    return page.post(url_of(batch), {**CHOSEN, "do": do, **fields}, follow=True)


def test_from_the_file_to_the_stored_answers(page: Client, survey: Survey) -> None:
    batch = uploaded(page, survey)
    first = page.get(url_of(batch)).content.decode()
    assert '<option value="0" selected>image1</option>' in first
    assert '<option value="2" selected>region</option>' in first
    assert "answer two" in first
    assert "2 rows" in first
    assert not Response.objects.exists()
    assert "All rows are good" in send(page, batch, "check").content.decode()
    assert not Response.objects.exists()
    done = send(page, batch, "store").content.decode()
    assert "2 rows of answers.csv were stored" in done
    one, two = Response.objects.order_by("pk")
    assert one.answers == {"ecsi.image1": 1, "ecsi.image2": 2}
    assert (one.segments, two.answers["ecsi.image2"]) == ({"region": "north"}, "dk")
    assert ImportBatch.objects.get().created_by == page.get(url_of(batch)).wsgi_request.user


def test_looking_changes_nothing(page: Client, survey: Survey) -> None:
    batch = uploaded(page, survey)
    page.get(url_of(batch), {"do": "store", **CHOSEN})
    page.get(url_of(batch), {"do": "give-up"})
    batch.refresh_from_db()
    assert (batch.state, batch.settings) == ("draft", {"encoding": "utf-8"})


def test_a_double_click_stores_once(page: Client, survey: Survey) -> None:
    batch = uploaded(page, survey)
    for _click in range(3):
        assert "2 rows" in send(page, batch, "store").content.decode()
    assert Response.objects.count() == 2
    assert send(page, batch, "give-up").status_code == 200
    assert Response.objects.count() == 2


def test_bad_rows_are_named_and_nothing_is_stored(page: Client, survey: Survey) -> None:
    batch = uploaded(
        page,
        survey,
        csv_of("1,2", "1,11"),
    )
    said = send(page, batch, "store", **{"segment-region": ""}).content.decode()
    assert "<td>3</td><td>image2</td><td>11 is not on the scale 1..10</td>" in said
    assert "Nothing was stored" in said
    assert not Response.objects.exists()
    said = send(page, batch, "store", **{"segment-region": "", "leave_out_bad_rows": "on"}).content.decode()
    assert "1 row of answers.csv was stored" in said
    assert "1 bad row was left out" in said


def test_only_the_first_problems_are_shown(page: Client, survey: Survey) -> None:
    batch = uploaded(page, survey, csv_of(*["11,12"] * 150))
    said = send(page, batch, "check", **{"segment-region": ""}).content.decode()
    assert "The first 200 of 300 problems" in said
    assert said.count("is not on the scale") == 200


def test_a_plan_that_does_not_fit_says_so_at_its_field(page: Client, survey: Survey) -> None:
    batch = uploaded(page, survey)
    assert "Say where the period comes from" in send(page, batch, "check", wave="").content.decode()
    assert "used twice" in send(page, batch, "store", **{"item-ecsi.image3": "0"}).content.decode()
    assert "is an answer on the scale" in send(page, batch, "store", missing_codes="-99, 5").content.decode()
    for number in ("99", "-1", "x"):
        said = send(page, batch, "store", **{"item-ecsi.image1": number})
        assert "Select a valid choice" in said.content.decode()
    assert not Response.objects.exists()


def test_a_calendar_survey_asks_for_a_date_column_only(client: Client) -> None:
    survey = make_survey("month")
    client.force_login(member_of(survey, "owner").user)
    batch = uploaded(client, survey, csv_of("1,2026-03-01", header="image1,date"))
    assert 'name="wave"' not in client.get(url_of(batch)).content.decode()
    client.post(url_of(batch), {"item-ecsi.image1": "0", "date": "1", "wave": "x", "do": "store"})
    assert survey.periods.get().name == "2026-03"


def test_foreign_text_is_escaped(page: Client, survey: Survey) -> None:
    evil = "<script>alert(1)</script>"
    content = csv_of(f"{evil},2", header=f"image1,{evil}")
    batch = uploaded(page, survey, content, name=f"{evil.replace('/', '_')}.csv")
    assert "<script" in batch.filename
    pages = [page.get(url_of(batch)), send(page, batch, "check", **{"segment-region": ""})]
    pages.append(send(page, batch, "store", wave=evil, **{"segment-region": ""}))
    doubtful = {"item-ecsi.image1": "1", "item-ecsi.image2": "", "segment-region": ""}
    pages.append(send(page, batch, "store", **doubtful, leave_out_bad_rows="on"))
    for shown in pages:
        assert b"&lt;script" in shown.content
        assert b"<script>alert" not in shown.content
    assert Response.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04rest", "not CSV"),
        ("image1,北\n1,2\n".encode("gbk"), "GB18030"),
        (b"image1,image1\n1,2\n", "name of its own"),
        (b"image1\n", "no rows"),
        (b"a\0b\n1\n", "NUL"),
        (b"", "empty"),
    ],
)
def test_an_unusable_file_is_one_error_and_no_draft(
    page: Client, survey: Survey, content: bytes, said: str
) -> None:
    shown = upload(page, survey, content)
    assert shown.status_code == 200
    assert said in shown.content.decode()
    assert shown.content.count(b'class="error"') == 1
    assert not ImportBatch.objects.exists()


def test_a_file_that_is_too_large(page: Client, survey: Survey, settings: Any) -> None:
    settings.IMPORT_MAX_BYTES = 10
    assert "at most 10" in upload(page, survey).content.decode()
    assert not ImportBatch.objects.exists()


def test_an_encoding_that_is_not_offered(page: Client, survey: Survey) -> None:
    assert "Select a valid choice" in upload(page, survey, encoding="idna").content.decode()


def test_the_same_file_again_says_when_it_was_imported(page: Client, survey: Survey) -> None:
    send(page, uploaded(page, survey), "store")
    assert "already imported" in upload(page, survey).content.decode()


def test_giving_up_removes_the_draft(page: Client, survey: Survey) -> None:
    batch = uploaded(page, survey)
    assert send(page, batch, "give-up").status_code == 200
    assert not ImportBatch.objects.exists()
    assert page.get(url_of(batch)).status_code == 404


def test_a_draft_survey_asks_to_be_published_first(page: Client, survey: Survey) -> None:
    unpublished = draft_survey(survey.organisation)
    assert "Publish the survey first" in page.get(new_url(unpublished)).content.decode()
    upload(page, unpublished)
    assert not ImportBatch.objects.exists()


def test_a_viewer_may_not_import(client: Client, survey: Survey, page: Client) -> None:
    batch = uploaded(page, survey)
    client.force_login(member_of(survey, "viewer").user)
    for url in (new_url(survey), url_of(batch)):
        assert client.get(url).status_code == 403
        assert client.post(url, {**CHOSEN, "do": "store"}).status_code == 403
    assert not Response.objects.exists()


def test_a_stranger_signs_in_first(survey: Survey) -> None:
    assert Client().get(new_url(survey)).status_code == 302


def test_foreign_parents_and_children_are_not_found(page: Client, survey: Survey) -> None:
    own, foreign = uploaded(page, survey), make_survey()
    theirs = ImportBatch.objects.create(survey=foreign, filename="secret.csv", file_digest="0" * 64)
    sibling = make_survey()
    sibling.organisation = survey.organisation
    sibling.save()
    addresses = [
        new_url(foreign),
        url_of(theirs),
        url_of(theirs, survey),
        url_of(own, foreign),
        url_of(own, sibling),
        url_of(own).replace(own.public_id, "nothing"),
        new_url(survey).replace(survey.public_id, foreign.public_id),
    ]
    for address in addresses:
        for answer in (page.get(address), page.post(address, {**CHOSEN, "do": "store"})):
            assert answer.status_code == 404
            assert b"secret" not in answer.content
    assert not Response.objects.exists()


def test_a_post_without_token_is_refused(survey: Survey, analyst: Member) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(analyst.user)
    assert upload(strict, survey).status_code == 403
    assert not ImportBatch.objects.exists()
