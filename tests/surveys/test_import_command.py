"""`manage.py import_responses`."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from surveys.models import ImportBatch, Response, Survey
from tests.surveys.import_cast import answers_of, csv_of, make_survey

pytestmark = pytest.mark.django_db
DEMO = Path(settings.BASE_DIR) / "deploy" / "demo"


@pytest.fixture
def survey() -> Survey:
    return make_survey()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "answers.csv"
    path.write_bytes(csv_of("1,2", "3,4"))
    return path


def run(survey: Survey, file: Path, *options: Any) -> None:
    call_command("import_responses", survey.public_id, str(file), *map(str, options))


def refusal(capsys: pytest.CaptureFixture[str], survey: Survey, file: Path, *options: Any) -> str:
    with pytest.raises(SystemExit) as stopped:
        run(survey, file, *options)
    assert stopped.value.code == 2
    assert not Response.objects.exists()
    return capsys.readouterr().err


def test_it_imports_the_demo_file(survey: Survey, capsys: pytest.CaptureFixture[str]) -> None:
    run(survey, DEMO / "mobi.csv", "--columns", DEMO / "mobi_columns.json", "--wave", "Mobile phones")
    assert capsys.readouterr().out == "stored: 250, left out: 0\n"
    assert Response.objects.filter(survey=survey, period__name="Mobile phones").count() == 250


def test_it_names_every_problem_and_stores_nothing(
    survey: Survey, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(csv_of("1,11", "x,2"))
    problems = refusal(capsys, survey, file, "--wave", "2025").splitlines()
    assert problems[0] == 'line 2, column "image2": 11 is not on the scale 1..10'
    assert problems[1].startswith('line 3, column "image1": x is not a whole number')
    assert problems[2] == "Nothing was stored: rows with problems: 2, good rows: 0."


def test_it_leaves_bad_rows_out_when_told_to(
    survey: Survey, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(csv_of("1,11", "1,2"))
    run(survey, file, "--wave", "2025", "--leave-out-bad-rows")
    told = capsys.readouterr()
    assert told.out == "stored: 1, left out: 1\n"
    assert "line 2" in told.err


def test_a_dry_run_stores_nothing(survey: Survey, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(survey, file, "--wave", "2025", "--dry-run")
    assert "good rows: 2, bad rows: 0; nothing stored" in capsys.readouterr().out
    assert not ImportBatch.objects.exists()
    file.write_bytes(csv_of("1,11"))
    assert "line 2" in refusal(capsys, survey, file, "--wave", "2025", "--dry-run")


def test_every_option(tmp_path: Path) -> None:
    survey = make_survey("month")
    file, columns = tmp_path / "a.csv", tmp_path / "map.json"
    file.write_bytes("q1;day;where;lang\n-99;2026-02-01;北部;zh-hant\n".encode("big5"))
    columns.write_text(json.dumps({"image1": "q1"}))
    run(
        survey, file, "--columns", columns, "--date", "day", "--segment", "region=where",
        "--language-column", "lang", "--encoding", "big5", "--missing-code=-99",
    )  # fmt: skip
    response = Response.objects.select_related("period").get()
    assert (response.answers, response.segments) == ({"ecsi.image1": None}, {"region": "north"})
    assert response.language == "zh-hant"
    assert response.period is not None
    assert response.period.name == "2026-02"


def test_unusable_input_is_one_line_and_status_2(
    survey: Survey, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wave = ("--wave", "2025")
    mapping = tmp_path / "map.json"
    said = [refusal(capsys, survey, tmp_path / "none.csv", *wave), refusal(capsys, survey, tmp_path, *wave)]
    said.append(refusal(capsys, Survey(public_id="nobody"), file, *wave))
    said.append(refusal(capsys, survey, file, "--date", "day"))
    said.append(refusal(capsys, survey, file, *wave, "--segment", "region"))
    for broken in ("[1]", "{", '{"image1": 3}', '{"image1": "x"}', "[" * 100_000):
        mapping.write_text(broken)
        said.append(refusal(capsys, survey, file, *wave, "--columns", mapping))
    assert all(text.count("\n") == 1 for text in said)
    assert not ImportBatch.objects.exists()


def test_the_same_file_twice_is_refused(
    survey: Survey, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(survey, file, "--wave", "2025")
    with pytest.raises(SystemExit):
        run(survey, file, "--wave", "2026")
    assert "already imported" in capsys.readouterr().err
    assert len(answers_of(survey)) == 2
    assert survey.periods.count() == 1
