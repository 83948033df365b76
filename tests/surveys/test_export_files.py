"""What the files of raw answers hold: the same in each of them, each kind of missing apart."""

import csv
import io
from datetime import datetime
from typing import Any

import openpyxl
import pytest

from surveys.catalogue import add_instrument
from surveys.contacts.storing import erase
from surveys.exports import jobs
from surveys.exports.missing import KINDS
from surveys.exports.wanted import Wanted
from surveys.mailings.links import link_of
from surveys.models import Export, Member, Period, Recipient, Response, Survey
from surveys.publishing import publish
from surveys.responses.exclusions import exclude
from surveys.responses.ids import finished_response
from tests.cast import REGION, builtin_text, owner_of, page_of
from tests.surveys.export_cast import exported, made, path, read_sav, sav, sheet, sheet_rows, stored
from tests.surveys.mailing_cast import known, planned, sent_now
from tests.surveys.respond_cast import (
    EVERY_KIND,
    GIVEN,
    Respondent,
    asking,
    every_kind,
    instrument,
    options,
    own,
    rating,
)

pytestmark = [pytest.mark.django_db, pytest.mark.figures]
PAGE = "own.about_you"


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org", "Asia/Taipei")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return every_kind(alice, privacy="confidential")


def hand_in(survey: Survey, **changes: Any) -> None:
    page = Respondent(survey).send(PAGE, GIVEN | changes)
    assert page.status_code == 200


# -- what each holds


def test_csv_has_every_answer_under_its_code_with_times_in_the_organisations_zone(
    survey: Survey, alice: Member
) -> None:
    hand_in(survey)
    [row] = exported(survey, alice)
    response = finished_response(survey, row["response"])
    assert response and response.finished_at
    assert row["finished_at [Asia/Taipei]"].endswith("+08:00")
    at = datetime.fromisoformat(row["finished_at [Asia/Taipei]"])
    assert at == response.finished_at.replace(microsecond=0)
    assert row["version"] == "1" and row["language"] == "en" and row["origin"] == "web"
    assert row["period"] == Period.objects.get().name and row["flag_speed"] == "1" and row["excluded"] == "0"
    assert {name: row[name] for name in row if name.startswith("own.")} == {
        "own.mark": "0",
        "own.branch": "market",
        "own.used.shop": "1",
        "own.used.phone": "0",
        "own.used.mail": "1",
        "own.visits": "12",
        "own.since": "2026-02-28",
        "own.name": "A shop",
        "own.wish": "Open earlier.\nPlease.",
    }


def test_labels_stand_beside_the_codes_where_they_are_asked_for(survey: Survey, alice: Member) -> None:
    hand_in(survey)
    [row] = exported(survey, alice, with_labels=True, language="zh-hant")
    assert row["own.branch: Your branch?"] == "Market" and row["own.mark: Your mark?"] == "0"
    assert row["own.used.shop: Your used?: Shop"] == "1"


def test_csv_begins_with_a_byte_order_mark(survey: Survey, alice: Member) -> None:
    assert path(made(survey, alice, "csv")).read_bytes().startswith(b"\xef\xbb\xbfresponse,")


def test_excel_has_the_same_answers_and_numbers_as_numbers(survey: Survey, alice: Member) -> None:
    hand_in(survey, **{"own.visits": "12", "own.wish": ""})
    [written], [row] = exported(survey, alice), sheet_rows(survey, alice)
    assert row["own.mark"] == 0 and row["own.visits"] == 12
    assert {name: "" if one is None else str(one) for name, one in row.items()} == written


def test_columns_of_a_sheet_are_as_wide_as_their_headings_within_reason(
    survey: Survey, alice: Member
) -> None:
    sheet = openpyxl.load_workbook(path(made(survey, alice, "xlsx")))["answers"]
    for column in sheet.iter_cols(max_row=1):
        wide = sheet.column_dimensions[column[0].column_letter].width
        assert wide > min(len(str(column[0].value)), 35) and wide < 45


def test_spss_has_the_same_answers_with_their_labels(survey: Survey, alice: Member) -> None:
    hand_in(survey)
    [row], meta = sav(survey, alice)
    assert row["own.mark"] == 0 and row["own.visits"] == 12 and row["own.wish"] == "Open earlier.\nPlease."
    assert meta.variable_value_labels["own.branch"][row["own.branch"]] == "Market"
    assert [row[f"own.used.{one}"] for one in ("shop", "phone", "mail")] == [1, 0, 1]
    assert meta.column_names_to_labels["own.mark"] == "Your mark?"
    assert meta.variable_value_labels["own.mark"][0] == "Bad"
    frame, _meta = read_sav(Export.objects.get(kind="sav"))
    assert str(frame["own.since"][0])[:10] == "2026-02-28"
    assert "(" not in meta.column_names_to_labels["version"] and row["finished_at"].endswith("+08:00")
    assert "Asia/Taipei" in meta.column_names_to_labels["finished_at"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_kind_of_missing_is_apart_in_tables(survey: Survey, alice: Member, kind: str) -> None:
    _one_of_each_kind(survey)
    rows = exported(survey, alice) if kind == "csv" else sheet_rows(survey, alice)
    for name in ("own.mark", "own.branch", "own.used.shop", "own.visits", "own.since"):
        told = [row[name] for row in rows]
        assert told[:5] == list(KINDS.values())
        assert str(told[5]) == {"own.mark": "0", "own.used.shop": "0", "own.visits": "0"}.get(name, told[5])


def test_every_kind_of_missing_is_apart_in_spss_and_declared(survey: Survey, alice: Member) -> None:
    _one_of_each_kind(survey)
    rows, meta = sav(survey, alice)
    for name in ("own.mark", "own.branch", "own.used.shop", "own.visits", "own.since"):
        told = [row[name] for row in rows]
        [declared] = meta.missing_ranges[name]
        assert all(declared["lo"] <= one <= declared["hi"] for one in told[:5]) and len(set(told)) == 6
        assert [meta.variable_value_labels[name][one] for one in told[:5]] == [
            "skipped", "don't know", "not applicable", "not shown", "not asked",
        ]  # fmt: skip
    frame, _meta = read_sav(Export.objects.get(kind="sav"))
    assert frame["own.mark"].tolist()[5] == 0 and frame["own.mark"].isna().sum() == 5


def _one_of_each_kind(survey: Survey) -> None:
    codes = ("own.mark", "own.branch", "own.used", "own.visits", "own.since")
    for reason in (None, "dk", "na", "hidden"):
        stored(survey, dict.fromkeys(codes, reason))
    stored(survey, {})
    answers = (0, "market", ["mail"], 0, "0001-01-01")
    stored(survey, dict(zip(codes, answers, strict=True)))


# -- versions, segments, anonymity


def test_versions_share_columns_and_what_one_did_not_ask_says_so(alice: Member) -> None:
    survey = asking(alice, page_of(rating("mark"), own("visits", "number")), privacy="confidential")
    stored(survey, {"own.mark": 1, "own.visits": 3})
    changed = [rating("mark", text="How was it?"), rating("trust", 1, 5), own("visits", "short")]
    survey.parts = [page_of(*changed)]
    survey.save()
    publish(survey, alice.user)
    stored(survey, {"own.mark": 2, "own.trust": 5}, {"own.visits": "often"})
    first, second = exported(survey, alice)
    assert (first["version"], first["own.mark"], first["own.trust"]) == ("1", "1", "[not_asked]")
    assert (second["version"], second["own.mark"], second["own.trust"]) == ("2", "2", "5")
    assert (first["own.visits"], second["own.visits"]) == ("", "often")
    assert (first["own.visits_number"], second["own.visits_number"]) == ("3", "[not_asked]")
    book = {row[0]: row for row in sheet(made(survey, alice, "xlsx"), "codebook")}
    titles = book["variable"]
    assert book["own.mark"][titles.index("versions")] == "versions 1–2"
    assert book["own.mark"][titles.index("text [en]")] == "How was it?"
    assert book["own.trust"][titles.index("versions")] == "version 2"
    assert book["own.trust"][titles.index("scale")] == "1..5"
    assert book["own.visits_number"][titles.index("versions")] == "version 1"


def test_an_instrument_named_like_what_is_told_of_a_response_takes_no_column_away(alice: Member) -> None:
    text = builtin_text("nps").replace('id = "nps"', 'id = "segment"', 1).replace('"score"', '"region"')
    add_instrument(alice.organisation, text, "segment.toml", alice.user)
    survey = asking(alice, instrument("segment"), page_of(REGION), privacy="confidential")
    Response.objects.filter(pk=stored(survey, {"segment.region": 10}).pk).update(segments={"region": "north"})
    [row] = exported(survey, alice)
    assert (row["segment.region"], row["segment.region_number"]) == ("north", "10")


def test_an_options_number_in_spss_stays_when_others_come_and_go(alice: Member) -> None:
    def asked(*codes: str) -> dict[str, Any]:
        return page_of(own("branch", "single", options=options(*codes), segment=True))

    survey = asking(alice, asked("harbour", "market"), privacy="confidential")
    Response.objects.filter(pk=stored(survey, {"own.branch": "market"}).pk).update(
        segments={"branch": "market"}
    )
    [[before], _meta] = sav(survey, alice)
    survey.parts = [asked("airport", "market")]
    survey.save()
    publish(survey, alice.user)
    stored(survey, {"own.branch": "airport"})
    [after, new], meta = sav(survey, alice)
    for name in ("own.branch", "segment.branch"):
        assert before[name] == after[name] == 2
        labels = [label for number, label in meta.variable_value_labels[name].items() if number > 0]
        assert labels == ["Harbour", "Market", "Airport"]
    assert new["own.branch"] == 3


def test_the_codebook_has_every_column_with_its_words_in_every_language(
    survey: Survey, alice: Member
) -> None:
    text = path(made(survey, alice, "codebook", language="zh-hans")).read_bytes().decode("utf-8-sig")
    book = {row["variable"]: row for row in csv.DictReader(io.StringIO(text))}
    assert list(book) == sheet(made(survey, alice, "xlsx"), "answers")[0]
    mark = book["own.mark"]
    assert (mark["kind"], mark["scale"], mark["versions"]) == ("scale", "0..10", "第1版")
    assert mark["values [en]"] == mark["values [zh-hant]"] == "0 = Bad; 10 = Good"
    assert "跳过 = -91;" in mark["missing_sav"] and "[not_shown] = " in mark["missing"]
    assert book["own.branch"]["values [en]"].startswith("harbour (1) = Harbour; market (2)")


def test_instruments_have_their_items_derived_ones_and_measurement_keys(alice: Member) -> None:
    survey = asking(alice, instrument("acsi"), page_of(REGION), privacy="confidential")
    version = survey.current_version
    assert version
    whole = version.content.instruments["acsi"]
    stored(survey, {"own.region": None}).save()
    kept = stored(survey, {whole.item_code(item): item.scale.minimum for item in whole.items})
    Response.objects.filter(pk=kept.pk).update(segments={"region": "north"})
    skipped, full = exported(survey, alice)
    assert skipped["segment.region"] == "[skipped]" and full["segment.region"] == "north"
    assert full["measurement_key.acsi"] == version.uses.get().measurement_key
    for item in whole.items:
        assert full[whole.item_code(item)] == str(item.scale.minimum)
        assert skipped[whole.item_code(item)] == "[not_asked]"
    _rows, meta = sav(survey, alice)
    lowest = min(item.scale.minimum for item in whole.items)
    assert all(span["hi"] < lowest for [span] in meta.missing_ranges.values())


def test_an_anonymous_survey_tells_no_time_no_id_no_order_and_no_words(alice: Member) -> None:
    survey = asking(alice, page_of(*EVERY_KIND))
    for number in range(60):
        stored(survey, {"own.visits": number}, {"own.wish": "by my words you know me"})
    Response.objects.update(finished_at="2026-03-31T23:30:00Z", started_at="2026-03-31T23:00:00Z")
    rows = exported(survey, alice)
    assert {row["finished_on [Asia/Taipei]"] for row in rows} == {"2026-04-01"}
    assert not {
        name
        for name in rows[0]
        if name.startswith(("response", "started", "finished_at", "own.wish", "own.name"))
    }
    told = [int(row["own.visits"]) for row in rows]
    assert sorted(told) == list(range(60)) != told
    content = path(made(survey, alice, "xlsx")).read_bytes() + path(made(survey, alice, "sav")).read_bytes()
    assert b"by my words" not in content and b"23:30" not in content
    assert "own.wish" not in {row[0] for row in sheet(Export.objects.get(kind="xlsx"), "codebook")}


def test_whoever_was_left_out_is_there_and_says_why(survey: Survey, alice: Member) -> None:
    hand_in(survey)
    out = stored(survey, {"own.mark": 3})
    exclude(out, "=a test of ours", alice.user)
    kept, left_out = exported(survey, alice)
    assert (kept["excluded"], kept["exclusion_reason"]) == ("0", "")
    assert (left_out["excluded"], left_out["exclusion_reason"]) == ("1", "'=a test of ours")


def test_what_was_only_started_is_not_taken_along(survey: Survey, alice: Member) -> None:
    hand_in(survey)
    Respondent(survey).save(PAGE, {"own.mark": "4"})
    assert Response.objects.count() == 2 and len(exported(survey, alice)) == 1


def test_a_survey_that_nobody_answered_has_files_with_titles_only(survey: Survey, alice: Member) -> None:
    assert exported(survey, alice) == [] == sheet_rows(survey, alice) and sav(survey, alice)[0] == []


def many_visits(survey: Survey) -> list[int]:
    version = survey.current_version
    assert version
    visits = list(range(25))
    Response.objects.bulk_create(
        Response(
            survey=survey,
            version=version,
            language="en",
            state="finished",
            origin="import",
            answers={"own.visits": number},
        )
        for number in visits
    )
    return visits


def test_more_rows_than_are_read_at_once_come_once_each(
    survey: Survey, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("surveys.exports.answers.AT_ONCE", 7)
    visits = many_visits(survey)
    assert [int(row["own.visits"]) for row in exported(survey, alice)] == visits
    assert [row["own.visits"] for row in sav(survey, alice)[0]] == visits


@pytest.mark.parametrize(("limit", "most"), [("MOST_ROWS", 11), ("MOST_BYTES", 8_000)])
def test_a_sheet_that_is_full_goes_on_on_the_next(
    survey: Survey, alice: Member, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    monkeypatch.setattr(f"surveys.exports.xlsx_file.{limit}", most)
    visits, book = many_visits(survey), made(survey, alice, "xlsx")
    names = openpyxl.load_workbook(path(book)).sheetnames
    assert (
        names == ["answers", *(f"answers {n}" for n in range(2, len(names))), "codebook"] and len(names) > 2
    )
    sheets = [sheet(book, name) for name in names[:-1]]
    assert all(one[0] == sheets[0][0] for one in sheets)
    place = sheets[0][0].index("own.visits")
    assert [row[place] for one in sheets for row in one[1:]] == visits


@pytest.mark.parametrize("privacy", Survey.Privacy.values)
def test_only_a_confidential_survey_says_whose_answers_they_are_until_the_person_is_erased(
    alice: Member, privacy: str
) -> None:
    survey = every_kind(alice, privacy=privacy)
    (ann,) = known(survey.organisation, "ann@example.org", key="K-17")
    planned(survey)
    sent_now()
    link = link_of(Recipient.objects.get(), "en")
    Respondent(survey, "?" + link.partition("?")[2]).send(PAGE, GIVEN)
    hand_in(survey)
    of_link = [(row.get("contact"), row.get("contact_key")) for row in exported(survey, alice)]
    if privacy == Survey.Privacy.ANONYMOUS:
        assert of_link == [(None, None)] * 2
        return
    assert of_link == [(ann.public_id, "K-17"), ("", "")]
    ann.key = "=K-18"
    ann.save()
    assert exported(survey, alice)[0]["contact_key"] == "'=K-18"
    asked, is_new = jobs.request(survey, alice.user, Wanted("csv", "en", False))
    assert not is_new
    erase(ann)
    asked.refresh_from_db()
    assert asked.status == Export.Status.EXPIRED
    assert exported(survey, alice)[0]["contact"] == "" and len(exported(survey, alice)) == 2
