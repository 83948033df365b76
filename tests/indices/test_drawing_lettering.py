"""Text in drawings: fits its room, breaks where its language allows, and cannot break the document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indices.drawing.lettering import printable, shortened, width, wrapped


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Image", ["Image"]),
        ("Customer satisfaction", ["Customer", "satisfaction"]),
        ("顾客满意度", ["顾客满意度"]),
        ("对所购产品与服务的总体满意度", ["对所购产品与服", "务的总体满意度"]),
        ("感知的质量，与其价值", ["感知的质量，", "与其价值"]),
    ],
)
def test_labels_break_between_words_and_chinese_anywhere_but_before_a_comma(
    text: str, lines: list[str]
) -> None:
    assert wrapped(text, room=112, size=14) == lines


def test_what_does_not_fit_on_two_lines_ends_in_an_ellipsis() -> None:
    lines = wrapped("Überwältigungszufriedenheitsindex aller Kunden", room=112, size=14)
    assert len(lines) == 2
    assert lines[1].endswith("…")


@given(st.text(min_size=1))
def test_no_line_is_wider_than_its_room(text: str) -> None:
    text = printable(text)
    lines = wrapped(text, room=112, size=14)
    assert len(lines) <= 2
    assert all(width(line, 14) <= 112 for line in lines)
    assert width(shortened(text, 60, 14), 14) <= 60


def test_what_a_document_may_not_hold_and_what_turns_text_around_is_left_out() -> None:
    assert printable("a\x00b\x0b\ud800\ufffe\u202ec\n\t d") == "a b c d"
