"""A report taken along says what its page says: in every file, to whom the page says it, and no more."""

import io
import re
from typing import Any

import pypdf
import pytest
from django.test import Client, RequestFactory
from django.utils import translation

from indices.models import Run, SurveyNote
from indices.paper import fonts
from indices.paper.content import content
from indices.paper.typesetting import typeset
from indices.report.take_along import shown_at
from indices.report_tables.csv_file import csv_file
from indices.report_tables.gathered import tables
from indices.runs.schedule import request_due_runs
from indices.tasks import work
from surveys.models import Member, Survey
from tests.cast import REGION, joined, owner_of, published, signed_in
from tests.conftest import lacking
from tests.indices.change_cast import add_month, answers
from tests.indices.paper_cast import (
    Page,
    Rows,
    api_figures,
    csv_rows,
    fonts_in,
    pdf_text,
    tokens,
    workbook_rows,
)
from tests.indices.score_cast import add_answers, nps_rows, survey_of
from tests.indices.test_score_report import instrument_of, random_rows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.words]
KINDS = ["nps", "csat", "servqual", "servqual_zone", "servperf", "kano"]


@pytest.fixture
def alice(settings: Any) -> Member:
    settings.RUN_RESAMPLES = 100
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def structural(alice: Member) -> Survey:
    """Two months of two regions, of which the second is better."""
    survey = published(alice, segments=[REGION], refresh_after=1)
    for month, seed in (("2026-01", 2), ("2026-02", 3)):
        for region, lift in (("north", 0.0), ("south", 0.5)):
            add_month(survey, month, answers(seed, 80, lifted={"quality": lift}), region)
    return computed(survey)


@pytest.fixture
def nps(alice: Member) -> Survey:
    survey = survey_of(alice, "nps", segments=[REGION], refresh_after=1)
    add_answers(survey, "2026-01", nps_rows(30, 21, 15), "north")
    add_answers(survey, "2026-02", nps_rows(41, 13, 11), "north")
    add_answers(survey, "2026-02", nps_rows(17, 19, 23, skipped=3), "south")
    return computed(survey)


NAMED = {"−100", "100", "1", "7", "30"}  # ends of scales, and from how many answers on figures are shown
GAPS_RUN = {"servqual": {"−6", "6"}, "servqual_zone": {"−8", "8"}}  # from and to


@pytest.fixture
def weighted(alice: Member) -> Survey:
    """Perceptions of two regions, weighted to their shares."""
    margins = {"region": {"north": 70, "south": 30}}
    weighting = {"unit": "percent", "margins": margins, "trim": None}
    survey = survey_of(alice, "servperf", segments=[REGION], refresh_after=1, weighting=weighting)
    for seed, region in enumerate(("north", "south")):
        add_answers(survey, "2026-01", random_rows(instrument_of(survey), 50, seed), region)
    return computed(survey)


def computed(survey: Survey) -> Survey:
    request_due_runs()
    for run in Run.objects.filter(status=Run.Status.QUEUED):
        work(run.pk)
    assert set(Run.objects.values_list("status", flat=True)) == {"done"}
    return survey


def address_of(survey: Survey) -> str:
    return f"/o/acme/surveys/{survey.public_id}/report/"


def keys_of(client: Client, survey: Survey, query: str = "") -> list[str]:
    answer = client.get(f"/api/v1/organisations/acme/surveys/{survey.public_id}/report/tables/{query}")
    assert answer.status_code == 200
    return [one["key"] for one in answer.json()["tables"]]


def reader(member: Member, language: str) -> Client:
    member.user.language = language
    member.user.save()
    names = fonts.installed().families()
    try:
        fonts.families(language, names)
    except fonts.NoFont:
        lacking("a font with Chinese letters")
    return signed_in(member)


def assert_has(rows: Rows, page: Page) -> None:
    for name, figures in page.rows.items():
        assert figures <= rows[name], name
    assert page.headline <= set().union(*rows.values())


@pytest.mark.parametrize("kind", ["structural", "nps", "weighted"])
def test_every_figure_of_the_page_is_in_the_api_and_every_file(
    alice: Member, kind: str, request: pytest.FixtureRequest
) -> None:
    survey: Survey = request.getfixturevalue(kind)
    address = address_of(survey)
    for language in ("en", "zh-hans"):
        client = reader(alice, language)
        page = Page(client.get(address).content.decode())
        assert len(page.rows) > 5 and len(page.all) > 25
        assert_has(csv_rows(*csv_files(alice, survey, language)), page)
        assert_has(workbook_rows(client.get(f"{address}workbook/").content), page)
        assert page.all <= tokens(pdf_text(client.get(f"{address}pdf/").content))
        assert page.all - api_figures(client, survey) - NAMED == set()


def csv_files(member: Member, survey: Survey, language: str) -> list[bytes]:
    """Of every table, made from one reading."""
    with translation.override(language):
        return [
            csv_file(one)
            for one in tables(shown_at(RequestFactory().get("/"), member, survey, reads_answers=True))
        ]


@pytest.mark.parametrize("kind", KINDS)
def test_every_figure_of_each_kind_is_in_the_api_and_every_file(alice: Member, kind: str) -> None:
    survey = survey_of(alice, kind, refresh_after=1)
    for seed, month in enumerate(("2025-12", "2026-01")):
        add_answers(survey, month, random_rows(instrument_of(survey), 40, seed))
    client, address = signed_in(alice), address_of(computed(survey))
    page = Page(client.get(address).content.decode())
    assert_has(workbook_rows(client.get(f"{address}workbook/").content), page)
    assert_has(csv_rows(*csv_files(alice, survey, "en")), page)
    assert page.all <= tokens(pdf_text(client.get(f"{address}pdf/").content))
    assert page.all - api_figures(client, survey) - NAMED - GAPS_RUN.get(kind, set()) == set()


def test_the_files_are_of_what_the_address_asks_for(alice: Member, nps: Survey) -> None:
    client, address = signed_in(alice), address_of(nps)
    first = nps.periods.get(name="2026-01").public_id
    seen = set()
    for query in (f"?period={first}", "?segment=region:north", "?measure=nps&revision=1", ""):
        page = client.get(address + query).content.decode()
        files = [client.get(f"{address}tables/{one}.csv{query}").content for one in ("groups", "answers")]
        rows, shown = csv_rows(*files), Page(page).rows
        shared = [name for name in shown if name in rows]
        assert len(shared) > 10 and all(shown[name] <= rows[name] for name in shared)
        seen.add(files[0])
    assert len(seen) == 3  # the revision is the newest
    page = client.get(f"{address}?period={first}&segment=region:north&revision=1").content.decode()
    asked = f"?period={first}&amp;segment=region%3Anorth&amp;revision=1"
    for name in ("pdf/", "workbook/", "tables/figures.csv"):
        assert f'href="{address}{name}{asked}"' in page
    for query in ("?period=" + "A" * 22, "?segment=region:west", "?window=7", "?measure=ecsi", "?revision=9"):
        for name in ("pdf/", "workbook/", "tables/figures.csv"):
            assert client.get(address + name + query).status_code == 404, (name, query)


def test_what_the_page_hides_no_file_tells(alice: Member, nps: Survey) -> None:
    nps.organisation.least_group = 63  # the south's 62 answers are few now, and the north's tell of them
    nps.organisation.save()
    viewer = signed_in(joined(alice, "victor@example.org", "viewer"))
    address, second = address_of(nps), nps.periods.get(name="2026-02")
    query = f"?segment=region:south&period={second.public_id}"
    assert "Hidden" in viewer.get(address + query).content.decode()
    for name in ("pdf/", "workbook/", "tables/figures.csv"):
        assert viewer.get(address + name + query).status_code == 404
        assert signed_in(alice).get(address + name + query).status_code == 404
    segments = viewer.get(f"{address}tables/segments.csv").content.decode()
    assert "Hidden" in segments and "−" not in segments and "59" not in segments
    paper = re.sub(r"\d\d:\d\d", "", pdf_text(viewer.get(f"{address}pdf/").content))  # when it was computed
    assert "59" not in tokens(paper)


def test_the_page_links_every_file_and_none_where_there_are_no_figures(alice: Member, nps: Survey) -> None:
    client, address = signed_in(alice), address_of(nps)
    page = client.get(address).content.decode()
    for key in keys_of(client, nps):
        assert f"{address}tables/{key}.csv?period=" in page
    assert f"{address}pdf/?period=" in page and f"{address}workbook/?period=" in page
    Run.objects.all().delete()
    assert "pdf/" not in client.get(address).content.decode()
    assert client.get(f"{address}pdf/").status_code == 404


def test_stored_figures_are_taken_and_nothing_is_computed(alice: Member, nps: Survey) -> None:
    newest = Run.objects.get(segment="", period__name="2026-02", window=1)
    newest.estimates.get().scores.filter(code="nps").update(value=12.3456)
    client, address = signed_in(alice), address_of(nps)
    before = list(Run.objects.values())
    assert "12.3" in client.get(f"{address}tables/figures.csv").content.decode()
    assert "12.3" in pdf_text(client.get(f"{address}pdf/").content)
    book = client.get(f"{address}workbook/").content
    assert "12.3" in set().union(*workbook_rows(book).values())
    assert list(Run.objects.values()) == before
    assert client.get(f"{address}workbook/").content == book
    assert client.get(f"{address}pdf/").content == client.get(f"{address}pdf/").content


def test_a_program_takes_the_same_files_in_the_language_it_names(alice: Member, nps: Survey) -> None:
    client, page = signed_in(alice), address_of(nps)
    api = f"/api/v1/organisations/acme/surveys/{nps.public_id}/report/"
    for name in ("workbook/", "tables/figures.csv", "pdf/"):
        assert client.get(api + name).content == client.get(page + name).content
    assert "推荐者" in client.get(f"{api}tables/groups.csv?language=zh-hans").content.decode()
    assert client.get(f"{api}tables/groups.csv?language=xx").status_code == 400
    answer = client.get(f"{api}pdf/", headers={"accept": "application/pdf"})
    assert answer.headers["Content-Type"] == "application/pdf"
    assert (
        answer.headers["Content-Disposition"] == 'attachment; filename="customers-2026-02-everybody-r1.pdf"'
    )


def test_hostile_names_are_plain_text_in_every_file(alice: Member, nps: Survey) -> None:
    hostile = '=cmd|"/c calc"!A1 #set page(fill: red) $x^2$ @cite <script>alert(1)</script> \\ *b* \u202eevil'
    long = "W" * 150
    Survey.objects.update(name=hostile)
    nps.organisation.name = "+" + long
    nps.organisation.save()
    period = nps.periods.get(name="2026-02")
    SurveyNote.objects.create(survey=nps, period=period, text='@SUM(1+1)*#image("/etc/passwd")')
    client, address = signed_in(alice), address_of(nps)
    said = pdf_text(client.get(f"{address}pdf/").content).replace("\u200b", "").replace("\n", "")
    for part in ("#set page(fill: red)", "$x^2$", "<script>alert(1)</script>", '#image("/etc/passwd")', long):
        assert part.replace(" ", "") in said.replace(" ", "")
    assert "\u202e" not in said
    notes = client.get(f"{address}tables/notes.csv").content.decode()
    assert "'@SUM(1+1)" in notes
    about = client.get(f"{address}tables/about.csv").content.decode()
    assert "'=cmd" in about and "'+W" in about
    rows = workbook_rows(client.get(f"{address}workbook/").content)
    assert hostile in rows and '@SUM(1+1)*#image("/etc/passwd")' in rows  # text, told by its cell's kind


def test_a_report_can_be_read_without_eyes(alice: Member, nps: Survey) -> None:
    """By PDF/UA-1: a title, a language, headings in their order, and words for every drawing."""
    shown = shown_at(RequestFactory().get("/"), alice, nps, reads_answers=True)
    families = fonts.families("en", fonts.installed().families())
    made = typeset(content(shown, families), 0, ["ua-1"])
    assert pypdf.PdfReader(io.BytesIO(made)).metadata.title == "Customers · 2026-02"


def test_letters_that_no_font_has_do_no_harm(alice: Member, nps: Survey) -> None:
    Survey.objects.update(name="\ue000\U000e0001\u0378 \U0001f600 ไทย العربية")
    assert signed_in(alice).get(f"{address_of(nps)}pdf/").content.startswith(b"%PDF-")


def test_without_a_chinese_font_only_the_chinese_pdf_is_refused(
    alice: Member, nps: Survey, settings: Any, tmp_path: Any
) -> None:
    settings.FONT_DIR = str(tmp_path)
    client, address = signed_in(alice), address_of(nps)
    english = client.get(f"{address}pdf/").content
    assert "Libertinus" in fonts_in(english) and "19.4" in pdf_text(english)
    api = f"/api/v1/organisations/acme/surveys/{nps.public_id}/report/pdf/?language=zh-hant"
    refused = client.get(api)
    assert refused.status_code == 503 and fonts.PACKAGE in refused.json()["problems"][0]["problem"]
    alice.user.language = "zh-hans"
    alice.user.save()
    page = client.get(f"{address}pdf/?measure=nps", follow=True)
    assert page.redirect_chain == [(f"{address}?measure=nps", 302)]
    assert fonts.PACKAGE in page.content.decode()
    assert client.get(f"{address}workbook/").status_code == 200
