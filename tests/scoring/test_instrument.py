"""Instrument files: what is right is read whole, what is wrong is refused by name."""

import re
from pathlib import Path

import pytest

from scoring.instrument import fill
from scoring.instrument.file import BUILTIN_FOLDER, InstrumentError, builtin, load, parse

ECSI = (BUILTIN_FOLDER / "ecsi.toml").read_text(encoding="utf-8")


def changed(old: str, new: str) -> str:
    assert old in ECSI
    return ECSI.replace(old, new, 1)


def test_ecsi_asks_24_items_on_1_to_10_in_three_languages() -> None:
    ecsi = builtin()["ecsi"]
    assert [len(c.items) for c in ecsi.constructs] == [5, 3, 7, 2, 3, 1, 3]
    assert {(item.scale.minimum, item.scale.maximum) for item in ecsi.items} == {(1, 10)}
    assert ecsi.languages == ("en", "zh-hans", "zh-hant")
    assert len(ecsi.paths) == 12 and ("image", "loyalty") in ecsi.paths


def test_taiwan_chinese_uses_its_own_words_not_converted_ones() -> None:
    ecsi = builtin()["ecsi"]
    said = "".join(item.text["zh-hant"] for item in ecsi.items)
    assert "品質" in said and "資訊" in said
    assert not re.search("質量|信息|咨詢|投訴", said)


def test_simplified_and_traditional_texts_are_not_the_same_text() -> None:
    same = [i.code for i in builtin()["ecsi"].items if i.text["zh-hans"] == i.text["zh-hant"]]
    assert same == []


@pytest.mark.parametrize(
    ("text", "key", "cure"),
    [
        (changed('items = ["value1", "value2"]', 'items = ["value1", "value9"]'), "constructs.value.items", "value9"),  # noqa: E501
        (changed('items = ["value1", "value2"]', 'items = ["value1"]'), "items.value2", "no construct"),
        (changed('items = ["value1", "value2"]', 'items = ["value1", "image1"]'), "constructs.value.items", "another"),  # noqa: E501
        (changed('to = ["complaints", "loyalty"]', 'to = ["complaints", "loyalty", "image"]'), "paths", "cycle"),  # noqa: E501
        (changed('from = "value"', 'from = "price"'), "paths[4].from", "price"),
        (changed("maximum = 10\n", ""), "scales.agreement.maximum", "whole number"),
        (changed("minimum = 1\n", "minimum = 10\n"), "scales.agreement.maximum", "10..10"),
        (changed('zh-hant = "非常低" }', "}"), "scales.level.low", ""),
        (changed(', zh-hant = "品牌形象" }', " }"), "constructs.image.name.zh-hant", "missing"),
        (changed("{company} keeps", "{brand} keeps"), "items.image1.text.en", "{brand}"),
        (changed('scale = "agreement"', 'scale = "agrement"'), "items.image1.scale", "agrement"),
        (changed('id = "image2"', 'id = "image1"'), "items.image1", "twice"),
        (changed('id = "image1"', 'id = "Image 1"'), "items[1].id", "small letters"),
        (changed('kind = "structural"', 'kind = "regression"'), "kind", "structural"),
        (changed("[summary]", "colour = 1\n[summary]"), "name.colour", "not one of the languages"),
        (changed('headline = ["satisfaction", "loyalty"]', 'headline = ["joy"]'), "headline", "joy"),
        (changed("year = 1998", 'year = "long ago"'), "source.year", "whole number"),
        ("id = ", "file", "TOML"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_naming_file_key_and_cure(text: str, key: str, cure: str) -> None:
    with pytest.raises(InstrumentError) as refused:
        parse(text, "mine.toml")
    message = str(refused.value)
    assert message.startswith("mine.toml: ") and cure in message
    assert refused.value.key.startswith(key) or refused.value.key == "file"


def test_a_file_must_be_named_after_its_id(tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    path.write_text(ECSI, encoding="utf-8")
    with pytest.raises(InstrumentError, match=r'other.toml: id: is "ecsi"'):
        load(path)


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ecsi.toml"
    path.write_bytes(ECSI.encode("gb18030"))
    with pytest.raises(InstrumentError, match="UTF-8"):
        load(path)


def test_wording_leaves_the_measurement_key_and_a_scale_changes_it() -> None:
    key = parse(ECSI, "e").measurement_key()
    assert parse(changed("keeps its word", "does as it says"), "e").measurement_key() == key
    assert parse(changed("maximum = 10", "maximum = 7"), "e").measurement_key() != key
    assert parse(changed('to = ["complaints", "loyalty"]', 'to = ["loyalty"]'), "e").measurement_key() != key


def test_placeholders_take_names_only_and_are_filled_once() -> None:
    values = {"company": "{category}", "category": "phones"}
    assert fill("{company} {other} {company.__class__} {0} {{company}}", values) == (
        "{category} {other} {company.__class__} {0} {{category}}"
    )
