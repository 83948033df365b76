"""What a cell may hold, and how each mistake is named."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from surveys.imports.checking import Checked, check
from surveys.imports.plan import Plan, suggest_mapping, suggest_plan
from surveys.imports.reading import CODECS, read_table
from surveys.imports.refusals import ImportRefused, PlanRefused
from surveys.models import Period, Survey
from surveys.periods import add_wave, period_of_day
from tests.surveys.import_cast import ITEMS, csv_of, make_survey

pytestmark = [pytest.mark.django_db, pytest.mark.words]
BOTH = {"image1": "image1", "image2": "image2"}


@pytest.fixture
def survey() -> Survey:
    return make_survey()


def checked(survey: Survey, content: bytes, columns: dict[str, str] | None = None, **plan: Any) -> Checked:
    period = {} if "date" in plan else {"wave": "2025"}
    version = survey.current_version
    assert version is not None
    made = Plan(columns=BOTH if columns is None else columns, **{**period, **plan})
    return check(read_table(content), made, survey, version)


def refusal(survey: Survey, field: str, content: bytes = b"image1,image2\n1,2\n", **plan: Any) -> str:
    with pytest.raises(PlanRefused) as caught:
        checked(survey, content, **plan)
    assert caught.value.field == field
    return str(caught.value)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1", 1),
        ("10", 10),
        (" 7 ", 7),
        ("7.0", 7),
        ("07", 7),
        ("", None),
        ("  ", None),
        ("dk", "dk"),
        ("Don't know", "dk"),
        ("don’t know", "dk"),
        ("NA", "na"),
        ("n/a", "na"),
    ],
)
def test_a_good_cell(survey: Survey, cell: str, value: object) -> None:
    result = checked(survey, csv_of(f"{cell},3"))
    assert result.problems == []
    assert result.rows[0].answers == (value, 3)


@pytest.mark.parametrize("cell", ["0", "11", "-1", "999999999999"])
def test_a_number_off_the_scale(survey: Survey, cell: str) -> None:
    [problem] = checked(survey, csv_of(f"3,{cell}")).problems
    assert (problem.line, problem.column) == (2, "image2")
    assert f"{cell} is not" in problem.reason
    assert "scale 1..10" in problem.reason


@pytest.mark.parametrize(
    "cell",
    [
        "7.5",
        "7;5",
        "NaN",
        "inf",
        "1e1",
        "1e308",
        "+7",
        "７",
        "٧",
        "⁷",
        "true",
        "null",
        "[9]",
        "0x7",
        "7 8",
        "=7",
        "9" * 5000,
        "<script>alert(1)</script>",
        "{answer.__class__}",
        "\u202e7",
    ],
)
def test_a_cell_that_is_no_whole_number(survey: Survey, cell: str) -> None:
    result = checked(survey, csv_of(f"{cell},3"))
    assert result.rows == []
    [problem] = result.problems
    assert "is not a whole number on the scale 1..10" in problem.reason
    assert problem.reason.isprintable()
    assert len(problem.reason) < 250


def test_a_problem_reads_as_a_sentence(survey: Survey) -> None:
    content = csv_of(*["1,2"] * 15, "1,11", header="image1,PERQ3")
    [problem] = checked(survey, content, {"image1": "image1", "quality3": "PERQ3"}).problems
    assert str(problem) == 'line 17, column "PERQ3": 11 is not on the scale 1..10'


def test_the_line_is_right_after_quoted_line_breaks(survey: Survey) -> None:
    content = b'image1,image2,note\n1,2,"three\n\nlines"\n99,2,x\n'
    assert [problem.line for problem in checked(survey, content).problems] == [5]


def test_ragged_rows_are_bad_rows(survey: Survey) -> None:
    result = checked(survey, csv_of("1", "1,2,3", "1,2"))
    assert [str(problem) for problem in result.problems] == [
        "line 2: the number of cells is 1; it must be 2, as in the header",
        "line 3: the number of cells is 3; it must be 2, as in the header",
    ]
    assert (result.bad_rows, len(result.rows)) == (2, 1)


def test_all_problems_are_counted_and_the_first_are_kept(survey: Survey) -> None:
    result = checked(survey, csv_of(*["11,12"] * 300))
    assert (result.problem_count, len(result.problems), result.bad_rows) == (600, 200, 300)


def test_missing_codes_are_skipped(survey: Survey) -> None:
    result = checked(survey, csv_of("-99,NA", "-99.0,na", "99,dk"), missing_codes=("-99", "NA"))
    assert [row.answers for row in result.rows] == [(None, None), (None, None)]
    assert [problem.line for problem in result.problems] == [4]


def test_a_missing_code_may_not_be_an_answer(survey: Survey) -> None:
    assert "image1" in refusal(survey, "missing_codes", missing_codes=("9",))


def test_names_suggest_the_mapping() -> None:
    version = make_survey().current_version
    assert version is not None
    header = ("IMAGE1", "ecsi.image2", "ECSI.Quality7", "quality", "image10", "")
    assert suggest_mapping(header, version) == {
        "ecsi.image1": "IMAGE1",
        "ecsi.image2": "ecsi.image2",
        "ecsi.quality7": "ECSI.Quality7",
    }


def test_names_suggest_date_language_and_segments(survey: Survey) -> None:
    table = read_table(b"Date,LANGUAGE,Region,image1\n,,,1\n")
    assert survey.current_version is not None
    plan = suggest_plan(table, survey, survey.current_version)
    assert (plan.date, plan.language, plan.segments) == ("Date", "LANGUAGE", {"region": "Region"})


def test_a_plan_that_does_not_fit_is_refused(survey: Survey) -> None:
    assert "has no column “x”" in refusal(survey, "columns", columns={"image1": "x"})
    assert "used twice" in refusal(survey, "columns", columns={"image1": "image1", "image2": "image1"})
    assert "is not an item" in refusal(survey, "columns", columns={"nps": "image1"})
    assert "more than one" in refusal(
        survey, "columns", columns={"image1": "image1", "ecsi.image1": "image2"}
    )
    assert "No column is mapped" in refusal(survey, "columns", columns={})
    assert "region" in refusal(survey, "segments", columns={"image1": "image1"}, segments={"size": "image2"})
    assert "period" in refusal(survey, "wave", wave=" ")
    assert "period" in refusal(survey, "wave", wave="a", date="image2")
    assert "60" in refusal(survey, "wave", wave="a" * 61)
    assert "visible" in refusal(survey, "wave", wave="a\0b")
    assert "date column" in refusal(make_survey("month"), "date", wave="2025")


def test_answers_come_in_the_questionnaires_order(survey: Survey) -> None:
    result = checked(survey, csv_of("1,2"), {"image2": "image2", "ecsi.image1": "image1"})
    assert list(result.plan.columns) == ["ecsi.image1", "ecsi.image2"]
    assert result.rows[0].answers == (1, 2)


def test_segments_by_code_or_label_in_any_language(survey: Survey) -> None:
    content = csv_of("1,north", "1,THE SOUTH", "1,北部", "1,", "1,-99", "1,west", header="image1,where")
    result = checked(
        survey, content, {"image1": "image1"}, segments={"region": "where"}, missing_codes=("-99",)
    )
    assert [row.segments for row in result.rows] == [("north",), ("south",), ("north",), (None,), (None,)]
    assert str(result.problems[0]) == (
        'line 7, column "where": west is not an option; options are: north, south'
    )


def test_languages(survey: Survey) -> None:
    content = csv_of("1,zh_Hant", "1,EN", "1,", "1,de", header="image1,lang")
    result = checked(survey, content, {"image1": "image1"}, language="lang")
    assert [row.language for row in result.rows] == ["zh-hant", "en", "en"]
    assert "en, zh-hant" in result.problems[0].reason


def dated(zone: str, cell: str) -> Checked:
    content = csv_of(f"1,{cell}", header="image1,day")
    return checked(make_survey("month", zone), content, {"image1": "image1"}, date="day")


@pytest.mark.parametrize(
    ("zone", "cell", "moment"),
    [
        ("Asia/Taipei", "2026-03-31", datetime(2026, 3, 31, 4, tzinfo=UTC)),
        ("Asia/Taipei", "2026-03-31T20:00:00Z", datetime(2026, 3, 31, 20, tzinfo=UTC)),
        ("Asia/Taipei", "2026-04-01 00:30", datetime(2026, 3, 31, 16, 30, tzinfo=UTC)),
        ("Europe/Berlin", "2026-03-29", datetime(2026, 3, 29, 10, tzinfo=UTC)),
        ("Europe/Berlin", "2026-03-28", datetime(2026, 3, 28, 11, tzinfo=UTC)),
        # 02:30 does not exist on that night: it is half an hour after 02:00, as the clock then shows 03:30.
        ("Europe/Berlin", "2026-03-29T02:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        # 02:30 comes twice on this one: the first.
        ("Europe/Berlin", "2025-10-26T02:30:15.5", datetime(2025, 10, 26, 0, 30, 15, 500_000, tzinfo=UTC)),
        ("Europe/Berlin", "2025-10-26T02:30+01:00", datetime(2025, 10, 26, 1, 30, tzinfo=UTC)),
    ],
)
def test_a_date_is_a_moment_in_the_organisations_zone(zone: str, cell: str, moment: datetime) -> None:
    result = dated(zone, cell)
    assert result.problems == []
    assert result.rows[0].finished_at == moment


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "31.03.2026",
        "2026-02-30",
        "2026-3-1",
        "20260331",
        "2026-W01-1",
        "2026-03-31T25:00",
        "２０２６-03-31",
        "2026-03-31T10",
        "1899-12-31",
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:59-14:00",
        "2026-01-01T00:00+99:00",
    ],
)
def test_a_cell_that_is_no_usable_date(cell: str) -> None:
    result = dated("Asia/Taipei", cell)
    assert result.rows == []
    assert result.problems[0].column == "day"


def test_today_is_good_and_tomorrow_is_not() -> None:
    today = timezone.now().astimezone(timezone.get_fixed_timezone(480)).date()
    assert len(dated("Asia/Taipei", f"{today}").rows) == 1
    assert "in the future" in dated("Asia/Taipei", f"{today + timedelta(days=1)}").problems[0].reason


def test_a_check_makes_no_period() -> None:
    dated("Asia/Taipei", "2026-03-31")
    assert not Period.objects.exists()


def test_a_day_in_no_wave_is_a_bad_row(survey: Survey) -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC).date()
    add_wave(survey, "January", first, first + timedelta(days=30))
    assert period_of_day(survey, first) is not None
    content = csv_of("1,2026-01-31", "1,2026-01-31T17:00Z", header="image1,day")
    result = checked(survey, content, {"image1": "image1"}, date="day")
    assert len(result.rows) == 1
    assert "none of the survey's waves" in result.problems[0].reason


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None
)
@given(body=st.binary(max_size=120), encoding=st.sampled_from(list(CODECS)))
def test_whatever_follows_a_good_header_is_checked_or_refused(
    survey: Survey, body: bytes, encoding: str
) -> None:
    version = survey.current_version
    assert version is not None
    header = "image1,image2,region,day\n".encode(CODECS[encoding].replace("utf-8-sig", "utf-8"))
    plan = Plan(BOTH, date="day", segments={"region": "region"}, missing_codes=("-99",))
    try:
        result = check(read_table(header + body, encoding), plan, survey, version)
    except ImportRefused as refused:
        assert str(refused)
    else:
        assert len(result.rows) + result.bad_rows > 0
        assert all(str(problem).isprintable() for problem in result.problems)


def test_the_cast_names_every_item(survey: Survey) -> None:
    assert survey.current_version is not None
    assert [item.code for item in survey.current_version.uses.get().instrument.items] == ITEMS
