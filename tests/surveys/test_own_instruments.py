"""The catalogue of an organisation: what it brought itself, files made from a model, and their removal."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import ModelError
from scoring.instrument.file import InstrumentError, builtin, parse
from surveys import catalogue as catalogue_module
from surveys.catalogue import InstrumentInUse, add_instrument, catalogue, drafts_with, remove_instrument
from surveys.drafts.instrument_drafts import InstrumentDraft, ScaleDraft, questionnaire_model
from surveys.drafts.toml_text import toml
from surveys.models import Member, OwnInstrument
from surveys.publishing import draft_mistakes
from tests.cast import REFERENCE, draft, own_nps, owner_of, published, signed_in, walk

MODEL = """
Image =~ image1 + image2       # measured by
loyalty =~ loyalty.1 + Loyalty2
loyalty ~ Image + complained
"""
# Text as a form may send it: any character but halves of pairs, which no form can encode.
TEXTS = st.text(st.characters(exclude_categories=("Cs",)))
VALUES = st.one_of(TEXTS, st.integers(), st.booleans(), st.lists(TEXTS), st.dictionaries(TEXTS, TEXTS))


@pytest.fixture
def alice(db: None) -> Member:
    return owner_of("acme", "alice@example.org")


def made(text: str = "How good?", **changes: Any) -> InstrumentDraft:
    """A draft in two languages whose every text is the given one."""
    model = questionnaire_model(MODEL)
    both = {"en": text, "zh-hans": text}
    told: dict[str, Any] = {
        "id": "bank",
        "languages": ("en", "zh-hans"),
        "model": model,
        "name": both,
        "summary": both,
        "published_by": text,
        "year": 2025,
        "reference": text,
        "headline": ("loyalty",),
        "scales": {"scale1": ScaleDraft(1, 7, both, both), "scale2": ScaleDraft(0, 10, both, both, True)},
        "construct_names": dict.fromkeys(model.names, both),
        "intros": dict.fromkeys(model.names, both),
        "item_texts": dict.fromkeys(model.items, both),
        "item_scales": {**dict.fromkeys(model.items, "scale1"), "image2": "scale2"},
    }
    return InstrumentDraft(**(told | changes))


# -- writing TOML


@given(st.dictionaries(TEXTS, st.one_of(VALUES, st.dictionaries(TEXTS, VALUES))))
def test_what_is_written_is_read_back_the_same(document: dict[str, Any]) -> None:
    assert tomllib.loads(toml(document)) == document


@given(st.lists(st.dictionaries(TEXTS, VALUES), min_size=1))
def test_so_is_a_list_of_tables(rows: list[dict[str, Any]]) -> None:
    document = {"id": "x", "items": rows, "name": {"en": "x"}}
    assert tomllib.loads(toml(document)) == document


def test_what_toml_has_no_word_for_is_not_written() -> None:
    with pytest.raises(TypeError, match="float"):
        toml({"share": 0.5})


# -- from a model


def test_a_model_becomes_codes_in_small_letters() -> None:
    model = questionnaire_model(MODEL)
    assert [(one.name, one.items) for one in model.constructs] == [
        ("image", ("image1", "image2")),
        ("loyalty", ("loyalty_1", "loyalty2")),
        ("complained", ("complained",)),
    ]
    assert [(path.source, path.target) for path in model.paths] == [
        ("image", "loyalty"),
        ("complained", "loyalty"),
    ]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("a =~ x + 0.5*y\nb =~ z\nb ~ a", "line 1, column 10: “0.5*”"),
        ("a =~ x\nb =~ z\nb ~ p*a", "line 3, column 5: “p*”"),
        ("a =~ x + y\nb =~ z + v\nb ~ a\nx ~~ z", "“x ~~ z”"),
        ("a =~ x + y", "no path"),
        ("满意 =~ x\nb =~ z\nb ~ 满意", "“满意”"),
        ("b ~ " + "a" * 41, "at most 40"),
        ("a =~ x\nA =~ y\na ~ A", "stands 2 times"),
        ("a =~ x\na ~ __import__('os')", "line 2"),
        ("a =~ x + y\nb =~ a + z\nb ~ w", "'a' is both"),
    ],
)
def test_what_a_questionnaire_cannot_carry_is_refused(model: str, said: str) -> None:
    with pytest.raises(ModelError) as refused:
        questionnaire_model(model)
    assert said in str(refused.value)


def test_the_file_that_is_made_says_what_the_model_and_the_texts_say() -> None:
    instrument = parse(made("How good is {company}?").toml, "bank.toml")
    assert instrument.model() == questionnaire_model(MODEL)
    assert (instrument.placeholders, instrument.headline) == (("company",), ("loyalty",))
    scales = {
        item.code: (item.scale.minimum, item.scale.maximum, item.scale.reverse) for item in instrument.items
    }
    assert scales["image2"] == (0, 10, True) and set(scales.values()) == {(0, 10, True), (1, 7, False)}


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1).filter(lambda text: text.strip()))
def test_no_text_breaks_out_of_its_place(text: str) -> None:
    """What is not a placeholder is kept to the letter, whatever it looks like."""
    shown = text.replace("{", "(")
    instrument = parse(made(shown).toml, "bank.toml")
    assert {item.text["zh-hans"] for item in instrument.asked} == {shown}
    assert instrument.source.reference == shown and instrument.id == "bank"


# -- the catalogue


def test_an_own_instrument_stands_beside_the_built_in_ones(alice: Member) -> None:
    add_instrument(alice.organisation, made().toml, "bank.toml", alice.user)
    listed = catalogue(alice.organisation)
    assert [name for name in listed if listed[name].is_own] == ["bank"]
    assert set(listed) == {*builtin(), "bank"} and listed["bank"].text == made().toml
    assert "bank" not in catalogue(owner_of("globex", "gina@example.org").organisation)


@pytest.mark.parametrize("code", ["ecsi", "own"])
def test_a_built_in_instrument_is_not_replaced(alice: Member, code: str) -> None:
    with pytest.raises(InstrumentError, match="taken"):
        add_instrument(alice.organisation, made(id=code).toml, "x.toml", alice.user)
    assert not OwnInstrument.objects.exists()


def test_one_more_than_may_be_is_refused_but_one_that_is_there_may_change(
    alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue_module, "MOST_OWN", 1)
    add_instrument(alice.organisation, own_nps("first"), "x.toml", alice.user)
    with pytest.raises(InstrumentError, match="remove one"):
        add_instrument(alice.organisation, own_nps("second"), "x.toml", alice.user)
    changed = own_nps("first").replace("recommend {company}", "praise {company}")
    add_instrument(alice.organisation, changed, "x.toml", alice.user)
    assert OwnInstrument.objects.get().text == changed


def test_an_own_instrument_that_cannot_be_read_any_more_takes_no_other_with_it(alice: Member) -> None:
    add_instrument(alice.organisation, own_nps("ours"), "x.toml", alice.user)
    survey = draft(alice, parts=[{"kind": "instrument", "instrument": "ours"}])
    OwnInstrument.objects.update(text=own_nps("ours") + "\nnovelty = 1\n")  # as a stricter reader sees it
    assert set(catalogue(alice.organisation)) == set(builtin())
    assert [one.place for one in draft_mistakes(survey)] == ["parts[0].instrument"]
    client = signed_in(alice)
    for page in ("instruments/", f"surveys/{survey.public_id}/", f"surveys/{survey.public_id}/questions/"):
        assert client.get(f"/o/acme/{page}").status_code == 200
    add_instrument(alice.organisation, own_nps("ours"), "x.toml", alice.user)
    assert draft_mistakes(survey) == []


def test_an_instrument_that_a_draft_asks_is_not_removed(alice: Member) -> None:
    add_instrument(alice.organisation, own_nps("ours"), "x.toml", alice.user)
    survey = draft(alice, name="Spring", parts=[{"kind": "instrument", "instrument": "ours"}])
    assert drafts_with(alice.organisation, "ours") == [survey]
    with pytest.raises(InstrumentInUse, match="Spring"):
        remove_instrument(alice.organisation, "ours")
    assert "ours" in catalogue(alice.organisation)


def test_what_was_published_with_a_removed_instrument_goes_on(alice: Member) -> None:
    add_instrument(alice.organisation, made().toml, "bank.toml", alice.user)
    parts = [{"kind": "instrument", "instrument": "bank"}]
    survey = published(alice, parts=parts, languages=["en", "zh-hans"])
    survey.parts = []
    survey.save()
    remove_instrument(alice.organisation, "bank")
    remove_instrument(alice.organisation, "bank")
    assert "bank" not in catalogue(alice.organisation)
    assert b"Thank you" in walk(survey, 5).content
    assert survey.responses.get().answers["bank.image1"] == 5


def test_removing_touches_no_other_organisation(alice: Member) -> None:
    gina = owner_of("globex", "gina@example.org")
    for member in (alice, gina):
        add_instrument(member.organisation, own_nps("ours"), "x.toml", member.user)
    draft(gina, parts=[{"kind": "instrument", "instrument": "ours"}])
    remove_instrument(alice.organisation, "ours")
    assert OwnInstrument.objects.get().organisation == gina.organisation


def test_the_reference_model_can_be_asked() -> None:
    model = questionnaire_model((REFERENCE / "model_mobi.lav").read_text(encoding="utf-8"))
    assert (len(model.names), len(model.items), len(model.paths)) == (7, 24, 12)
