"""The instrument format beyond constructs and paths: routing, derived items, points, open texts, columns."""

# ruff: noqa: E501  one case a line

import contextlib
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.errors import ModelError
from scoring.instrument import Condition, Feature, Instrument, InstrumentError
from scoring.instrument.file import BUILTIN_FOLDER, builtin, parse

# The key ECSI's answers have been stored under since its first version.
ECSI_KEY = "5bf4cdacda0cc620e4c46fbcae2d5cef"
FILES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(BUILTIN_FOLDER.glob("*.toml"))}

MINE = """
id = "mine"
kind = "structural"
languages = ["en"]
placeholders = ["company"]
headline = ["joy"]
name = { en = "Mine" }
summary = { en = "A small one." }
source = { published_by = "Me", year = 2020, reference = "Mine." }

[scales.ten]
minimum = 1
maximum = 10
low = { en = "Low" }
high = { en = "High" }

[scales.percent]
minimum = 0
maximum = 20
step = 10
labels = [{ en = "None" }, { en = "Ten" }, { en = "Twenty" }]

[scales.both]
minimum = -20
maximum = 20
step = 10
low = { en = "Cut" }
high = { en = "Rise" }

[[constructs]]
id = "joy"
items = ["joy1", "joy2"]
name = { en = "Joy" }

[[constructs]]
id = "return"
items = ["again", "price"]
name = { en = "Return" }

[[items]]
id = "joy1"
scale = "ten"
text = { en = "Joy at {company}?" }

[[items]]
id = "joy2"
scale = "ten"
optional = true
text = { en = "More joy?" }

[[items]]
id = "again"
scale = "ten"
text = { en = "Again?" }

[[items]]
id = "rise"
scale = "percent"
show_if = { item = "again", at_least = 6 }
text = { en = "Rise?" }

[[items]]
id = "cut"
scale = "percent"
show_if = { item = "again", at_most = 5 }
text = { en = "Cut?" }

[[items]]
id = "why"
kind = "open"
optional = true
show_if = { item = "joy1", at_most = 3 }
text = { en = "Why?" }

[[items]]
id = "share1"
kind = "points"
optional = true
text = { en = "Joy" }

[[items]]
id = "share2"
kind = "points"
optional = true
text = { en = "Price" }

[[derived]]
id = "price"
scale = "both"
plus = ["rise"]
minus = ["cut"]
text = { en = "Price tolerance" }

[[sections]]
id = "first"
items = ["joy1", "why", "joy2"]
title = { en = "First" }

[[sections]]
id = "second"
items = ["again", "rise", "cut"]
title = { en = "Second" }

[[sections]]
id = "weights"
items = ["share1", "share2"]
title = { en = "Share 100 points" }

[[paths]]
from = "joy"
to = ["return"]
"""


def changed(old: str, new: str, text: str = MINE) -> str:
    assert old in text
    return text.replace(old, new, 1)


def of(name: str, old: str, new: str) -> str:
    return changed(old, new, FILES[name])


def codes(instrument: Instrument) -> tuple[list[str], list[str]]:
    return [item.code for item in instrument.asked], [item.code for item in instrument.items]


def test_what_is_asked_and_what_is_measured_stand_in_the_order_of_the_pages() -> None:
    asked, measured = codes(parse(MINE, "m"))
    assert asked == ["joy1", "why", "joy2", "again", "rise", "cut", "share1", "share2"]
    assert measured == ["joy1", "joy2", "again", "price", "share1", "share2"]
    assert parse(MINE, "m").model().items == ("joy1", "joy2", "again", "price")


def test_without_sections_every_construct_is_a_page_and_asks_what_its_items_come_from() -> None:
    acsi = builtin()["acsi"]
    assert [section.code for section in acsi.sections] == [construct.code for construct in acsi.constructs]
    assert [item.code for item in acsi.sections[-1].items] == ["repurchase", "rise", "cut"]
    assert acsi.sections[0].title == acsi.constructs[0].intro


def test_a_labelled_scale_names_its_ends_by_the_first_and_last_label() -> None:
    rise = next(item for item in parse(MINE, "m").asked if item.code == "rise")
    assert rise.scale
    assert (list(rise.scale.points), rise.scale.low, rise.scale.high) == (
        [0, 10, 20],
        {"en": "None"},
        {"en": "Twenty"},
    )


@pytest.mark.parametrize(
    ("answers", "value"),
    [
        ({"rise": 10, "cut": "hidden"}, 10),
        ({"rise": "hidden", "cut": 20}, -20),
        ({"rise": "hidden", "cut": 0}, 0),
        ({"rise": "dk", "cut": "hidden"}, "dk"),
        ({"rise": "hidden", "cut": None}, None),
        ({"cut": "na"}, "na"),
        ({"rise": "hidden", "cut": "hidden"}, "hidden"),
    ],
)
def test_a_derived_item_is_the_signed_answer_or_the_reason_there_is_none(
    answers: dict[str, int | str | None], value: int | str | None
) -> None:
    assert parse(MINE, "m").derive(answers) == {"price": value}


def test_nothing_is_derived_from_questions_that_were_not_on_the_form() -> None:
    assert parse(MINE, "m").derive({"joy1": 3}) == {}


def test_a_condition_is_met_by_numbers_only() -> None:
    condition = Condition("again", at_least=6)
    assert [condition.meets(answer) for answer in (5, 6, None, "dk", "hidden")] == [False, True] + [False] * 3


def test_ecsi_keeps_the_key_its_answers_are_stored_under() -> None:
    assert builtin()["ecsi"].measurement_key() == ECSI_KEY


def test_every_instrument_has_a_key_of_its_own() -> None:
    keys = {instrument.measurement_key() for instrument in builtin().values()}
    assert len(keys) == len(builtin())


@pytest.mark.parametrize(
    "text",
    [
        changed("maximum = 20\nstep = 10\nlow", "maximum = 20\nstep = 5\nlow"),
        changed("at_least = 6", "at_least = 7"),
        changed('plus = ["rise"]\nminus = ["cut"]', 'minus = ["rise", "cut"]'),
        changed('plus = ["rise"]\nminus = ["cut"]', 'plus = ["rise", "cut"]'),
    ],
)
def test_what_changes_a_number_changes_the_key(text: str) -> None:
    assert parse(text, "m").measurement_key() != parse(MINE, "m").measurement_key()


def test_features_and_the_box_are_part_of_the_key() -> None:
    kano = builtin()["kano"]
    one, other = (kano.adapted(features=[Feature(code, {"en": "An app"})]) for code in ("app", "shop"))
    renamed = kano.adapted(features=[Feature("app", {"en": "A new app"})])
    assert len({made.measurement_key() for made in (kano, one, other)}) == 3
    assert one.measurement_key() == renamed.measurement_key()
    assert one.wording_digest(["en"]) != renamed.wording_digest(["en"])
    top = parse(of("csat", "box = [4, 5]", "box = [5, 5]"), "c")
    assert top.measurement_key() != builtin()["csat"].measurement_key()


def test_changed_wording_leaves_the_key_and_shows_in_the_digest() -> None:
    mine = parse(MINE, "m")
    for old, new in (("Rise?", "How much?"), ('"Twenty"', '"20"'), ('"Share 100', '"Do share 100')):
        other = parse(changed(old, new), "m")
        assert other.measurement_key() == mine.measurement_key()
        assert other.wording_digest(["en"]) != mine.wording_digest(["en"])


def test_the_wording_digest_looks_at_measured_questions_in_the_languages_asked() -> None:
    mine = parse(MINE, "m")
    assert parse(changed("Why?", "Why so?"), "m").wording_digest(["en"]) == mine.wording_digest(["en"])
    ecsi = builtin()["ecsi"]
    other = parse(of("ecsi", "言行一致，值得信赖", "说到做到"), "e")
    assert other.wording_digest(["en", "zh-hant"]) == ecsi.wording_digest(["zh-hant", "en"])
    assert other.wording_digest(["zh-hans"]) != ecsi.wording_digest(["zh-hans"])


def test_an_optional_item_left_out_is_neither_asked_nor_measured() -> None:
    asked, measured = codes(parse(MINE, "m").adapted(drop=["joy2", "why", "share1", "share2"]))
    assert asked == ["joy1", "again", "rise", "cut"]
    assert measured == ["joy1", "again", "price"]
    adapted = parse(MINE, "m").adapted(drop=["joy2"])
    assert adapted.model().items == ("joy1", "again", "price")
    assert adapted.measurement_key() != parse(MINE, "m").measurement_key()


def test_leaving_nothing_out_changes_nothing() -> None:
    assert builtin()["ecsi"].adapted() == builtin()["ecsi"]


@pytest.mark.parametrize(
    ("text", "drop", "key"),
    [
        (MINE, ["joy1"], "items.joy1"),
        (MINE, ["joy9"], "items.joy9"),
        (MINE, ["price"], "items.price"),
        (MINE, ["share1"], "sections.weights"),
        (changed('items = ["joy1", "joy2"]', 'items = ["joy2"]', changed('"again", "price"', '"again", "price", "joy1"')), ["joy2"], "constructs.joy"),
    ],
)  # fmt: skip
def test_what_cannot_be_left_out_is_named(text: str, drop: list[str], key: str) -> None:
    with pytest.raises(InstrumentError) as refused:
        parse(text, "m").adapted(drop=drop)
    assert refused.value.key == key


@pytest.mark.parametrize(
    "features",
    [
        [Feature("App", {"en": "An app"})],
        [Feature("a" * 32, {"en": "An app"})],
        [Feature("app", {})],
        [Feature("app", {"en": " "})],
        [Feature("app", {"en": "An app"}), Feature("app", {"en": "A shop"})],
        [Feature(f"f{i}", {"en": "One of many"}) for i in range(100)],
    ],
)
def test_features_that_cannot_be_asked_about_are_refused(features: list[Feature]) -> None:
    with pytest.raises(InstrumentError, match=r"^kano: features"):
        builtin()["kano"].adapted(features=features)


def test_only_kano_takes_features() -> None:
    assert [name for name, one in builtin().items() if one.takes_features] == ["kano"]
    with pytest.raises(InstrumentError, match="no features"):
        builtin()["nps"].adapted(features=[Feature("app", {"en": "An app"})])


def test_a_feature_named_in_one_language_can_be_asked_in_that_one() -> None:
    kano = builtin()["kano"].adapted(features=[Feature("app", {"zh-hans": "手机应用"})])
    assert kano.languages == ("zh-hans",)
    assert "手机应用" in kano.items[0].text["zh-hans"]


def test_the_importance_of_a_feature_may_be_left_out() -> None:
    kano = builtin()["kano"].adapted(["app_importance"], [Feature("app", {"en": "An app"})])
    assert [item.code for item in kano.items] == ["app_functional", "app_dysfunctional"]


def test_a_kind_without_paths_has_no_model() -> None:
    with pytest.raises(ModelError, match="nps has no structural model"):
        builtin()["nps"].model()


@pytest.mark.parametrize(
    ("text", "key", "cure"),
    [
        (changed("minimum = -20", "minimum = -101"), "scales.both.maximum", "-100..100"),
        (changed("maximum = 20\nstep = 10\nlow", "maximum = 20\nstep = 7\nlow"), "scales.both.step", "7"),
        (changed("step = 10", "step = 0"), "scales.percent.step", "0"),
        (changed("maximum = 10\n", f"maximum = 0x{'f' * 5000}\n"), "scales.ten.maximum", "whole number"),
        (changed('{ en = "None" }, ', ""), "scales.percent.labels", "3 points"),
        (changed('labels = [{ en = "None" }, { en = "Ten" }, { en = "Twenty" }]', 'labels = "abc"'), "scales.percent.labels", "no labels"),
        (changed('{ en = "None" }, ', '{ en = "" }, '), "scales.percent.labels[1].en", "missing"),
        (changed("step = 10\nlabels", 'step = 10\nlow = { en = "L" }\nlabels'), "scales.percent.low", "leave"),
        (changed('item = "joy1", at_most', 'item = "nothing", at_most'), "items.why.show_if.item", "nothing"),
        (changed('item = "joy1", at_most = 3', 'item = "again", at_most = 3'), "items.why.show_if.item", "before"),
        (changed('item = "joy1", at_most = 3', 'item = "why", at_most = 3'), "items.why.show_if.item", "before"),
        (changed('{ item = "joy1", at_most = 3 }', '{ item = "joy1" }'), "items.why.show_if", "at_least"),
        (changed('{ item = "joy1", at_most = 3 }', '"joy1"'), "items.why.show_if", "table"),
        (changed("at_most = 3", "at_most = 10"), "items.why.show_if", "every"),
        (changed("at_most = 3", "at_most = 0"), "items.why.show_if", "no answer"),
        (changed("at_most = 3", "at_most = 3, or = 4"), "items.why.show_if.or", "known are"),
        (changed('plus = ["rise"]', 'plus = ["raise"]'), "derived.price.plus", "raise"),
        (changed('plus = ["rise"]', 'plus = ["why"]'), "derived.price.plus", "open"),
        (changed('plus = ["rise"]', 'plus = ["cut"]'), "derived.price.minus", "already"),
        (changed('plus = ["rise"]\nminus = ["cut"]\n', ""), "derived.price", "plus or minus"),
        (changed("minimum = -20", "minimum = 0"), "derived.price.minus", "scale"),
        (changed("at_most = 5", "at_most = 6"), "derived.price", "exclude"),
        (changed('id = "price"\nscale = "both"', 'id = "joy1"\nscale = "both"'), "derived.joy1", "twice"),
        (changed('id = "price"\nscale = "both"', 'id = "price"\nscale = "none"'), "derived.price.scale", "none"),
        (changed('"again", "price"', '"again", "price", "rise"'), "constructs.return.items", "derived from"),
        (changed('"again", "price"', '"again", "price", "why"'), "constructs.return.items", "open"),
        (changed('"again", "price"', '"again", "price", "share1"'), "constructs.return.items", "points"),
        (changed('"again", "price"', '"again"'), "items.price", "no construct"),
        (changed('kind = "open"', 'kind = "choice"'), "items.why.kind", "open"),
        (changed('kind = "open"', 'kind = "open"\nscale = "ten"'), "items.why.scale", "leave"),
        (changed('kind = "points"', 'kind = "points"\ndont_know = true'), "items.share1.dont_know", "leave"),
        (changed('"share1", "share2"', '"share1"'), "sections.weights.items", "at least two"),
        (changed('"again", "rise", "cut"', '"again", "rise", "cut", "share1"'), "sections.second.items", "no others"),
        (changed('"again", "rise", "cut"', '"again", "rise"'), "items.cut", "no page"),
        (changed('"again", "rise", "cut"', '"again", "rise", "cut", "joy1"'), "sections.second.items", "another"),
        (changed('"again", "rise", "cut"', '"again", "rise", "cut", "x"'), "sections.second.items", "unknown"),
        (changed('id = "second"', 'id = "first"'), "sections.first", "twice"),
        (changed('kind = "points"\noptional = true', 'kind = "points"'), "sections.weights.items", "optional or none"),
        (changed('id = "again"', 'id = "again"\noptional = true'), "items.again.optional", "needs it"),
        (changed('id = "rise"', 'id = "rise"\noptional = true'), "items.rise.optional", "needs it"),
        (changed('id = "again"', 'id = "again"\noptional = "yes"'), "items.again.optional", "true or false"),
        (changed('"Why?"', f'"{"w" * 2001}"'), "items.why.text.en", "2000"),
        (changed('"Why?"', '"\\u0000"'), "items.why.text.en", "control"),
        (changed('placeholders = ["company"]', 'placeholders = ["company", "feature"]'), "placeholders", "feature"),
        (changed('languages = ["en"]', 'languages = ["en", "Klingon!"]'), "languages", "Klingon"),
        (changed('kind = "structural"', 'kind = "nps"'), "headline", "known are"),
        (of("nps", "maximum = 10", "maximum = 9"), "items.score.scale", "0..10"),
        (of("csat", "box = [4, 5]", "box = [4, 6]"), "box", "1..5"),
        (of("csat", "box = [4, 5]", "box = [1, 5]"), "box", "part of"),
        (of("csat", "box = [4, 5]", "box = [5, 4]"), "box", "part of"),
        (of("csat", "box = [4, 5]", ""), "box", "[4, 5]"),
        (of("ces", "maximum = 7", "maximum = 7\nreverse = true"), "items.score.scale", "good"),
        (of("kano", "maximum = 9", "maximum = 7"), "feature.importance.scale", "1 to 9"),
        (of("kano", 'scale = "answer"', 'scale = "importance"'), "feature.functional.scale", "1 to 5"),
        (of("kano", 'wording = "taken_for_granted"', ""), "wording", "missing"),
        (of("kano", "gave you this: {feature}?", "gave you this?"), "feature.functional.text.en", "{feature}"),
        (of("servqual", "maximum = 7", "maximum = 5"), "columns.expectation.scale", "1 to 7"),
        (of("servqual", 'id = "perception"', 'id = "desired"'), "columns", "expectation, perception"),
        (of("servqual", 'id = "tangibles"', 'id = "looks"'), "constructs.looks.statements", "tangibles with 4"),
        (of("servqual", "{category} {statement}.", "{category}."), "columns.expectation.text.en", "{statement}"),
        (of("servqual", "works with up-to", "{statement} works with up-to"), "constructs.tangibles.statements[1].en", "unknown"),
        (of("servqual", "[importance]\ntitle", "[importance]\nhead"), "importance.head", "title"),
        (of("servqual_zone", 'name = { en = "Desired"', 'title = { en = "T" }\nname = { en = "Desired"'), "columns[2].title", "known"),
        ("x = " + "[" * 5000, "file", "nested"),
        ("x = " + "9" * 5000, "file", "TOML"),
        ("#" * 1_000_001, "file", "1000000"),
        (".".join("a" * 100_000) + " = 1", "file", "parts"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_naming_key_and_cure(text: str, key: str, cure: str) -> None:
    with pytest.raises(InstrumentError) as refused:
        parse(text, "mine.toml")
    assert refused.value.key == key
    assert cure in refused.value.problem
    assert len(str(refused.value)) < 1000


def test_dots_in_sentences_and_comments_are_not_parts_of_a_key() -> None:
    text = changed('"Why?"', '"W.h.y. .s.o. .m.a.n.y. .d.o.t.s?"') + "# a.b.c.d.e.f.g.h.i.j.k\n"
    assert "m.a.n.y" in parse(text, "m").asked[1].text["en"]


def test_more_items_than_a_model_may_have_are_refused() -> None:
    many = [f"more{i}" for i in range(200)]
    added = "".join(f'\n[[items]]\nid = "{code}"\nscale = "ten"\ntext = {{ en = "?" }}\n' for code in many)
    listed = ", ".join(f'"{code}"' for code in many)
    text = changed('"again", "price"]', f'"again", "price", {listed}]') + added
    text = changed('"again", "rise", "cut"]', f'"again", "rise", "cut", {listed}]', text)
    with pytest.raises(InstrumentError, match="items: are 208; there may be 200"):
        parse(text, "m")


# -- whatever a file says, it is read or refused, soon

SNIPPETS = st.sampled_from(
    ['"', "'", '"""', "[", "]", "[[", "{", "}", "=", ".", ",", "\n", "#", "\\", "\x00", "-1", "0x7f", "1e999",
     "nan", "true", "[[items]]\n", "[[sections]]\n", "[scales]\n", "{feature}", "{statement}", "show_if = ", "{}", "[]"]
)  # fmt: skip
CHANGES = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 60), st.one_of(SNIPPETS, st.text(max_size=8))),
    min_size=1,
    max_size=6,
)


@settings(max_examples=300, deadline=2000)
@given(name=st.sampled_from(["mine", *FILES]), changes=CHANGES)
def test_a_file_with_any_change_is_read_or_refused(name: str, changes: list[tuple[float, int, str]]) -> None:
    text = FILES.get(name, MINE)
    for place, length, new in changes:
        start = int(place * len(text))
        text = text[:start] + new + text[start + length :]
    with contextlib.suppress(InstrumentError):
        parse(text, "any").measurement_key()


@settings(max_examples=150, deadline=2000)
@given(name=st.sampled_from(["mine", *FILES]), seed=st.integers(0, 2**32))
def test_a_file_whose_lines_are_dropped_doubled_and_swapped_is_read_or_refused(name: str, seed: int) -> None:
    drawn = random.Random(seed)
    lines = FILES.get(name, MINE).split("\n")
    for _ in range(drawn.randint(1, 8)):
        one, other = drawn.randrange(len(lines)), drawn.randrange(len(lines))
        lines[one], lines[other] = lines[other], drawn.choice([lines[one], lines[other], ""])
    with contextlib.suppress(InstrumentError):
        parse("\n".join(lines), "any").measurement_key()


@pytest.mark.parametrize(
    "text",
    [
        '"""\\' * 200_000,
        "'''" + "a." * 400_000,
        "a." * 400_000,
        '"a" . ' * 150_000,
        "[" + "a." * 400_000 + "a]",
        "x = " + "{a = " * 150_000,
        "x = [" + "1," * 400_000,
        '\\"' * 400_000,
        "".join(f"[a{i}]\n" for i in range(100_000)),
        "".join(f"a{i} = 1\n" for i in range(80_000)),
        "a" * 900_000,
        "scales = {" + ",".join(f"a{i} = 1" for i in range(80_000)) + "}",
    ],
    ids=range(12),
)
def test_the_worst_files_of_a_megabyte_are_refused_in_seconds(text: str) -> None:
    began = time.process_time()
    with pytest.raises(InstrumentError):
        parse(text, "worst.toml")
    assert time.process_time() - began < 5
