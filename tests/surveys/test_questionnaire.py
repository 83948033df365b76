"""What a questionnaire asks: conditions, parts, pages, and the mistakes that keep a draft from publishing."""

import re
from typing import Any

import pytest
from django.http import QueryDict
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from surveys.questionnaire.conditions import Answer, Condition
from surveys.questionnaire.content import Content
from surveys.questionnaire.mistakes import mistakes
from surveys.questionnaire.pages import hidden, pages
from surveys.questionnaire.parts import PartRefused, read_parts
from surveys.questionnaire.questions import AnswersRefused
from surveys.questionnaire.reach import can_be_met
from tests.cast import ECSI, REGION, WORDS, builtin_text, page_of

NPS = {"kind": "instrument", "instrument": "nps"}
KANO = {"kind": "instrument", "instrument": "kano"}
MISSING = "[text missing]"


def content(*parts: dict[str, Any], languages: tuple[str, ...] = ("en",), **more: Any) -> Content:
    used = [part["instrument"] for part in parts if part["kind"] == "instrument"]
    texts = {one: builtin_text(one) for one in used}
    snapshot = {"parts": list(parts), "instruments": texts, "languages": list(languages), "words": WORDS}
    return Content({**snapshot, "consent": {}, "thanks": {}, "onward": "", **more})


def ask(code: str, kind: str = "short", **more: Any) -> dict[str, Any]:
    return {"code": code, "type": kind, "text": {"en": f"Question {code}"}, **more}


def choose(code: str, *options: str, kind: str = "single", **more: Any) -> dict[str, Any]:
    offered = [{"code": one, "text": {"en": one.title()}} for one in options]
    return ask(code, kind, options=offered, **more)


def when(question: str, operator: str, *values: Any) -> dict[str, Any]:
    return {"question": question, "operator": operator, "values": list(values)}


def places(made: Content) -> list[str]:
    return [one.place for one in mistakes(made)]


# -- conditions


@pytest.mark.parametrize(
    ("operator", "values", "answer", "holds"),
    [
        ("is", ["north"], "north", True),
        ("is", ["north", "south"], "south", True),
        ("is", ["north"], "south", False),
        ("is_not", ["north"], "south", True),
        ("is_not", ["north"], "north", False),
        ("is", [0], 0, True),
        ("at_most", [6], 0, True),
        ("at_most", [6], 6, True),
        ("at_most", [6], 7, False),
        ("at_least", [2.5], 2.5, True),
        ("at_least", [9], "north", False),
        ("answered", [], 0, True),
        ("answered", [], "x", True),
        ("is", ["a"], ["a", "b"], True),
        ("is", ["c"], ["a", "b"], False),
        ("is_not", ["a"], ["a", "b"], False),
        ("is_not", ["c"], ["a", "b"], True),
        ("answered", [], ["a"], True),
    ],
)
def test_a_condition_holds_on_what_it_names(
    operator: str, values: list[Any], answer: Answer, holds: bool
) -> None:
    assert Condition("q", operator, tuple(values)).holds({"q": answer}) is holds


@pytest.mark.parametrize("answer", [None, "dk", "na", "hidden"])
@pytest.mark.parametrize("operator", ["is", "is_not", "at_least", "at_most", "answered"])
def test_no_condition_holds_on_an_answer_that_was_not_given(operator: str, answer: Answer) -> None:
    assert not Condition("q", operator, (5,)).holds({"q": answer})
    assert not Condition("q", operator, (5,)).holds({})


CODES = st.sampled_from(["a", "b", "c", "d"])
MULTIPLE = choose("m", "a", "b", "c", "d", kind="multiple")


@given(st.lists(st.tuples(st.sampled_from(["is", "is_not"]), st.sets(CODES, min_size=1)), max_size=4))
def test_what_is_said_to_be_out_of_reach_is_met_by_no_selection(rules: list[tuple[str, set[str]]]) -> None:
    (page,) = pages(content(page_of(MULTIPLE)), "en")
    conditions = tuple(Condition("own.m", operator, tuple(sorted(values))) for operator, values in rules)
    selections = [
        [code for code, bit in zip("abcd", f"{n:04b}", strict=True) if bit == "1"] for n in range(16)
    ]
    met = any(all(one.holds({"own.m": chosen}) for one in conditions) for chosen in selections if chosen)
    assert can_be_met(conditions, {"own.m": (page.questions[0], ())}) is met


BOUND = st.tuples(st.sampled_from(["at_least", "at_most"]), st.integers(-2, 12))


@given(st.lists(BOUND, max_size=4))
def test_what_is_said_to_be_out_of_reach_is_met_by_no_point(rules: list[tuple[str, int]]) -> None:
    question = pages(content(NPS), "en")[0].questions[0]
    conditions = tuple(Condition("nps.score", operator, (value,)) for operator, value in rules)
    met = any(all(one.holds({"nps.score": point}) for one in conditions) for point in range(11))
    assert can_be_met(conditions, {"nps.score": (question, ())}) is met


# -- parts


@pytest.mark.parametrize(
    ("question", "place"),
    [
        (ask("q", "guess"), "type"),
        (ask("Q"), "code"),
        (choose("q", "a"), "options"),
        (choose("q", "a", "a"), "options"),
        (
            ask("q", options=[]) | {"options": [{"code": "a", "text": {}}, {"code": "b", "text": {}}]},
            "options",
        ),
        (ask("q", segment=True), "segment"),
        (ask("q", "rating"), "maximum"),
        (ask("q", "rating", minimum=1, maximum=12), "maximum"),
        (ask("q", "number", minimum=5, maximum=5), "maximum"),
        (ask("q", "number", minimum=True), "minimum"),
        (ask("q", required="yes"), "required"),
        (ask("q", colour="red"), "colour"),
        (ask("q", show_if=[when("own.a", "like", 1)]), "show_if[0].operator"),
        (ask("q", show_if=[when("own.a", "at_least", "5")]), "show_if[0].values"),
        (ask("q", show_if=[when("own.a", "is")]), "show_if[0].values"),
        (ask("q") | {"text": "no languages"}, "text"),
        (ask("q") | {"text": {"en": "x" * 2001}}, "text"),
    ],
)
def test_a_question_that_cannot_be_is_refused_at_its_place(question: dict[str, Any], place: str) -> None:
    with pytest.raises(PartRefused) as refused:
        read_parts([page_of(question)])
    assert refused.value.place == f"parts[0].questions[0].{place}"


def test_a_scored_question_takes_no_condition() -> None:
    with pytest.raises(PartRefused) as refused:
        read_parts([{**NPS, "show_if": []}])
    assert refused.value.place == "parts[0].show_if"


@pytest.mark.parametrize(
    "parts",
    [
        [NPS, NPS],
        [page_of(ask("a")), page_of(ask("b"))],
        [page_of(ask("a"), code="one"), page_of(ask("a"), code="two")],
    ],
)
def test_nothing_stands_twice(parts: list[dict[str, Any]]) -> None:
    with pytest.raises(PartRefused):
        read_parts(parts)


NAMES = st.sampled_from(["kind", "code", "questions", "show_if", "options", "text"]) | st.text()
PLAIN = st.none() | st.booleans() | st.integers() | st.text()


@given(st.recursive(PLAIN, lambda one: st.lists(one) | st.dictionaries(NAMES, one)))
def test_whatever_is_sent_is_read_or_refused(raw: Any) -> None:
    for parts in (raw, [raw], [page_of() | {"questions": raw}], [{**NPS, "features": raw}]):
        try:
            read_parts(parts)
        except PartRefused as refused:
            assert refused.place.startswith("parts")


# -- pages


def test_a_page_breaks_before_a_question_that_depends_on_one_of_the_same_page() -> None:
    made = pages(
        content(
            page_of(
                choose("a", "yes", "no"),
                ask("b", show_if=[when("own.a", "is", "yes")]),
                ask("c", show_if=[when("own.a", "is", "yes")]),
                ask("d", show_if=[when("own.c", "answered")]),
            )
        ),
        "en",
    )
    assert [[q.code for q in page.questions] for page in made] == [["own.a"], ["own.b", "own.c"], ["own.d"]]
    assert len({page.code for page in made}) == 3


def test_codes_of_pages_are_the_same_in_every_language() -> None:
    made = content(ECSI, page_of(REGION), languages=("en", "zh-hans"))
    assert [page.code for page in pages(made, "en")] == [page.code for page in pages(made, "zh-hans")]


@pytest.mark.parametrize("per_page", [1, 2, 3, 5, 50])
def test_items_are_spread_evenly_and_none_is_lost(per_page: int) -> None:
    whole = pages(content(ECSI), "en")
    spread = pages(content({**ECSI, "per_page": per_page}), "en")
    assert [q.code for page in spread for q in page.questions] == [
        q.code for page in whole for q in page.questions
    ]
    assert max(len(page.questions) for page in spread) <= per_page
    assert len({page.code for page in spread}) == len(spread)


def test_an_item_that_is_left_out_is_not_asked() -> None:
    asked = {q.code for page in pages(content({**ECSI, "drop": ["image3"]}), "en") for q in page.questions}
    assert "ecsi.image3" not in asked and "ecsi.image1" in asked


def test_what_is_hidden_hides_what_depends_on_it_whatever_was_answered() -> None:
    made = pages(
        content(
            NPS,
            page_of(choose("a", "yes", "no", show_if=[when("nps.score", "at_most", 6)])),
            page_of(ask("b"), code="more", show_if=[when("own.a", "is", "yes")]),
        ),
        "en",
    )
    answered: dict[str, Answer] = {"nps.score": 9, "own.a": "yes", "own.b": "words"}
    assert hidden(made, answered) == {"own.a": "hidden", "own.b": "hidden"}
    assert hidden(made, answered | {"nps.score": 3}) == {}


def test_a_condition_on_a_question_with_several_choices_works_on_the_page() -> None:
    made = pages(content(page_of(MULTIPLE, ask("why", show_if=[when("own.m", "is", "a")]))), "en")
    assert made[1].visible({"own.m": ["a", "c"]}).questions
    assert not made[1].visible({"own.m": ["b"]}).questions
    assert not made[1].visible({"own.m": []}).questions


FIELDS = st.sampled_from(["own.a", "own.m", "own.r", "own.n", "own.d", "own.s", "own.l", "x"])
SENT = st.text(max_size=12) | st.sampled_from(["yes", "a", "3", "2026-01-31"])


@given(st.dictionaries(FIELDS, st.lists(SENT, max_size=3)))
def test_whatever_a_form_holds_is_read_as_an_answer_or_refused_by_name(fields: dict[str, list[str]]) -> None:
    asked = [
        choose("a", "yes", "no"), MULTIPLE, ask("r", "rating", minimum=0, maximum=10),
        ask("n", "number", minimum=-5, maximum=5), ask("d", "date"), ask("s"), ask("l", "long"),
    ]  # fmt: skip
    (page,) = pages(content(page_of(*asked)), "en")
    form = QueryDict(mutable=True)
    for code, values in fields.items():
        form.setlist(code, values)
    try:
        answers = page.read(form)
    except AnswersRefused as refused:
        assert refused.problems and set(refused.problems) <= set(fields)
        return
    assert set(answers) == {question.code for question in page.questions}
    offered: list[Any] = [None, "yes", "no"]
    assert answers["own.a"] in offered
    number = answers["own.n"]
    assert number is None or (isinstance(number, (int, float)) and -5 <= number <= 5)


def test_a_required_question_is_asked_for_by_name() -> None:
    (page,) = pages(content(page_of(ask("a", required=True), ask("b"))), "en")
    with pytest.raises(AnswersRefused) as refused:
        page.read(QueryDict("own.a=%20&own.b="))
    assert list(refused.value.problems) == ["own.a"]


# -- mistakes


def test_a_questionnaire_without_mistakes_has_none() -> None:
    assert places(content(ECSI, NPS, page_of(REGION), languages=("en", "zh-hans"))) == []


BOTH = ("en", "zh-hans")
SPEED = {**KANO, "features": [{"code": "f1", "name": {"en": "Speed"}}]}
BAD = ask("a", "rating", minimum=1, maximum=5, low={"en": "Bad"})
XY = choose("a", "x", "y")
NEVER = [when("nps.score", "at_least", 9), when("nps.score", "at_most", 6)]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (content(), ["parts"]),
        (content(ECSI, languages=()), ["languages"]),
        (content(page_of()), ["parts[0].questions"]),
        (content(KANO), ["parts[0].features"]),
        (content(SPEED, languages=BOTH), ["parts[0].features[0].name.zh-hans"]),
        (content(ECSI, NPS, words={"company": {"en": "Acme"}}), ["words.category.en"]),
        (content(ECSI, NPS, words={}), ["words.company.en", "words.category.en"]),
        (content(ECSI, consent={"en": "Agree"}, languages=BOTH), ["consent.zh-hans"]),
        (content(page_of(ask("a")), languages=BOTH), ["parts[0].questions[0].text.zh-hans"]),
        (content(page_of(ask("a"), title={"zh-hans": "关于"})), ["parts[0].title.en"]),
        (content(page_of(BAD)), ["parts[0].questions[0].high.en"]),
    ],
)
def test_what_is_missing_is_found_at_its_place_and_once(made: Content, expected: list[str]) -> None:
    assert places(made) == expected


@pytest.mark.parametrize(
    ("parts", "place"),
    [
        ([page_of(ask("a", show_if=[when("own.b", "answered")]), ask("b"))], "parts[0].questions[0]"),
        ([page_of(ask("a", show_if=[when("own.a", "answered")]))], "parts[0].questions[0]"),
        ([page_of(ask("a"), show_if=[when("own.a", "answered")])], "parts[0]"),
        ([page_of(ask("a"), show_if=[when("nps.score", "answered")]), NPS], "parts[0]"),
        ([NPS, page_of(ask("a", show_if=[when("nps.gone", "answered")]))], "parts[1].questions[0]"),
        ([NPS, page_of(ask("a", show_if=[when("nps.score", "is", 11)]))], "parts[1].questions[0]"),
        ([page_of(XY, ask("b", show_if=[when("own.a", "at_least", 3)]))], "parts[0].questions[1]"),
        ([page_of(XY, ask("b", show_if=[when("own.a", "is", "z")]))], "parts[0].questions[1]"),
        ([NPS, page_of(ask("a"), show_if=NEVER)], "parts[1]"),
    ],
)
def test_a_condition_that_cannot_be_is_found_at_its_place(parts: list[dict[str, Any]], place: str) -> None:
    assert places(content(*parts)) == [f"{place}.show_if"]


def test_a_question_is_out_of_reach_where_its_own_condition_contradicts_its_pages() -> None:
    page = page_of(
        ask("a"),
        ask("b", show_if=[when("nps.score", "at_least", 9)]),
        show_if=[when("nps.score", "at_most", 6)],
    )
    assert places(content(NPS, page)) == ["parts[1].questions[1].show_if"]


def test_a_question_is_out_of_reach_where_the_one_it_depends_on_is() -> None:
    first = page_of(choose("a", "x", "y"), show_if=[when("nps.score", "at_most", 6)])
    second = page_of(
        ask("b"), code="more", show_if=[when("own.a", "is", "x"), when("nps.score", "at_least", 7)]
    )
    assert places(content(NPS, first, second)) == ["parts[2].show_if"]


def test_a_mistake_of_one_condition_does_not_hide_those_that_depend_on_it() -> None:
    first = page_of(choose("a", "x", "y"), show_if=[when("own.gone", "answered")])
    second = page_of(ask("b", show_if=[when("own.a", "is", "x")]), code="more")
    assert places(content(first, second)) == ["parts[0].show_if"]


def test_an_instrument_without_a_language_is_named_and_still_shown() -> None:
    text = re.sub(r'(, |^)zh-han[st] = "[^"]*"', "", builtin_text("nps"), flags=re.MULTILINE)
    text = text.replace('"en", "zh-hans", "zh-hant"', '"en"')
    made = Content(content(NPS, languages=("zh-hans", "en")).snapshot | {"instruments": {"nps": text}})
    assert made.instruments["nps"].languages == ("en",)
    assert places(made) == ["parts[0].instrument"]
    assert (
        pages(made, "zh-hans")[0].questions[0].choices and pages(made, "en")[0].questions[0].text != MISSING
    )
    with translation.override("zh-hans"):
        missing = translation.gettext(MISSING)
    assert pages(made, "zh-hans")[0].questions[0].text == missing


def test_a_word_in_braces_that_stands_for_nothing_is_a_mistake_at_its_text() -> None:
    made = content(
        {"kind": "page", "code": "p", "questions": [ask("q", text={"en": "Why {compnay}, {company}?"})]}
    )
    assert places(made) == ["parts[0].questions[0].text.en"]


@pytest.mark.parametrize(("bound", "found"), [(6, []), (0, []), (11, ["show_if"]), (-1, ["show_if"])])
def test_a_bound_that_no_answer_or_every_answer_meets_is_a_mistake(bound: int, found: list[str]) -> None:
    asked = [ask("q", "rating", minimum=0, maximum=10, low={"en": "a"}, high={"en": "b"})]
    asked.append(ask("why", show_if=[when("own.q", "at_most", bound)]))
    made = content({"kind": "page", "code": "p", "questions": asked})
    assert [place.rpartition(".")[2] for place in places(made)] == found
