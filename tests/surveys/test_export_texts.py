"""Texts in files: none is a formula, none is lost, none is cut inside a character."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.exports.cutting import cut, unique
from surveys.exports.defanging import defanged, is_dangerous, restored
from surveys.exports.missing import KINDS, numbers
from surveys.exports.xlsx_file import LONGEST, shortened

SAID = st.text(alphabet=st.characters(codec="utf-8"), max_size=300)
LIKE_FORMULAS = st.text(alphabet="=+-@＝﹢－＠'\"\t\r\n \u200b\u202e\ufeff１1a", max_size=6)
NAMES = st.lists(st.text(alphabet="aAbB._:-中1", max_size=90), max_size=12)


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://evil.example","Click")',
        "=1+1",
        "+1+1",
        "-1+1",
        "-2-3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\tplain",
        "＝1+1",
        "﹦1+1",
        "＋1",
        "－1",
        "＠SUM(A1)",
        " =1+1",
        '"=1+1',
        "'=1+1",
        "\u200b=1+1",
        "\u202e=1+1",
        "\ufeff=cmd|' /C calc'!A0",
        "“ ＝1",
    ],
)
def test_what_a_spreadsheet_might_compute_becomes_a_text(text: str) -> None:
    assert defanged(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-5", "-0.25", "a=b", "1-2", "", "·=1", "中文", "a\n=1"])
def test_what_it_would_not_stays_as_it_is(text: str) -> None:
    assert defanged(text) == text


@given(st.one_of(SAID, LIKE_FORMULAS))
def test_the_text_can_be_told_from_what_it_became(text: str) -> None:
    assert restored(defanged(text)) == text


@given(st.one_of(SAID, LIKE_FORMULAS), st.one_of(SAID, LIKE_FORMULAS))
def test_no_two_texts_become_the_same(one: str, other: str) -> None:
    assert (defanged(one) == defanged(other)) == (one == other)


@given(st.one_of(SAID, LIKE_FORMULAS))
def test_what_comes_out_begins_like_no_formula(text: str) -> None:
    made = defanged(text)
    assert made.startswith("'") or not is_dangerous(made)
    assert not re.match(r"[=+@\t\r\n]|-(?!\d+(\.\d+)?\Z)", made)


@given(SAID, st.integers(3, 300))
def test_a_cut_text_has_so_many_bytes_and_ends_between_characters(text: str, most: int) -> None:
    short = cut(text, most)
    assert len(short.encode()) <= most
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))
    if len(text.encode()) <= most:
        assert short == text
    elif short != text:  # not a character less than fits
        assert len((text[: len(short)] + "…").encode()) > most


def test_chinese_is_cut_by_bytes() -> None:
    assert cut("满意度" * 40, 120) == ("满意度" * 40)[:39] + "…"


@given(NAMES, st.integers(8, 64))
def test_names_differ_whatever_their_case_and_length(names: list[str], most: int) -> None:
    made = unique(names, most)
    assert len({one.lower() for one in made}) == len(names)
    assert all(
        len(one.encode()) <= most and re.fullmatch(r"[A-Za-z]([\w.]*\w)?", one, re.ASCII) for one in made
    )


def test_names_that_are_short_enough_and_differ_stay() -> None:
    names = ["ecsi.image1", "own.region", "measurement_key.ecsi"]
    assert unique(names, 64) == names


@given(st.one_of(st.none(), st.integers(-(10**15), 100), st.floats(-1e15, 1e3)))
def test_the_numbers_of_missing_lie_below_every_answer(lowest: float | None) -> None:
    made = numbers(lowest)
    assert list(made) == list(KINDS) and len(set(made.values())) == len(KINDS)
    assert max(made.values()) < (-(10**15) if lowest is None else lowest)
    assert all(int(float(one)) == one for one in made.values())


@given(st.text(alphabet="x中😀", min_size=1, max_size=5))
def test_a_cell_of_a_sheet_holds_what_fits(part: str) -> None:
    long = part * 33_000
    short = shortened(long)
    units = len(short.encode("utf-16-le")) // 2
    assert long.startswith(short) and LONGEST - 1 <= units <= LONGEST
    assert shortened(short) == short and shortened(part) == part
