"""What somebody wrote or named, as an attack on files: a text everywhere, and every file readable."""

import csv
import io

import pytest

from surveys.models import Member, Survey
from tests.cast import owner_of, page_of
from tests.surveys.export_cast import exported, made, path, sav, sheet_rows, stored
from tests.surveys.respond_cast import asking, every_kind, own

pytestmark = [pytest.mark.django_db, pytest.mark.figures]
HOSTILE = [
    '=HYPERLINK("http://evil.example","Click")',
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "＝1+1",
    ' "=1+1',
    "<r><t>x</t></r>",
    "</t></is></c>",
    "a\u202eb\u200bc\U0001f600",
    "one,two;three\nfour",
    "a\x01b\x0bc\ufffed",
    "_x000D_ and _x005f_",
    "-5",
]


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def survey(alice: Member) -> Survey:
    return every_kind(alice, privacy="confidential")


@pytest.mark.parametrize("text", HOSTILE)
def test_what_somebody_wrote_is_a_text_in_every_file_and_can_be_told(
    survey: Survey, alice: Member, text: str
) -> None:
    stored(survey, {"own.visits": -7}, {"own.wish": text})
    [row], [cells], [values] = exported(survey, alice), sheet_rows(survey, alice), sav(survey, alice)[0]
    assert row["own.wish"] in {text, f"'{text}"}
    assert not row["own.wish"].lstrip(' "').startswith(("=", "+", "@", "\t", "＝"))
    assert cells["own.wish"] == text and values["own.wish"] == text
    assert (row["own.visits"], cells["own.visits"], values["own.visits"]) == ("-7", -7, -7)


def test_labels_that_begin_like_formulas_are_texts_and_none_drops_a_column(alice: Member) -> None:
    """Titles begin with the code; labels in cells are made safe, and two that are alike stay two columns."""
    labels = ["=1+1", "'=1+1"]
    options = [
        {"code": f"o{n}", "text": dict.fromkeys(["en", "zh-hans", "zh-hant"], one)}
        for n, one in enumerate(labels)
    ]
    both = [own("one", "single", "=1+1", options=options), own("two", "single", "=1+1", options=options)]
    survey = asking(alice, page_of(*both), name="=cmd|'/C calc'!A0", privacy="confidential")
    stored(survey, {"own.one": "o0", "own.two": "o1"})
    [row] = exported(survey, alice, with_labels=True)
    assert row["own.one: =1+1"] == "'=1+1" and row["own.two: =1+1"] == "''=1+1"
    assert [
        sheet_rows(survey, alice, with_labels=True)[0][f"own.{one}: =1+1"] for one in ("one", "two")
    ] == labels
    book = path(made(survey, alice, "codebook")).read_bytes().decode("utf-8-sig")
    assert all(cell[:1] not in {*"=+@"} for line in csv.reader(io.StringIO(book)) for cell in line)


def test_a_very_long_text_leaves_every_file_readable(survey: Survey, alice: Member) -> None:
    text = "满意度😀" * 25_000
    stored(survey, {}, {"own.wish": text})
    [row], [cells], [values] = exported(survey, alice), sheet_rows(survey, alice), sav(survey, alice)[0]
    assert row["own.wish"] == text and text.startswith(cells["own.wish"])
    assert len(cells["own.wish"]) > 20_000
    assert text.startswith(values["own.wish"].removesuffix("…")) and len(values["own.wish"]) > 8_000


def test_chinese_labels_are_cut_at_the_bytes_that_spss_takes(alice: Member) -> None:
    long, code = "您对我们的服务有多满意呢？" * 30, "x" * 40
    options = [{"code": f"o{n}", "text": {"zh-hans": f"{n}{long}"}} for n in range(2)]
    asked = {"code": code, "type": "multiple", "text": {"zh-hans": long}, "options": options}
    grade = {
        "code": "grade", "type": "rating", "minimum": 0, "maximum": 10, "text": {"zh-hans": long},
        "low": {"zh-hans": long}, "high": {"zh-hans": long},
    }  # fmt: skip
    twins = [
        {
            **asked,
            "code": "y" * 40,
            "options": [{**one, "code": "o" * 39 + str(n)} for n, one in enumerate(options)],
        }
    ]
    survey = asking(
        alice,
        page_of(asked, grade, *twins),
        languages=["zh-hans"],
        name="满意度调查" * 20,
        privacy="confidential",
    )
    stored(survey, {"own.grade": 0, f"own.{code}": ["o1"], f"own.{'y' * 40}": ["o" * 39 + "1"]})
    [row], meta = sav(survey, alice, "zh-hans")
    assert all(len(name.encode()) <= 64 for name in meta.column_names)
    labels = meta.column_names_to_labels
    assert all(len(one.encode()) <= 256 for one in labels.values())
    assert labels["own.grade"].endswith("…") and long.startswith(labels["own.grade"][:-1])
    ends = meta.variable_value_labels["own.grade"]
    assert all(len(one.encode()) <= 120 for one in ends.values()) and long.startswith(ends[0][:-1])
    assert ends[0].endswith("…") and len(ends[0].encode()) > 114 and ends[-91.0] == "跳过"
    twins_in = [name for name in row if name.startswith("own.yyy")]
    assert len(twins_in) == 2 and [row[name] for name in twins_in] == [0, 1]
