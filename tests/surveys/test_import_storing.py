"""Storing: once, whole, in the right periods."""

import json
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from surveys.imports import storing
from surveys.imports.checking import check
from surveys.imports.plan import Plan
from surveys.imports.reading import read_table
from surveys.imports.refusals import AlreadyImported, FileRefused, ImportRefused, RowsRefused
from surveys.imports.storing import confirm, draft_table, give_up, import_file, start_draft
from surveys.models import ImportBatch, Period, Response, Survey
from surveys.periods import add_wave
from surveys.publishing import publish
from surveys.questionnaire.pages import pages
from surveys.responses.answering import hand_in
from surveys.responses.keys import new_key, read_key
from surveys.selectors import item_columns
from tests.surveys.import_cast import ITEMS, answers_of, csv_of, draft_survey, make_member, make_survey

pytestmark = pytest.mark.django_db
BOTH = {"image1": "image1", "image2": "image2"}
PLAN = Plan(BOTH, wave="2025")
DEMO = Path(settings.BASE_DIR) / "deploy" / "demo"


def draft(survey: Survey, content: bytes = b"image1,image2\n1,2\n3,dk\n") -> ImportBatch:
    return start_draft(survey, content, "answers.csv", "utf-8", None)


def test_the_demo_file_imports_whole() -> None:
    survey = make_survey()
    plan = Plan(json.loads((DEMO / "mobi_columns.json").read_text()), wave="Mobile phone survey")
    content = (DEMO / "mobi.csv").read_bytes()
    batch = import_file(survey=survey, content=content, filename="mobi.csv", plan=plan, by=None)
    assert (batch.rows_stored, batch.rows_left_out, batch.content) == (250, 0, None)
    first = answers_of(survey)[0]
    assert set(first) == {f"ecsi.{code}" for code in ITEMS}
    assert [first[f"ecsi.image{n}"] for n in range(1, 6)] == [7, 5, 5, 5, 4]
    assert (first["ecsi.complaints1"], first["ecsi.loyalty2"], first["ecsi.value2"]) == (7, 5, 3)
    assert [period.name for period in survey.periods.all()] == ["Mobile phone survey"]
    assert survey.periods.get().first_day is None


def test_imported_answers_leave_by_the_same_door() -> None:
    survey = make_survey()
    import_file(survey, csv_of("1,2", "3,dk", ",na"), "a.csv", PLAN, None)
    version = survey.current_version
    assert version is not None
    use = version.uses.get()
    columns = item_columns(survey, use.instrument, use.measurement_key, survey.periods.get())
    assert columns.values[:, columns.items.index("image1")].tolist()[:2] == [1, 3]
    assert columns.missing["image1"] == {"skipped": 1}
    assert columns.missing["image2"] == {"dont_know": 1, "not_applicable": 1}
    assert columns.missing["image3"] == {"not_asked": 3}


def test_what_a_stored_response_holds() -> None:
    survey = make_survey("month")
    content = csv_of("1,2026-03-31,north,zh-hant", "2,2026-03-31T17:00Z,,", header="image1,day,region,lang")
    plan = Plan({"image1": "image1"}, date="day", segments={"region": "region"}, language="lang")
    batch = import_file(survey, content, "a.csv", plan, None)
    first, second = Response.objects.order_by("pk")
    assert (first.origin, first.state, first.batch, first.version) == (
        "import", "finished", batch, survey.current_version,
    )  # fmt: skip
    assert (first.answers, first.segments, first.language) == (
        {"ecsi.image1": 1},
        {"region": "north"},
        "zh-hant",
    )
    assert (second.segments, second.language, second.key_digest) == ({}, "en", None)
    assert first.finished_at == datetime(2026, 3, 31, 4, tzinfo=UTC)
    assert [first.period and first.period.name, second.period and second.period.name] == [
        "2026-03",
        "2026-04",
    ]


def test_without_dates_there_is_no_moment() -> None:
    survey = make_survey()
    import_file(survey, csv_of("1,2"), "a.csv", PLAN, None)
    assert Response.objects.get().finished_at is None


@pytest.mark.parametrize(
    ("zone", "cell", "period"),
    [
        ("Europe/Berlin", "2026-03-31T22:30Z", "2026-Q2"),
        ("Europe/Berlin", "2025-12-31T22:30Z", "2025-Q4"),
        ("Asia/Taipei", "2025-12-31T16:30Z", "2026-Q1"),
        ("Asia/Taipei", "2025-12-31", "2025-Q4"),
    ],
)
def test_the_period_follows_the_organisations_zone(zone: str, cell: str, period: str) -> None:
    survey = make_survey("quarter", zone)
    plan = Plan({"image1": "image1"}, date="day")
    import_file(survey, csv_of(f"1,{cell}", header="image1,day"), "a.csv", plan, None)
    assert survey.periods.get().name == period


def test_waves_with_a_date_column() -> None:
    survey = make_survey()
    wave = add_wave(survey, "spring", date(2026, 3, 1), date(2026, 3, 31))
    add_wave(survey, "summer", date(2026, 6, 1), date(2026, 6, 30))
    content = csv_of("1,2026-03-31", "2,2026-06-01", "3,2026-03-01", header="image1,day")
    import_file(survey, content, "a.csv", Plan({"image1": "image1"}, date="day"), None)
    assert wave.responses.count() == 2


def test_an_existing_wave_is_taken_by_its_name() -> None:
    survey = make_survey()
    wave = add_wave(survey, "2025", None, None)
    import_file(survey, csv_of("1,2"), "a.csv", PLAN, None)
    import_file(survey, csv_of("3,4"), "b.csv", PLAN, None)
    assert wave.responses.count() == 2
    assert survey.periods.count() == 1


def test_nothing_is_stored_unless_every_row_is_good() -> None:
    survey = make_survey()
    with pytest.raises(RowsRefused) as caught:
        import_file(survey, csv_of("1,2", "11,2"), "a.csv", PLAN, None)
    assert caught.value.checked.bad_rows == 1
    assert not Response.objects.exists()
    assert not ImportBatch.objects.exists()
    assert not Period.objects.exists()


def test_bad_rows_can_be_left_out_and_are_counted() -> None:
    survey = make_survey()
    plan = Plan(BOTH, wave="2025", leave_out_bad_rows=True)
    batch = import_file(survey, csv_of("1,2", "11,2", "5"), "a.csv", plan, None)
    assert (batch.rows_stored, batch.rows_left_out) == (1, 2)
    assert answers_of(survey) == [{"ecsi.image1": 1, "ecsi.image2": 2}]
    with pytest.raises(RowsRefused):
        import_file(survey, csv_of("11,2"), "b.csv", plan, None)


def test_a_draft_is_kept_compressed_and_cleared_when_stored() -> None:
    content = csv_of(*["1,2"] * 5000)
    batch = draft(make_survey(), content)
    assert batch.content is not None
    assert len(batch.content) < len(content) / 10
    assert draft_table(ImportBatch.objects.get(pk=batch.pk)).row_count == 5000
    stored = confirm(batch, PLAN)
    assert (stored.state, stored.content, stored.rows_stored) == ("stored", None, 5000)
    assert stored.settings["plan"]["wave"] == "2025"


def test_a_double_confirm_stores_once() -> None:
    survey = make_survey()
    batch, stale = draft(survey), ImportBatch.objects.get()
    confirm(batch, PLAN)
    with pytest.raises(AlreadyImported):
        confirm(stale, PLAN)
    assert Response.objects.count() == 2


def test_only_one_of_two_calls_that_passed_every_check_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left when both looked before either stored: the claim of the draft, and the unique file."""
    survey = make_survey()
    one, other = draft(survey), draft(survey)
    version = survey.current_version
    assert version is not None
    rows = check(draft_table(one), PLAN, survey, version)
    storing.store(one, rows)
    looks = iter([lambda *_: None, storing._refuse_known] * 2)
    monkeypatch.setattr(storing, "_refuse_known", lambda *args: next(looks)(*args))
    for stale in (one, other):
        with pytest.raises(AlreadyImported):
            storing.store(stale, rows)
    assert Response.objects.count() == 2
    assert ImportBatch.objects.filter(state="stored").count() == 1


@pytest.mark.django_db(transaction=True)
def test_parallel_confirms_store_once() -> None:
    survey = make_survey()
    batches = [draft(survey), draft(survey)]
    outcomes: list[str] = []

    def run(pk: int) -> None:
        try:
            confirm(ImportBatch.objects.get(pk=pk), PLAN)
            outcomes.append("stored")
        except ImportRefused:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(batch.pk,)) for batch in batches * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 7 + ["stored"]
    assert Response.objects.count() == 2
    assert survey.periods.count() == 1


@pytest.mark.django_db(transaction=True)
def test_answers_are_taken_while_an_import_is_stored() -> None:
    survey = make_survey("month")
    today = timezone.now().date()
    content = csv_of(*[f"{n % 10 + 1},{today - timedelta(days=1)}" for n in range(6000)], header="image1,day")
    batch = draft(survey, content)
    version = survey.current_version
    assert version is not None
    answers = pages(version.content, "en")[0].accept({})

    def run() -> None:
        confirm(ImportBatch.objects.get(pk=batch.pk), Plan({"image1": "image1"}, date="day"))
        connection.close()

    importing = threading.Thread(target=run)
    importing.start()
    taken = 0
    while importing.is_alive() or taken < 3:
        key = read_key(survey, new_key(version))
        assert hand_in(survey, key, answers, "en")
        taken += 1
    importing.join()
    assert Response.objects.filter(origin="import").count() == 6000
    assert Response.objects.filter(origin="web", state="finished").count() == taken


def test_the_same_file_is_refused_with_when_it_was_imported() -> None:
    survey = make_survey()
    import_file(survey, csv_of("1,2"), "a.csv", PLAN, None)
    with pytest.raises(AlreadyImported, match=f"{timezone.now():%Y-%m-%d}"):
        import_file(survey, csv_of("1,2"), "renamed.csv", PLAN, None)
    with pytest.raises(AlreadyImported):
        draft(survey, csv_of("1,2"))
    assert Response.objects.count() == 1
    import_file(make_survey(), csv_of("1,2"), "a.csv", PLAN, None)


def test_a_draft_given_up_is_gone_and_cannot_be_stored() -> None:
    batch = draft(make_survey())
    give_up(batch)
    with pytest.raises(ImportRefused, match="given up"):
        confirm(batch, PLAN)
    assert not ImportBatch.objects.exists()
    assert not Response.objects.exists()


def test_old_drafts_do_not_stay() -> None:
    survey = make_survey()
    old = draft(survey)
    ImportBatch.objects.update(created_at=timezone.now() - timedelta(days=8))
    draft(survey, csv_of("9,9"))
    assert not ImportBatch.objects.filter(pk=old.pk).exists()


def test_a_survey_that_was_never_published_takes_no_answers() -> None:
    survey = draft_survey(make_member().organisation)
    for attempt in (lambda: draft(survey), lambda: import_file(survey, csv_of("1,2"), "a", PLAN, None)):
        with pytest.raises(ImportRefused, match="Publish"):
            attempt()


def test_an_unreadable_file_leaves_no_draft() -> None:
    survey = make_survey()
    with pytest.raises(FileRefused):
        draft(survey, b"PK\x03\x04")
    assert not ImportBatch.objects.exists()


def test_answers_belong_to_the_version_current_when_they_are_stored() -> None:
    survey = make_survey()
    batch = draft(survey)
    survey.words["company"]["en"] = "Another name"
    survey.save()
    newer = publish(survey, None, {"ecsi": True})
    confirm(ImportBatch.objects.get(pk=batch.pk), PLAN)
    assert set(Response.objects.values_list("version", flat=True)) == {newer.pk}


def test_a_failure_half_way_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    survey = make_survey()
    monkeypatch.setattr(storing, "ROWS_AT_ONCE", 1)
    whole = storing._chunks

    def broken(responses: Any) -> Any:
        yield next(whole(responses))
        raise RuntimeError("the machine stops")

    monkeypatch.setattr(storing, "_chunks", broken)
    batch = draft(survey)
    with pytest.raises(RuntimeError):
        confirm(batch, PLAN)
    assert not Response.objects.exists()
    assert ImportBatch.objects.get().state == "draft"


def test_a_gbk_file() -> None:
    survey = make_survey()
    content = "形象,地区\n7,北部\n".encode("gbk")
    with pytest.raises(FileRefused, match="GB18030"):
        read_table(content)
    plan = Plan({"image1": "形象"}, wave="2025", segments={"region": "地区"})
    import_file(survey, content, "答案.csv", plan, None, encoding="gb18030")
    response = Response.objects.get()
    assert (response.answers, response.segments) == ({"ecsi.image1": 7}, {"region": "north"})


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\Users\\me\\a.csv", "a.csv"),
        ("../../etc/passwd", "passwd"),
        ("a\n\u202eb.csv", "a\\n\\u202eb.csv"),
        ("\U000e0001" * 300, ("\\U000e0001" * 26)[:255]),
    ],
)
def test_file_names_are_kept_without_folders_or_tricks(given: str, kept: str) -> None:
    survey = make_survey()
    assert import_file(survey, csv_of("1,2"), given, PLAN, None).filename == kept
