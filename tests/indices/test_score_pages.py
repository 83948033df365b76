"""The reports of scores as their readers ask: each question in its place, and every figure the API's."""

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from indices.numbers import interval, rounded
from indices.scores.readings import Standing
from indices.scores.words import category_name
from indices.wording import reach, signed
from surveys.models import Member, Survey
from tests.cast import REGION, joined, owner_of, published, signed_in
from tests.indices.score_cast import add_answers, nps_rows, survey_of, worked

pytestmark = [pytest.mark.django_db, pytest.mark.words]
HOSTILE = "<svg onload=alert(1)>{{ 7*7 }}"
QUESTIONS = ["How satisfied are they?", "Is it better or worse?", "Where should we act?", "How sure are we?"]
MONTH = "2026-01"


@pytest.fixture
def alice() -> Member:
    return owner_of("acme", "alice@example.org")


def page_of_report(client: Client, survey: Survey, query: str = "") -> str:
    page = client.get(f"/o/acme/surveys/{survey.public_id}/report/{query}")
    assert page.status_code == 200
    return " ".join(page.content.decode().split())


def words_of(page: str) -> str:
    """What is read, without what is drawn."""
    without = re.sub(r"<(svg|script|style)\b.*?</\1>", " ", page)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", without)).split())


def estimate(client: Client, survey: Survey) -> dict[str, Any]:
    told = client.get(f"/api/v1/organisations/acme/surveys/{survey.public_id}/runs/?segment=")
    run: dict[str, Any] = told.json()["results"][0]
    found: dict[str, Any] = run["estimates"][0]
    return found


def drawn(page: str, name: str) -> list[str]:
    """What the elements of a class say in the first drawing that has any."""
    for picture in re.findall(r'<svg [^>]*role="img".*?</svg>', page):
        if found := re.findall(rf'<text class="{name}"[^>]*>([^<]*)</text>', picture):
            return [html.unescape(one) for one in found]
    return []


def column_rows(letters: Mapping[str, Sequence[int]], kind: str, n: int = 40) -> list[dict[str, Any]]:
    """Answers of all 22 statements: those of a dimension alike, moved by the respondent's own turn."""
    sizes = (4, 5, 4, 4, 5)
    rows = []
    for k in range(n):
        row: dict[str, Any] = {}
        for letter, levels in letters.items():
            number = 0
            for size, level in zip(sizes, levels, strict=True):
                for _item in range(size):
                    number += 1
                    row[f"{kind}.{letter}{number}"] = level + (k % 3 == 0) - (k % 4 == 0)
        rows.append(row)
    return rows


PAIRS = {"M": (3, 5), "O": (1, 5), "A": (1, 3), "I": (3, 3), "R": (5, 1), "Q": (1, 1)}


def kano_rows(**features: str) -> list[dict[str, Any]]:
    """A respondent for each letter of a feature's classes, "." being nobody."""
    n = max(map(len, features.values()))
    rows: list[dict[str, Any]] = [{} for _ in range(n)]
    for code, letters in features.items():
        for row, letter in zip(rows, letters, strict=False):
            pair = PAIRS.get(letter, ("", ""))
            row |= {f"kano.{code}_functional": pair[0], f"kano.{code}_dysfunctional": pair[1]}
    return rows


def test_the_score_and_its_groups_are_those_of_the_api_and_told_apart_by_pattern(alice: Member) -> None:
    survey = survey_of(alice, "nps")
    add_answers(survey, MONTH, nps_rows(30, 20, 10, skipped=5))
    worked(survey, "nps", MONTH)
    client = signed_in(alice)
    page, told = page_of_report(client, survey), estimate(client, survey)
    said = words_of(page)
    for one in told["readings"]["groups"]:
        row = f"{one['count']} {rounded(one['share'])} {interval(one['low'], one['high'])} 60"
        assert row in said
        assert f"{rounded(one['share'])} %" in "".join(drawn(page, "series-name"))
    places = [said.index(question) for question in QUESTIONS if question != "Where should we act?"]
    assert places == sorted(places) and "Where should we act?" not in said
    assert "60 of 65 finished answers count." in said and "5 skipped the question." in said
    assert "the only period computed so far" in said
    assert set(re.findall(r'<g class="answers-(\w+)"', page)) == {"full", "dotted", "hatched"}


def test_the_words_of_a_group_are_linked_where_there_is_a_page_of_them(alice: Member) -> None:
    survey = survey_of(alice, "nps")
    add_answers(survey, MONTH, nps_rows(30, 20, 10))
    worked(survey, "nps", MONTH)
    address = reverse("words", args=["acme", survey.public_id])
    page = page_of_report(signed_in(alice), survey)
    assert all(f"{address}?group={one}&amp;period=" in page for one in ("high", "middle", "low"))
    vera = joined(alice, "vera@example.org", "viewer")  # who may choose by the period alone
    page = page_of_report(signed_in(vera), survey)
    assert f'{address}?period={survey.periods.get().public_id}"' in page and "group=" not in page


@pytest.mark.parametrize("privacy", ["confidential", "anonymous"])
def test_in_the_report_of_a_segment_its_words_are_linked_where_they_may_be_chosen(
    alice: Member, privacy: str
) -> None:
    survey = survey_of(alice, "nps", segments=[REGION])
    type(survey).objects.update(privacy=privacy)
    add_answers(survey, MONTH, nps_rows(30, 20, 10), "north")
    worked(survey, "nps", MONTH, "region:north")
    page = page_of_report(signed_in(alice), survey, "?segment=region:north")
    where = f"group=low&amp;period={survey.periods.get().public_id}"
    assert (f'{where}&amp;segment=region%3Anorth"' in page) == (privacy == "confidential")
    assert (f'{where}"' in page) == (privacy == "anonymous")


def test_where_nothing_is_asked_openly_there_is_no_word_of_words(alice: Member) -> None:
    survey = survey_of(alice, "kano")
    add_answers(survey, MONTH, kano_rows(delivery="M" * 40, chat="A" * 40))
    worked(survey, "kano", MONTH)
    page = page_of_report(signed_in(alice), survey)
    assert "What did they say?" not in page and reverse("words", args=["acme", survey.public_id]) not in page


def test_features_stand_in_the_map_by_the_numbers_of_the_table_and_what_is_unsure_is_said(
    alice: Member,
) -> None:
    survey = survey_of(alice, "kano", least_base_show=30)
    add_answers(
        survey, MONTH, kano_rows(delivery="M" * 20 + "O" * 19 + "A", chat="I" * 16 + "O" * 14 + "A" * 10)
    )
    worked(survey, "kano", MONTH)
    client = signed_in(alice)
    page, told = page_of_report(client, survey), estimate(client, survey)
    said, read = words_of(page), told["readings"]["features"]
    assert drawn(page, "map-label") == ["1 Same-day delivery", "2 A chat"]
    assert read[0]["near_tie"] == ["M", "O"] and not read[1]["rules_agree"]
    assert f"near tie: Must-be or One-dimensional, {rounded(read[0]['apart'])} points apart" in said
    assert f"by Blauth’s rule: {category_name(read[1]['blauth'])}" in said
    for one in told["result"]["features"]:
        worse = f"{rounded(one['worse'], 2)} {reach(one['worse_low'], one['worse_high'], 2)}"
        assert f"{interval(one['better_low'], one['better_high'], 2)} {worse} {one['telling']}" in said
    assert "What is each feature to them?" in said and "How satisfied are they?" not in said


def test_a_feature_that_few_answered_is_neither_in_the_map_nor_read(alice: Member) -> None:
    survey = survey_of(alice, "kano", least_base_show=30)
    add_answers(survey, MONTH, kano_rows(delivery="M" * 40, chat="A" * 12 + "." * 28))
    worked(survey, "kano", MONTH)
    client = signed_in(alice)
    page, told = page_of_report(client, survey), estimate(client, survey)
    assert drawn(page, "map-label") == ["1 Same-day delivery"]
    assert [one["feature"] for one in told["readings"]["features"]] == ["delivery"]
    assert "Here that is: A chat." in words_of(page)


def test_gaps_are_drawn_with_the_figures_of_the_table_the_widest_first(alice: Member) -> None:
    survey = survey_of(alice, "servqual")
    levels = {"e": (6, 6, 6, 6, 6), "p": (6, 3, 5, 4, 6)}
    add_answers(survey, MONTH, column_rows(levels, "servqual"))
    worked(survey, "servqual", MONTH)
    client = signed_in(alice)
    page, result = page_of_report(client, survey), estimate(client, survey)["result"]
    gaps = sorted(one["gap"] for one in result["dimensions"].values())
    assert drawn(page, "row-told") == [signed(one, 2) for one in gaps]
    said = words_of(page)
    assert "Reliability" in said.partition("Gaps by dimension")[2].partition("Dimension")[0]
    assert all(signed(one["gap"], 2) in said for one in result["items"].values())
    assert any(one["low"] <= 0 <= one["high"] for one in result["dimensions"].values())
    assert "Grey: no clear gap" in said


def test_a_zone_says_in_words_what_the_api_says_in_a_code(alice: Member) -> None:
    survey = survey_of(alice, "servqual_zone")
    levels = {"a": (4, 4, 4, 4, 4), "d": (7, 7, 7, 7, 7), "p": (3, 4, 5, 7, 8)}
    rows = column_rows(levels, "servqual_zone")
    for k, row in enumerate(rows):  # what is perceived as the lowest acceptable is so on the whole
        row |= {f"servqual_zone.p{i}": 4 + k % 3 - 1 for i in range(5, 10)}
    add_answers(survey, MONTH, rows)
    worked(survey, "servqual_zone", MONTH)
    client = signed_in(alice)
    page, told = page_of_report(client, survey), estimate(client, survey)
    zones = told["readings"]["zones"]
    assert zones["tangibles"] == "below" and zones["responsiveness"] == "inside"
    assert zones["empathy"] == "above" and len(zones) == 27
    notes, said = drawn(page, "series-note"), words_of(page)
    for name, zone in told["result"]["dimensions"].items():
        assert str(Standing(zones[name]).label) in notes
        assert f"{signed(zone['msa'], 2)} {reach(zone['msa_low'], zone['msa_high'], 2)}" in said


def test_segments_are_ranked_by_their_distance_from_the_others(alice: Member) -> None:
    survey = survey_of(alice, "nps", segments=[REGION])
    add_answers(survey, MONTH, nps_rows(40, 5, 5), "north")
    add_answers(survey, MONTH, nps_rows(10, 10, 30), "south")
    for segment in ("", "region:north", "region:south"):
        worked(survey, "nps", MONTH, segment)
    client = signed_in(alice)
    page = page_of_report(client, survey)
    runs = client.get(f"/api/v1/organisations/acme/surveys/{survey.public_id}/runs/").json()["results"]
    found = sorted(one["difference"] for run in runs for one in run["differences"])
    assert drawn(page.partition('id="between"')[2], "row-told") == [signed(one) for one in found]
    said = words_of(page).partition("Between the segments")[2]
    assert said.index("Clearly lower than the others South") < said.index(
        "Clearly higher than the others North"
    )


def test_hostile_names_are_text_on_the_page(alice: Member) -> None:
    features = [{"code": "delivery", "name": dict.fromkeys(("en", "zh-hans", "zh-hant"), HOSTILE)}]
    parts = [{"kind": "instrument", "instrument": "kano", "features": features}]
    survey = published(alice, parts=parts, least_base_release=1)
    add_answers(survey, MONTH, kano_rows(delivery="M" * 40))
    worked(survey, "kano", MONTH)
    page = page_of_report(signed_in(alice), survey)
    assert "<svg onload" not in page and html.escape(HOSTILE) in page and "49}}" not in page


def test_where_nobody_answered_nothing_is_drawn_or_read(alice: Member) -> None:
    survey = survey_of(alice, "nps")
    add_answers(survey, MONTH, nps_rows(0, 0, 0, skipped=12))
    worked(survey, "nps", MONTH)
    client = signed_in(alice)
    page = page_of_report(client, survey)
    assert "Nobody gave an answer that counts." in page and "answers-bar" not in page
    assert estimate(client, survey)["readings"] == {}
