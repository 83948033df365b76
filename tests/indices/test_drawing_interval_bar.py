"""The bar beside a figure: it repeats the figure, so it is hidden from those who hear the page."""

from xml.etree import ElementTree

import pytest

from indices.drawing.interval_bar import interval_bar

SVG = "{http://www.w3.org/2000/svg}"


def bar(*arguments: float | None) -> ElementTree.Element:
    return ElementTree.fromstring(interval_bar(*arguments))  # type: ignore[arg-type]


def classes(picture: ElementTree.Element) -> set[str]:
    return {element.get("class") or "" for element in picture}


def dot(picture: ElementTree.Element) -> float:
    return float(picture.find(f"{SVG}circle").get("cx"))  # type: ignore[union-attr, arg-type]


def test_a_value_with_its_interval() -> None:
    picture = bar(50, 40, 60)
    assert picture.get("aria-hidden") == "true"
    assert classes(picture) == {"bar-track", "bar-interval", "bar-value"}
    assert dot(picture) == 80


def test_what_is_missing_is_not_drawn() -> None:
    assert classes(bar(None, None, None)) == {"bar-track"}
    assert classes(bar(50, None, 60)) == {"bar-track", "bar-value"}
    assert classes(bar(float("nan"), None, None)) == {"bar-track"}
    assert classes(ElementTree.fromstring(interval_bar("", "", ""))) == {"bar-track"}  # type: ignore[arg-type]


@pytest.mark.parametrize(("value", "place"), [(-5, 5), (0, 5), (100, 155), (180, 155)])
def test_values_beyond_the_ends_stand_at_the_ends(value: float, place: float) -> None:
    assert dot(bar(value, None, None)) == place


def test_zero_is_marked_where_it_lies_between_the_ends() -> None:
    assert "bar-zero" in classes(bar(0.3, 0.1, 0.5, -0.4, 1))
    assert "bar-zero" not in classes(bar(50, 40, 60))


def test_zero_is_a_value() -> None:
    assert dot(bar(0, -0.1, 0.1, -1, 1)) == 80
