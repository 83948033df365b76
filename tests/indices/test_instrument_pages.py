"""The catalogue as managers see it, and bringing an instrument of one's own: from a file, from a model."""

import html
import re
import tomllib
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation

from indices.catalogue.forms import LARGEST_FILE
from indices.catalogue.reading import Reading
from indices.catalogue.scoring_words import FAMILIES, SOURCES, explained, kind_name
from indices.models import Run
from indices.report.charts import model_picture
from indices.runs import queue
from indices.tasks import work
from scoring.instrument.file import builtin
from surveys.catalogue import catalogue
from surveys.imports.plan import Plan
from surveys.imports.storing import import_file
from surveys.models import Member, OwnInstrument, Survey
from tests.cast import (
    REFERENCE,
    builtin_text,
    draft,
    joined,
    own_nps,
    owner_of,
    published,
    signed_in,
    walk,
    with_mobi_answers,
)

pytestmark = [pytest.mark.django_db, pytest.mark.words]
LIST = "/o/acme/instruments/"
FROM_FILE = "/o/acme/instruments/from-file/"
FROM_MODEL = "/o/acme/instruments/from-model/"
HOSTILE = "<img src=x onerror=alert(1)>\"'{{7*7}}</title><script>alert(1)</script>"
LIVE = ("<img src=x", "<script>alert", "onerror=alert(1)>")
MODEL = (REFERENCE / "model_mobi.lav").read_text(encoding="utf-8")
SMALL = "image =~ image1 + image2\nloyalty =~ loyalty1 + loyalty2\nloyalty ~ image"


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


@pytest.fixture
def client(alice: Member) -> Client:
    return signed_in(alice)


def text_of(page: Any) -> str:
    """What is read on the page."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode())))


def file_of(content: bytes, name: str = "mine.toml") -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, content)}


def first_step(model: str = SMALL, **changes: Any) -> dict[str, Any]:
    return {"id": "bank", "name": "Bank index", "languages": ["en"], "scales": "1", "model": model} | changes


def filled(page: Any, **changes: Any) -> dict[str, Any]:
    """The second step's fields, each text saying its own key."""
    form = page.context["form"]
    fields: dict[str, Any] = {"texts": "1"}
    for bound in form:
        value = bound.initial
        if bound.name.endswith("reverse"):
            continue
        fields[bound.name] = f"says {bound.name}" if value in (None, "") else value
        if bound.name.endswith(".scale"):
            fields[bound.name] = "scale2" if bound.name.startswith("items.image") else "scale1"
    fields["headline"] = [form.outline.model.names[-1]]
    return fields | changes


# -- reading


def test_every_instrument_is_in_the_catalogue_and_belongs_to_a_family(client: Client) -> None:
    page = client.get(LIST)
    for name, instrument in builtin().items():
        assert f'href="{LIST}{name}/"' in page.content.decode()
        assert html.escape(instrument.summary["en"]) in page.content.decode()
    assert {kind for kinds in FAMILIES.values() for kind in kinds} >= {one.kind for one in builtin().values()}


def test_only_ones_own_instruments_are_marked_as_such(client: Client) -> None:
    assert "Your own" not in text_of(client.get(LIST))
    client.post(FROM_FILE, {"text": own_nps("ours")})
    assert text_of(client.get(LIST)).count("Your own") == 2  # the heading and the badge
    assert "Your own" in text_of(client.get(f"{LIST}ours/")) and "Your own" not in text_of(
        client.get(f"{LIST}nps/")
    )


@pytest.mark.parametrize("name", sorted(builtin()))
@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_a_page_shows_every_question_in_the_language_asked_for(
    client: Client, name: str, language: str
) -> None:
    page = client.get(f"{LIST}{name}/", {"language": language})
    instrument = builtin()[name]
    reading = Reading(instrument, language)
    shown = text_of(page)
    assert reading.sections and "{" not in shown
    for title, questions in reading.sections:
        assert re.sub(r"\s+", " ", title) in shown
        for question in questions:
            assert question.text in shown and question.code in shown
            for point in question.points:
                assert point.name in shown
    for sentence in explained(instrument):
        assert sentence in shown
    assert instrument.source.reference in shown and kind_name(instrument) in shown
    assert SOURCES[instrument.kind]


def test_the_page_opens_in_the_readers_language_and_knows_no_other_than_the_files(alice: Member) -> None:
    reader = joined(alice, "wang@example.org", "viewer")
    reader.user.language = "zh-hant"
    reader.user.save()
    client = signed_in(reader)
    assert "品牌形象" in text_of(client.get(f"{LIST}ecsi/")) and "Do not agree" not in text_of(
        client.get(f"{LIST}ecsi/")
    )
    assert "Do not agree at all" in text_of(client.get(f"{LIST}ecsi/", {"language": "en"}))
    assert client.get(f"{LIST}ecsi/", {"language": "de"}).status_code == 404


def test_an_instrument_without_the_readers_language_is_shown_in_english(alice: Member) -> None:
    client = signed_in(alice)
    sent = client.post(FROM_MODEL, {**first_step(), **filled(client.post(FROM_MODEL, first_step()))})
    assert sent.status_code == 302
    alice.user.language = "zh-hans"
    alice.user.save()
    for address in (LIST, f"{LIST}bank/"):
        assert "Bank index" in text_of(client.get(address))


def test_conditions_and_computed_items_are_said_in_words(client: Client) -> None:
    shown = text_of(client.get(f"{LIST}acsi/"))
    assert "Asked only of those who answer 6 to 10 to: If you had to choose" in shown
    assert "Asked only of those who answer 1 to 5 to:" in shown
    assert re.search(r"Counts with a minus sign: By how much would .{5,40} have to lower", shown)
    assert "Price tolerance is coded from -25 to 25" in shown and "−25 Only with a price cut" in shown
    ecsi = text_of(client.get(f"{LIST}ecsi/"))
    optional = sum(item.optional for item in builtin()["ecsi"].asked)
    assert ecsi.count("May be left out of a survey.") == optional > 0


def test_what_a_share_counts_is_named_with_its_scale(client: Client) -> None:
    assert "who answer 4 to 5 on the scale from 1 to 5" in text_of(client.get(f"{LIST}csat/"))
    assert "who answer 5 to 7 on the scale from 1 to 7" in text_of(client.get(f"{LIST}ces/"))


def test_the_picture_has_every_construct_and_path_and_no_coefficient() -> None:
    instrument = builtin()["acsi"]
    with translation.override("en"):
        root = ElementTree.fromstring(model_picture(instrument, "zh-hans"))
    svg = "{http://www.w3.org/2000/svg}"
    for picture in root.iter(f"{svg}svg"):
        drawn = {text.text for text in picture.iter(f"{svg}text")}
        assert "".join(sorted("".join(filter(None, drawn)))) == "".join(
            sorted("".join(one.name["zh-hans"] for one in instrument.constructs))
        )
        heads = picture.findall(f".//{svg}path[@class='path-head']")
        assert (
            len(heads) == len(instrument.paths) and picture.find(f".//{svg}rect[@class='path-pill']") is None
        )
        assert (picture.find(f"{svg}title") is not None) and "顾客期望 → 感知质量" in (
            picture.findtext(f"{svg}desc") or ""
        )
    assert root.find("p") is None  # no legend of strengths
    assert model_picture(builtin()["nps"], "en") == ""


def test_what_only_editors_may_is_offered_to_nobody_else(alice: Member) -> None:
    page = signed_in(alice).get(f"{LIST}ecsi/").content.decode()
    assert "/o/acme/surveys/new/?instrument=ecsi" in page
    viewer = signed_in(joined(alice, "victor@example.org", "viewer"))
    for address in (LIST, f"{LIST}ecsi/"):
        shown = viewer.get(address).content.decode()
        assert "surveys/new" not in shown and "from-file" not in shown


def test_a_file_is_given_as_a_download_that_no_browser_takes_for_a_page(client: Client) -> None:
    answer = client.get(f"{LIST}ecsi/file/")
    assert answer.content.decode() == builtin_text("ecsi")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="ecsi.toml"'
    assert answer["X-Content-Type-Options"] == "nosniff"


# -- from a file


@pytest.mark.parametrize("way", ["file", "text"])
def test_a_downloaded_file_under_another_code_is_a_starting_point(client: Client, way: str) -> None:
    text = client.get(f"{LIST}ecsi/file/").content.decode().replace('id = "ecsi"', 'id = "ours"', 1)
    sent = client.post(FROM_FILE, {"text": text} if way == "text" else file_of(text.encode()))
    assert sent.status_code == 302 and sent["Location"] == f"{LIST}ours/"
    assert OwnInstrument.objects.get().text.strip() == text.strip()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("maximum = 10", "maximum = 0"), "scales.likelihood.maximum: the scale 0..0 must rise"),
        (('en = "Net promoter score (NPS)"', ""), "name.en: the translation is missing"),
        (("[name]", "[name"), "is not valid TOML"),
        (('id = "ours"', 'id = "ecsi"'), "id: “ecsi” is taken; choose another id"),
        (("{company}?", "{firm}?"), "unknown placeholder {firm}"),
    ],
)
@pytest.mark.parametrize("way", ["file", "text"])
def test_a_mistake_is_named_by_key_and_cure_and_the_text_is_kept(
    client: Client, change: tuple[str, str], said: str, way: str
) -> None:
    text = own_nps("ours").replace(*change)
    page = client.post(FROM_FILE, {"text": text} if way == "text" else file_of(text.encode()))
    errors = page.context["form"].errors
    assert list(errors) == [way] and said in errors[way][0] and said in text_of(page)
    assert html.escape(text.strip()[-200:]) in page.content.decode()
    assert not OwnInstrument.objects.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (own_nps("ours").encode("utf-16"), "UTF-16"),
        (own_nps("ours").encode("gb18030"), "is not UTF-8 text"),
        (b"# fine\n\xff", "Line 2 is not UTF-8 text"),
        (b"#" * (LARGEST_FILE + 1), f"at most {LARGEST_FILE}"),
        (b"a = '\x00'", "is not valid TOML"),
        (b"a" + b".a" * 2000 + b" = 1", "too many parts"),
        (b"a = " + b"[" * 10_000, "too deeply nested"),
    ],
)
def test_what_is_no_text_of_ours_is_told(client: Client, content: bytes, said: str) -> None:
    page = client.post(FROM_FILE, file_of(content))
    assert page.status_code == 200 and said in text_of(page)


def test_a_file_with_a_byte_order_mark_and_line_ends_of_windows_is_taken(client: Client) -> None:
    content = own_nps("ours").replace("\n", "\r\n").encode("utf-8-sig")
    assert client.post(FROM_FILE, file_of(content)).status_code == 302
    assert OwnInstrument.objects.get().text == own_nps("ours")


def test_an_empty_form_asks_for_something(client: Client) -> None:
    assert "Choose a file, or paste its text." in text_of(client.post(FROM_FILE, {}))


def test_replacing_is_asked_once_and_says_what_keeps_the_old_text(client: Client) -> None:
    client.post(FROM_FILE, {"text": own_nps("ours")})
    changed = own_nps("ours").replace("recommend {company}", "praise {company}")
    asked = client.post(FROM_FILE, file_of(changed.encode()))
    assert "keep the old one" in text_of(asked) and "praise" not in OwnInstrument.objects.get().text
    kept = asked.context["form"]["text"].value()
    done = client.post(FROM_FILE, {"text": kept, "replace": "ours"}, follow=True)
    assert "Surveys that are published keep the old text" in text_of(done)
    assert OwnInstrument.objects.get().text.strip() == changed.strip()


def test_a_consent_to_replace_one_instrument_replaces_no_other(client: Client) -> None:
    for code in ("first", "second"):
        client.post(FROM_FILE, {"text": own_nps(code)})
    changed = own_nps("second").replace("recommend {company}", "praise {company}")
    client.post(FROM_FILE, {"text": changed, "replace": "first"})
    assert "praise" not in OwnInstrument.objects.get(instrument_id="second").text


def test_the_same_text_again_needs_no_consent(client: Client) -> None:
    for _ in range(2):
        assert client.post(FROM_FILE, {"text": own_nps("ours").strip()}).status_code == 302
    assert OwnInstrument.objects.count() == 1


def hostile_file() -> str:
    """ACSI with markup in every text."""
    document = tomllib.loads(builtin_text("acsi"))
    quoted = HOSTILE.replace('"', '\\"')
    text = builtin_text("acsi").replace('id = "acsi"', 'id = "evil"', 1)
    text = re.sub(r'(\b(?:en|zh-hans|zh-hant) = ")', lambda m: m[1] + quoted, text)
    for value in (document["source"]["published_by"], document["source"]["reference"]):
        text = text.replace(value, quoted)
    return text


def test_markup_in_a_file_is_text_wherever_it_is_shown(client: Client) -> None:
    assert client.post(FROM_FILE, {"text": hostile_file()}).status_code == 302
    parts = [{"kind": "instrument", "instrument": "evil"}]
    survey = published(Member.objects.get(), parts=parts)
    addresses = [
        LIST,
        f"{LIST}evil/",
        f"{LIST}evil/?language=zh-hant",
        "/o/acme/surveys/new/?instrument=evil",
    ]
    addresses += [f"/s/{survey.public_id}/", f"/o/acme/surveys/{survey.public_id}/"]
    shown = 0
    for address in addresses:
        page = client.get(address).content.decode()
        assert not any(one in page for one in LIVE), address
        shown += html.escape(HOSTILE) in page  # to the letter: nothing in it is worked out either
    assert shown >= 4
    asked = client.post(f"{LIST}evil/remove/").content.decode()
    assert not any(one in asked for one in LIVE) and "&lt;img" in asked


def test_what_is_wrong_in_a_file_is_not_echoed_raw(client: Client) -> None:
    for text in (
        f"kind = '''{HOSTILE}'''",
        own_nps("ours").replace('id = "ours"', "id = '''" + HOSTILE + "'''"),
        own_nps("ours").replace('scale = "likelihood"', "scale = '''" + HOSTILE + "'''"),
        "<script>alert(1)</script>",
    ):
        page = client.post(FROM_FILE, file_of(text.encode(), "<img src=x onerror=alert(1)>.toml"))
        assert page.status_code == 200 and page.context["form"].errors
        assert not any(one in page.content.decode() for one in LIVE)


# -- from a model


def test_a_model_and_texts_make_an_instrument(client: Client) -> None:
    first = first_step(languages=["zh-hans"], scales="2")
    page = client.post(FROM_MODEL, first)
    fields = filled(page, **{"items.image1.text.en": 'How "fine" is {company}?\\'})
    sent = client.post(FROM_MODEL, {**first, **fields})
    assert sent.status_code == 302, sent.context["form"].errors
    made = catalogue(Member.objects.get().organisation)["bank"].instrument
    texts = {item.code: item.text for item in made.asked}
    assert texts["image1"]["en"] == 'How "fine" is {company}?\\'
    assert texts["image1"]["zh-hans"] == "says items.image1.text.zh-hans"
    assert made.languages == ("en", "zh-hans") and made.name["en"] == made.name["zh-hans"] == "Bank index"
    assert {item.code: item.scale.low["en"] for item in made.items} == {
        "image1": "says scales.scale2.low.en",
        "image2": "says scales.scale2.low.en",
        "loyalty1": "says scales.scale1.low.en",
        "loyalty2": "says scales.scale1.low.en",
    }
    assert made.paths == (("image", "loyalty"),) and made.headline == ("loyalty",)


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"model": "image =~ image1 +* image2"}, "model", "line 1, column 18"),
        ({"model": "a =~ x\nb =~ 0.5*y\nb ~ a"}, "model", "line 2, column 6"),
        ({"id": "ecsi"}, "id", "taken"),
        ({"id": "Bank Index"}, "id", "letters a to z"),
        ({"scales": "13"}, "scales", "12"),
        ({"model": ""}, "model", "required"),
    ],
)
def test_a_mistake_in_the_first_step_is_told_where_it_is(
    client: Client, change: dict[str, Any], field: str, said: str
) -> None:
    form = client.post(FROM_MODEL, first_step(**change)).context["form"]
    assert list(form.errors) == [field] and said in form.errors[field][0]


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"items.image2.text.en": " "}, "items.image2.text.en", "required"),
        ({"items.image2.text.en": "{firm}"}, "items.image2.text.en", "{firm} is not known here"),
        ({"items.image2.text.en": "a\x07b"}, "items.image2.text.en", "control character"),
        ({"scales.scale1.maximum": "0"}, "scales.scale1.maximum", "must rise"),
        ({"constructs.image.intro.en": ""}, "constructs.image.intro.en", "required"),
        ({"headline": ["nothing"]}, "headline", "not one of"),
    ],
)
def test_a_mistake_in_the_texts_is_told_beside_its_field(
    client: Client, change: dict[str, Any], field: str, said: str
) -> None:
    fields = filled(client.post(FROM_MODEL, first_step()), **change)
    page = client.post(FROM_MODEL, {**first_step(), **fields})
    errors = page.context["form"].errors
    assert list(errors) == [field] and said in errors[field][0]
    assert "says items.image1.text.en" in page.content.decode() and not OwnInstrument.objects.exists()


def test_going_back_to_the_model_keeps_the_texts(client: Client) -> None:
    fields = filled(client.post(FROM_MODEL, first_step()))
    back = client.post(FROM_MODEL, {**first_step(), **fields, "do": "model"})
    hidden = dict(back.context["carried"])
    assert back.context["form"]["model"].value() == SMALL and "items.image1.text.en" in back.content.decode()
    again = client.post(FROM_MODEL, {**first_step(SMALL + "\nimage =~ image3"), **hidden}).context["form"]
    assert again["items.image1.text.en"].value() == "says items.image1.text.en"
    assert not again["items.image3.text.en"].value()


def test_a_model_too_large_for_a_form_is_told_to_come_as_a_file(client: Client) -> None:
    constructs = [f"c{n} =~ {' + '.join(f'x{n}_{k}' for k in range(5))}" for n in range(40)]
    first = first_step(
        "\n".join([*constructs, "c1 ~ c0"]), languages=["en", "zh-hans", "zh-hant"], scales="12"
    )
    form = client.post(FROM_MODEL, first).context["form"]
    assert "bring a file" in form.errors.get("languages", [""])[0]
    assert client.post(FROM_MODEL, first | {"languages": ["en"], "scales": "1"}).context["form"].outline


def test_markup_in_a_model_and_its_texts_is_text(client: Client) -> None:
    first = first_step(name=HOSTILE)
    page = client.post(FROM_MODEL, first)
    fields = {name: HOSTILE if "says" in str(value) else value for name, value in filled(page).items()}
    fields = {name: str(v).replace("{{7*7}}", "") if v == HOSTILE else v for name, v in fields.items()}
    wrong = client.post(FROM_MODEL, {**first, **fields, "source.year": ""})
    bad = client.post(FROM_MODEL, first_step(HOSTILE))
    for one in (page, wrong, bad, client.post(FROM_MODEL, {**first, **fields, "do": "model"})):
        assert one.status_code == 200 and not any(live in one.content.decode() for live in LIVE)
    assert client.post(FROM_MODEL, {**first, **fields}).status_code == 302
    for address in (LIST, f"{LIST}bank/"):
        assert not any(live in client.get(address).content.decode() for live in LIVE)


# -- as good as a built-in


@pytest.mark.django_db(transaction=True)
def test_an_own_instrument_is_asked_computed_and_reported_like_a_built_in_one() -> None:
    """The public model with the public answers, brought as one's own: the figures are ECSI's."""
    alice = owner_of("acme", "alice@example.org")
    client = signed_in(alice)
    first = first_step(MODEL, id="mobile", languages=["zh-hant"])
    fields = filled(client.post(FROM_MODEL, first), headline=["satisfaction", "loyalty"])
    assert client.post(FROM_MODEL, {**first, **fields}).status_code == 302
    parts = [{"kind": "instrument", "instrument": "mobile"}]
    survey = published(alice, parts=parts, languages=["en", "zh-hant"], period_kind="waves")
    assert "Thank you" in text_of(walk(survey, 8)) and survey.responses.get().answers["mobile.cusa1"] == 8
    survey.responses.all().delete()
    report = imported_and_reported(client, survey)
    built_in = with_mobi_answers(owner_of("globex", "gina@example.org"), name="ECSI")
    expected = figures(run_of(built_in))
    assert figures(run_of(survey)) == pytest.approx(expected, abs=1e-6)
    assert (
        "says constructs.satisfaction.name.en" in report
        and f"{expected[('ml', 'satisfaction')]:.1f}" in report
    )


def imported_and_reported(client: Client, survey: Survey) -> str:
    """The report once the public answers are in and the run is worked."""
    content = (REFERENCE / "mobi.csv").read_bytes()
    header = content.decode().splitlines()[0].replace('"', "").split(",")
    plan = Plan(columns={name.lower(): name for name in header}, wave="2005")
    import_file(survey=survey, content=content, filename="mobi.csv", plan=plan, by=None)
    run_of(survey)
    return text_of(client.get(f"/o/acme/surveys/{survey.public_id}/report/"))


def run_of(survey: Survey) -> Run:
    key = survey.versions.get().uses.get().measurement_key
    run = queue.request(survey, survey.periods.get(), key, "", Run.Trigger.MANAGER)
    work(run.pk)
    run.refresh_from_db()
    return run


def figures(run: Run) -> dict[tuple[str, str], float]:
    """The indices by estimator and construct; what the two files call differently by ECSI's names."""
    same = {"expectation": "expectations", "cusco": "complaints"}
    return {
        (estimate.estimator, same.get(index.construct, index.construct)): index.value
        for estimate in run.estimates.all()
        for index in estimate.indices.all()
    }


# -- removing


def test_removing_is_asked_once_and_then_done(client: Client) -> None:
    client.post(FROM_FILE, {"text": own_nps("ours")})
    asked = client.post(f"{LIST}ours/remove/")
    assert asked.status_code == 200 and 'name="sure"' in asked.content.decode()
    assert OwnInstrument.objects.exists()
    done = client.post(f"{LIST}ours/remove/", {"sure": "1"})
    assert done["Location"] == LIST and not OwnInstrument.objects.exists()
    assert client.post(f"{LIST}ours/remove/", {"sure": "1"}).status_code == 404


def test_one_that_a_draft_uses_is_kept_and_the_drafts_are_named(alice: Member, client: Client) -> None:
    client.post(FROM_FILE, {"text": own_nps("ours")})
    draft(alice, name="Spring", parts=[{"kind": "instrument", "instrument": "ours"}])
    asked = client.post(f"{LIST}ours/remove/")
    assert "Spring" in text_of(asked) and 'name="sure"' not in asked.content.decode()
    done = client.post(f"{LIST}ours/remove/", {"sure": "1"}, follow=True)
    assert "Take it out of the drafts that use it first: Spring" in text_of(done)
    assert OwnInstrument.objects.exists()


def test_a_built_in_instrument_cannot_be_removed(client: Client) -> None:
    assert client.post(f"{LIST}ecsi/remove/", {"sure": "1"}).status_code == 404
    assert "remove/" not in client.get(f"{LIST}ecsi/").content.decode()
